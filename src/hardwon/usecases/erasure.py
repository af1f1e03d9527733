"""Erasing a person, or words that should never have been written, from all that is kept."""

from __future__ import annotations

import msgspec

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor
from hardwon.domain.catalog import Person
from hardwon.domain.commitment import stand_in
from hardwon.domain.erasure import Erasure, Found, erasure_of_person, erasure_of_words
from hardwon.domain.errors import RuleError
from hardwon.domain.incident import Incident
from hardwon.domain.record import decode
from hardwon.rules.retention import hold_on
from hardwon.storage import erasing
from hardwon.storage.queries.records import get_bodies, get_record
from hardwon.storage.queries.surroundings import surroundings_to_hold
from hardwon.storage.store import Reading
from hardwon.usecases.app import App, retention_in

_NOBODY = stand_in("0" * 12)


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure would find, and what holds some of it: while anything does, nothing is erased."""

    found: Found
    held: tuple[str, ...]


def preview_person(app: App, actor: Actor, person_id: str) -> Preview:
    """Return where a person stands; nothing is changed. Raises ForbiddenError, NotFoundError, InputError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        erasure = _erasure_of(get_record(reading, Person, person_id), _NOBODY)
        return _preview(app, reading, erasure)


def preview_words(app: App, actor: Actor, words: str) -> Preview:
    """Return where these words stand; nothing is changed. Raises ForbiddenError, InputError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        return _preview(app, reading, erasure_of_words(words))


def erase_person(app: App, actor: Actor, person_id: str, reason: str) -> Found:
    """Erase a person: the id, the name in full and the address, from records, their history and the trail.

    Who did what stays told apart, under a name that stands in and leads to nobody; the trail still
    verifies. Single names in free text stay, and so do backups and exports that were made before. Raises
    ForbiddenError, NotFoundError, RuleError for oneself and for what is under a legal hold.
    """
    authorise(actor, "administer")
    if person_id == actor.id:
        raise RuleError("Nobody can erase themselves.", fix="Ask another admin.")
    with app.store.begin(actor, app.now()) as tx:
        person = tx.get(Person, person_id)
        erasure = _erasure_of(person, erasing.person_stand_in(tx, person_id))
        found = erasing.erase(tx, erasure, _why(reason, "a person was erased"))
        _refuse_held(app, Reading(tx.connection, None), found)
    app.store.empty_log()
    return found


def erase_words(app: App, actor: Actor, words: str, reason: str) -> Found:
    """Erase words, letter by letter as they are given, wherever they stand; a secret that was pasted for one.

    Raises ForbiddenError, InputError, RuleError for what is under a legal hold or where they stand nowhere.
    """
    authorise(actor, "administer")
    erasure = erasure_of_words(words)
    with app.store.begin(actor, app.now()) as tx:
        found = erasing.erase(tx, erasure, _why(reason, "words were erased"))
        _refuse_held(app, Reading(tx.connection, None), found)
        if not (found.revisions or found.entries or found.others):
            raise RuleError("These words stand nowhere.", fix="Copy them as they are written, case and all.")
    app.store.empty_log()
    return found


def _erasure_of(person: Person, instead: str) -> Erasure:
    return erasure_of_person(person.id, person.name, person.email, instead)


def _why(reason: str, otherwise: str) -> str:
    return reason.strip()[:500] or otherwise


def _preview(app: App, reading: Reading, erasure: Erasure) -> Preview:
    found = erasing.find(reading.connection, erasure)
    return Preview(found=found, held=_held(app, reading, found))


def _refuse_held(app: App, reading: Reading, found: Found) -> None:
    """Raise RuleError, which undoes the erasure, where something it reached is held."""
    if held := _held(app, reading, found):
        raise RuleError(
            f"Under a legal hold: {', '.join(held[:5])}.",
            fix="Erase once the hold has ended, or change the holds under /retention.",
        )


def _held(app: App, reading: Reading, found: Found) -> tuple[str, ...]:
    """Return `incident: hold` for each held incident that something reached is or hangs on; one is held by what any
    of its revisions was, so that nobody takes it out of a hold.
    """
    rules, today = retention_in(reading).rules, app.today()
    if not rules.holds:
        return ()
    names = sorted(surroundings_to_hold(reading, found.reached))
    told: dict[str, str] = {}
    for name, bodies in get_bodies(reading, "incident", names).items():
        for body in bodies.values():
            record = decode("incident", body)
            if isinstance(record, Incident) and (hold := hold_on(rules, record, today)):
                told[name] = hold
    return tuple(f"{name}: {hold}" for name, hold in sorted(told.items()))
