"""Ownership: what somebody owns, handing it over, and what nobody looks after."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.catalog import Person
from hardwon.domain.errors import InputError, NotFoundError
from hardwon.domain.event import Event
from hardwon.domain.projection import project
from hardwon.domain.record import TYPES
from hardwon.domain.text import kind_of
from hardwon.storage.queries.artifacts import ArtifactRow, get_artifact_rows
from hardwon.storage.queries.ownership import (
    AGES,
    FreshnessRow,
    OwnedRow,
    artifacts_of_age,
    count_ages,
    count_freshness,
    knows_person,
    owned_by,
)
from hardwon.storage.queries.records import get_record
from hardwon.storage.store import Reading
from hardwon.usecases.app import App

MOST: Final = 2_000
"""Records that one hand-over moves at most."""
_SHOWN: Final = 200


class PersonPage(msgspec.Struct, frozen=True, kw_only=True):
    """A person, and what they own that still lives: at most 200 rows."""

    person: Person
    owned: tuple[OwnedRow, ...]


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """How fresh the library is, by service, and the artifacts of the age that was asked for.

    `total` counts each living artifact once, `late` those past their review date.
    """

    ages: tuple[str, ...]
    total: int
    late: int
    rows: tuple[FreshnessRow, ...]
    chosen: tuple[ArtifactRow, ...]


def get_person(app: App, actor: Actor, person_id: str) -> PersonPage:
    """Return a person with what they own of what the actor may see. Raises NotFoundError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        person = project(get_record(reading, Person, person_id), actor)
        return PersonPage(person=person, owned=owned_by(reading, person_id, limit=_SHOWN))


def hand_over(app: App, actor: Actor, giver: str, taker: str) -> int:
    """Give all that one person owns to another, who is told; return how many records changed hands.

    Everybody may hand over what is their own, an admin what anybody owns. It is one write: all of it or
    nothing. Raises ForbiddenError, NotFoundError for a taker who is not there, InputError for the same
    person or for more than 2,000 records.
    """
    authorise(actor, "write" if giver == actor.id else "administer")
    if giver == taker:
        raise InputError("That is the same person.", fix="Name somebody else.")
    now = app.now()
    with app.store.begin(actor, now) as tx:
        reading = Reading(tx.connection, scopes_of(actor))
        if not knows_person(reading, taker):
            raise NotFoundError(f"There is no person {taker}.", fix="Add them to the catalogue first.")
        rows = owned_by(reading, giver, limit=MOST + 1)
        if len(rows) > MOST:
            raise InputError(f"That is more than {MOST:,} records.", fix="Retire what is over first.")
        for row in rows:
            stored: Any = tx.get(TYPES[_kind(row.id)], row.id)
            changed = msgspec.structs.replace(stored, owner=taker, updated_at=now)
            event = Event(verb="revised", detail=f"handed over from {giver} to {taker}", tell=(taker,))
            tx.save(changed, (event,), stored.revision)
    return len(rows)


def get_freshness(
    app: App, actor: Actor, *, kind: str | None = None, age: str | None = None, service: str | None = None
) -> Freshness:
    """Return how fresh the library is by service, and up to 200 artifacts of one age where it is asked.

    Raises InputError for an age there is not.
    """
    authorise(actor, "read")
    if age is not None and age not in AGES:
        raise InputError(f"There is no age {age}.", fix=f"There are: {', '.join(AGES)}.")
    today = app.today()
    with app.store.read(scopes_of(actor)) as reading:
        rows = count_freshness(reading, today, kind=kind)
        ages = count_ages(reading, today, kind=kind)
        chosen: tuple[ArtifactRow, ...] = ()
        if age:
            ids = artifacts_of_age(reading, today, age=age, service=service, kind=kind, limit=_SHOWN)
            found = {row.id: row for row in get_artifact_rows(reading, ids)}
            chosen = tuple(found[name] for name in ids)
    late = ages.get("silent", 0) + ages.get("overdue", 0)
    return Freshness(ages=AGES, total=sum(ages.values()), late=late, rows=rows, chosen=chosen)


def _kind(record_id: str) -> Any:
    return kind_of(record_id)
