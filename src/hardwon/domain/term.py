"""A term: a word the organisation agreed on, what it means, and the words that mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Prose, Tag, Title

TermAxis = Literal["tag", "factor", "service", "environment", "risk", "word"]
TermState = Literal["in_use", "merged"]
CARRIED: Final[frozenset[TermAxis]] = frozenset({"tag", "factor"})
"""Axes whose words records carry, and a rename rewrites."""
MAX_TERMS: Final = 2_000
Record = TypeVar("Record", bound=msgspec.Struct)


class Crosswalk(msgspec.Struct, frozen=True, kw_only=True):
    """The same idea in a public vocabulary: its scheme (`AVID`, `ATLAS`, `VERIS`, `ODC`), its code."""

    scheme: Line
    code: Line


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One word of the glossary. `word` is what records carry, `became` the term it was merged into."""

    id: Name
    title: Title
    word: Tag
    axis: TermAxis = "word"
    state: TermState = "in_use"
    definition: Prose = ""
    synonyms: Annotated[tuple[Tag, ...], Meta(max_length=50)] = ()
    crosswalk: Annotated[tuple[Crosswalk, ...], Meta(max_length=20)] = ()
    became: Name | None = None
    written_at: Moment
    updated_at: Moment
    source: Line = "typed"
    source_id: Line = ""
    revision: int = 1
    schema_version: int = 1


def spelled(word: str) -> str:
    """Return a word as it is compared: lower-case, `_` and `-` as spaces."""
    return " ".join(re.sub(r"[_\-]+", " ", word.lower()).split())


def words_of(term: Term) -> tuple[str, ...]:
    """Return all words of a term as they are compared, each once."""
    return tuple(dict.fromkeys(spelled(word) for word in (term.word, term.title, *term.synonyms)))


def check_alone(term: Term, others: Iterable[Term]) -> Term:
    """Let a term pass none of whose words another term of the same axis, or of none, has.

    Raises InputError for a word that is none, RuleError naming the term that has the word already.
    """
    own = set(words_of(term))
    if "" in own:
        raise InputError("A word has letters or digits.", fix="Write the word.")
    for other in others:
        near = other.axis == term.axis or "word" in {other.axis, term.axis}
        shared = own & set(words_of(other)) if other.id != term.id and near else set()
        if other.state == "in_use" and shared:
            raise RuleError(
                f"{min(shared)!r} belongs to {other.id}, {other.title!r}.",
                fix="Merge the two, or take the word out of one.",
            )
    return term


def rename(term: Term, word: str, at: datetime) -> Term:
    """Return the term with another word that records carry; the old one stays as a synonym.

    Raises RuleError for a merged term, or one of a service or an environment, which the catalogue names.
    """
    _check_living(term)
    if term.axis in {"service", "environment"}:
        raise RuleError(f"{term.id} names a {term.axis}.", fix="Rename it in the catalogue.")
    if spelled(word) == spelled(term.word) and word == term.word:
        raise RuleError(f"{term.id} has this word.", fix="Choose another one.")
    kept = tuple(s for s in term.synonyms if spelled(s) != spelled(word))
    title = word if spelled(term.title) == spelled(term.word) else term.title
    changed: dict[str, Any] = {"word": word, "title": title.replace("_", " "), "updated_at": at}
    return msgspec.structs.replace(term, synonyms=_union(kept, (term.word,), word), **changed)


def merge(kept: Term, given: Term, at: datetime) -> tuple[Term, Term]:
    """Return the term that is kept, with the words of the other, and the other pointing at it.

    Raises RuleError for a term and itself, a merged one, or two of different axes.
    """
    _check_living(kept)
    _check_living(given)
    if kept.id == given.id:
        raise RuleError("A term cannot be merged into itself.", fix="Name the other one.")
    if kept.axis != given.axis:
        raise RuleError(
            f"{given.id} is a {given.axis}, {kept.id} a {kept.axis}.", fix="Merge two of one kind."
        )
    words = _union(kept.synonyms, (given.word, *given.synonyms), kept.word)
    cross = tuple(dict.fromkeys((*kept.crosswalk, *given.crosswalk)))
    merged = msgspec.structs.replace(kept, synonyms=words, crosswalk=cross, updated_at=at)
    return merged, msgspec.structs.replace(given, state="merged", became=kept.id, updated_at=at)


def reword(record: Record, axis: TermAxis, old: str, new: str) -> Record:
    """Return a record that carries `new` wherever it carried `old` on that axis; itself where it did not."""
    changes: dict[str, Any] = {}
    if axis == "tag" and old in getattr(record, "tags", ()):
        changes["tags"] = _swapped(record.tags, old, new)  # type: ignore[attr-defined]
    applies = getattr(record, "applies", None)
    field = {"tag": "tags", "factor": "factors"}.get(axis, "")
    if applies is not None and old in getattr(applies, field, ()):
        changes["applies"] = msgspec.structs.replace(
            applies, **{field: _swapped(getattr(applies, field), old, new)}
        )
    factors = getattr(record, "factors", ())
    if axis == "factor" and any(factor.code == old for factor in factors):
        changes["factors"] = tuple(
            msgspec.structs.replace(factor, code=new) if factor.code == old else factor for factor in factors
        )
    return msgspec.structs.replace(record, **changes) if changes else record


def _swapped(words: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(new if word == old else word for word in words))


def _union(one: tuple[str, ...], other: tuple[str, ...], besides: str) -> tuple[str, ...]:
    """Return the words of both, each once however it is spelled, without `besides`."""
    found: dict[str, str] = {}
    for word in (*one, *other):
        found.setdefault(spelled(word), word)
    found.pop(spelled(besides), None)
    return tuple(found.values())


def _check_living(term: Term) -> None:
    if term.state == "merged":
        raise RuleError(f"{term.id} was merged into {term.became}.", fix="Change that one.")
