"""The glossary's rows: lists, usage, the records that carry a word, and a vocabulary for search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import Engine, func, select

from hardwon.domain.record import decode
from hardwon.domain.term import MAX_TERMS, Term, TermAxis
from hardwon.domain.vocabulary import Vocabulary, vocabulary_of
from hardwon.storage.queries.page import Page, check_limit, decode_cursor, encode_cursor, past
from hardwon.storage.store import Reading
from hardwon.storage.tables import artifacts, counters, labels, terms

_REMEMBERED: Final[WeakKeyDictionary[Engine, tuple[tuple[int, int], Vocabulary]]] = WeakKeyDictionary()


class TermRow(msgspec.Struct, frozen=True, kw_only=True):
    """One term in a list, and how many records carry its word."""

    term: Term
    used: int


def all_terms(reading: Reading) -> tuple[Term, ...]:
    """Return every term; a glossary has at most 2,000."""
    rows = reading.connection.scalars(select(terms.c.body).order_by(terms.c.id).limit(MAX_TERMS))
    return tuple(decode("term", body) for body in rows)  # type: ignore[misc]


def list_terms(
    reading: Reading, *, axis: str | None = None, limit: int = 200, after: str | None = None
) -> Page[TermRow]:
    """Return a page of terms by axis and title. Raises InputError for a bad cursor or limit."""
    check_limit(limit)
    key = (terms.c.axis, terms.c.title, terms.c.id)
    query = select(*key, terms.c.body)
    if axis:
        query = query.where(terms.c.axis == axis)
    if after:
        query = query.where(past(key, decode_cursor(after, (str, str, str)), descending=False))
    rows = reading.connection.execute(query.order_by(*key).limit(limit + 1)).all()
    found: list[Any] = [decode("term", row.body) for row in rows[:limit]]
    used = count_uses(reading, [term.word for term in found])
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        rows=tuple(TermRow(term=term, used=used.get((term.axis, term.word), 0)) for term in found),
        next=encode_cursor((last.axis, last.title, last.id)) if last else None,
    )


def count_uses(reading: Reading, words: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return how many records carry each of the words, by axis and word."""
    query = (
        select(labels.c.axis, labels.c.value, func.count())
        .where(labels.c.value.in_(words))
        .group_by(labels.c.axis, labels.c.value)
    )
    return {(axis, value): int(number) for axis, value, number in reading.connection.execute(query)}


def records_carrying(reading: Reading, axis: TermAxis, word: str, *, limit: int) -> list[str]:
    """Return ids of the records that carry a word, whoever may see them; lessons that apply by it too."""
    named = select(labels.c.record).where(labels.c.axis == axis, labels.c.value == word)
    found = dict.fromkeys(reading.connection.scalars(named.order_by(labels.c.record).limit(limit)))
    lessons = select(artifacts.c.id, artifacts.c.body).where(artifacts.c.kind == "lesson")
    said = word.encode()
    for row in reading.connection.execute(lessons.order_by(artifacts.c.id)):
        if said in bytes(row.body):
            found[row.id] = None
    return list(found)[:limit]


def any_term_yet(reading: Reading) -> bool:
    """Tell whether this workspace ever had a term."""
    return reading.connection.scalar(select(counters.c.name).where(counters.c.name == "id:term")) is not None


def load_vocabulary(reading: Reading) -> Vocabulary:
    """Return the words that mean the same; remembered until a term changes."""
    row = reading.connection.execute(select(func.count(), func.coalesce(func.sum(terms.c.revision), 0))).one()
    mark = (int(row[0]), int(row[1]))
    engine = reading.connection.engine
    known = _REMEMBERED.get(engine)
    if known is None or known[0] != mark:
        known = mark, vocabulary_of(all_terms(reading))
        _REMEMBERED[engine] = known
    return known[1]
