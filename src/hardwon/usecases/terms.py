"""The glossary: agree on a word, reword it everywhere, make two words one."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor, system
from hardwon.domain.errors import InputError
from hardwon.domain.event import Event
from hardwon.domain.projection import project
from hardwon.domain.record import TYPES
from hardwon.domain.term import CARRIED, MAX_TERMS, Crosswalk, Term, TermAxis, check_alone, reword
from hardwon.domain.term import merge as merge_terms
from hardwon.domain.term import rename as rename_term
from hardwon.domain.text import Prose, Tag, Title, kind_of, number_of
from hardwon.starter import terms as shipped
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_record
from hardwon.storage.queries.terms import TermRow, all_terms, any_term_yet, count_uses, records_carrying
from hardwon.storage.queries.terms import list_terms as query_terms
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App

MOST: Final = 2_000
"""Records that one rename or merge rewrites at most."""


class GivenTerm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody says of a word."""

    word: Tag
    title: Title | None = None
    axis: TermAxis = "word"
    definition: Prose = ""
    synonyms: Annotated[tuple[Tag, ...], Meta(max_length=50)] = ()
    crosswalk: Annotated[tuple[Crosswalk, ...], Meta(max_length=20)] = ()


class TermPage(msgspec.Struct, frozen=True, kw_only=True):
    """A term and how many records carry its word."""

    term: Term
    used: int


def define(app: App, actor: Actor, given: GivenTerm) -> Term:
    """Put a word into the glossary.

    Raises ForbiddenError, RuleError where another term has the word, InputError for a full glossary.
    """
    authorise(actor, "write")
    now = app.now()
    with app.store.begin(actor, now) as tx:
        known = all_terms(Reading(tx.connection, None))
        if len(known) >= MAX_TERMS:
            raise InputError(f"A glossary holds {MAX_TERMS:,} terms.", fix="Merge some of them.")
        fresh = _with(Term(id=tx.next_id("term"), title="-", word="-", written_at=now, updated_at=now), given)
        fresh = msgspec.structs.replace(fresh, word=given.word, axis=given.axis)
        return tx.save(check_alone(fresh, known), (Event(verb="created"),))


def revise(app: App, actor: Actor, term_id: str, given: GivenTerm, expected_revision: int) -> Term:
    """Replace what a term means; its word and axis stay, see `rename`.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, RuleError.
    """
    authorise(actor, "write")
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Term, term_id)
        changed = msgspec.structs.replace(_with(stored, given), updated_at=app.now())
        check_alone(changed, all_terms(Reading(tx.connection, None)))
        return tx.save(changed, (Event(verb="revised"),), expected_revision)


def rename(app: App, actor: Actor, term_id: str, word: str, expected_revision: int) -> Term:
    """Give a term another word, in every record that carries the old one; it stays as a synonym.

    All records change in one write, each by a revision of its own. Raises ForbiddenError without the
    right to review, NotFoundError, RevisionConflictError, RuleError, InputError for over 2,000 records.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "review", Term, term_id)
        renamed = rename_term(stored, word, app.now())
        check_alone(renamed, all_terms(Reading(tx.connection, None)))
        number = _reword(tx, stored, word)
        detail = f"{stored.word} to {word}, {number} records"
        return tx.save(renamed, (Event(verb="revised", detail=detail),), expected_revision)


def merge(app: App, actor: Actor, kept_id: str, given_id: str, expected_revision: int) -> Term:
    """Make two terms one: records carry the word of the one that is kept, which stands at that revision.

    Raises as `rename` does.
    """
    with app.store.begin(actor, app.now()) as tx:
        kept = tx.get_as(actor, "review", Term, kept_id)
        given = tx.get_as(actor, "review", Term, given_id)
        merged, pointing = merge_terms(kept, given, app.now())
        number = _reword(tx, given, kept.word)
        tx.save(pointing, (Event(verb="moved", detail=f"merged into {kept_id}"),), given.revision)
        detail = f"merged with {given_id}, {number} records"
        return tx.save(merged, (Event(verb="revised", detail=detail),), expected_revision)


def get_term(app: App, actor: Actor, term_id: str) -> TermPage:
    """Return a term and how often it is used. Raises NotFoundError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        term = get_record(reading, Term, term_id)
        used = count_uses(reading, [term.word]).get((term.axis, term.word), 0)
    return project(TermPage(term=term, used=used), actor)


def list_terms(
    app: App, actor: Actor, *, axis: str | None = None, limit: int = 200, after: str | None = None
) -> Page[TermRow]:
    """Return a page of the glossary by axis and title."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return project(query_terms(reading, axis=axis, limit=limit, after=after), actor)


def bring_in(app: App) -> int:
    """Give a workspace that never had a glossary the one it begins with; return how many terms.

    For the wiring, in the system's name. Safe to call from several processes at once.
    """
    with app.store.read(None) as reading:
        if any_term_yet(reading):
            return 0
    with app.store.begin(system(), app.now()) as tx:
        ids = tx.next_ids("term", shipped.NUMBER)
        if number_of(ids[0]) != 1:  # another process was first
            return 0
        rows = shipped.terms(ids)
        tx.save_many(rows, Event(verb="created", detail="what a workspace begins with"))
        return len(rows)


def _with(term: Term, given: GivenTerm) -> Term:
    title = given.title or given.word.replace("_", " ").capitalize()
    return msgspec.structs.replace(
        term, title=title, definition=given.definition, synonyms=given.synonyms, crosswalk=given.crosswalk
    )


def _reword(tx: Transaction, term: Term, word: str) -> int:
    """Rewrite the records that carry a term's word; return how many there were."""
    if term.axis not in CARRIED or term.word == word:
        return 0
    ids = records_carrying(Reading(tx.connection, None), term.axis, term.word, limit=MOST + 1)
    if len(ids) > MOST:
        raise InputError(f"More than {MOST:,} records carry {term.word!r}.", fix="Add the word as a synonym.")
    number = 0
    for name in ids:
        kind: Any = kind_of(name)
        stored: Any = tx.get(TYPES[kind], name)
        changed = reword(stored, term.axis, term.word, word)
        if changed is not stored:
            event = Event(verb="revised", detail=f"{term.axis} {term.word} is called {word} now")
            tx.save(changed, (event,), stored.revision)
            number += 1
    return number
