"""The catalogue: services, environments, teams and people."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor, system
from hardwon.domain.catalog import Environment, Person, Service, Team, check_same
from hardwon.domain.commitment import is_stand_in
from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.event import Event
from hardwon.domain.projection import project
from hardwon.domain.record import kind_of
from hardwon.domain.thread import MENTION
from hardwon.storage.queries.catalog import find_names, list_catalog
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_record
from hardwon.storage.queries.services import (
    UnclaimedRow,
    count_unclaimed,
    other_names,
    with_counts,
)
from hardwon.storage.queries.services import list_services as query_services
from hardwon.storage.renaming import move_service
from hardwon.storage.sign_in import end_sessions
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App

Entry = TypeVar("Entry", Service, Environment, Team, Person)
_SUGGESTED: Final = 8
_LONGEST: Final = 40
_WAITING: Final = 20


class Mentioned(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody a text can mention: a person or a team, by id, and what they are called."""

    id: str
    name: str


class Unclaimed(msgspec.Struct, frozen=True, kw_only=True):
    """Services that nobody owns: how many there are, and the first 20 of them."""

    count: int
    rows: tuple[UnclaimedRow, ...]


class Same(msgspec.Struct, frozen=True, kw_only=True):
    """What became of another name of a service: how many records moved, None where they were too many to move."""

    service: Service
    moved: int | None


def put(app: App, actor: Actor, entry: Entry, expected_revision: int | None = None) -> Entry:
    """Add a catalogue entry (expected_revision None) or replace it.

    What was recorded of a service that becomes another name of one moves there, unless that is more than
    2,000 records. A person's roles are an admin's to give; where they change, or the person leaves, who is signed in as
    that person has to sign in again. Raises ForbiddenError, DuplicateError,
    RevisionConflictError, NotFoundError, RuleError for another name of a name.
    """
    authorise(actor, "administer" if kind_of(entry) == "person" else "write")
    with app.store.begin(actor, app.now()) as tx:
        if expected_revision is None:
            if kind_of(entry) == "person" and (entry.id == system().id or is_stand_in(entry.id)):
                raise InputError(f"{entry.id} is not to be had as an id.", fix="Choose another one.")
            _unite(tx, entry, None)
            return tx.save(msgspec.structs.replace(entry, revision=1), (Event(verb="created"),))
        if isinstance(entry, Service):
            _unite(tx, entry, tx.get(Service, entry.id).same_as)
        if isinstance(entry, Person):
            stood = tx.get(Person, entry.id)
            if entry.id == actor.id and not (entry.active and "admin" in entry.roles):
                raise RuleError("You cannot shut yourself out.", fix="Let another admin do it.")
            if (stood.roles, stood.teams, stood.active) != (entry.roles, entry.teams, entry.active):
                end_sessions(tx, entry.id)
        return tx.save(entry, (Event(verb="revised"),), expected_revision)


def claim(app: App, actor: Actor, service_id: str, team: str, expected_revision: int) -> Service:
    """Make a team the owner of a service that nobody owns yet; the team is told.

    Raises ForbiddenError, NotFoundError for a service or a team that is not there, RevisionConflictError,
    RuleError for a service that is owned or that is another name of one.
    """
    authorise(actor, "write")
    with app.store.begin(actor, app.now()) as tx:
        stored, owner = tx.get(Service, service_id), tx.get(Team, team)
        if stored.team or stored.same_as:
            raise RuleError(
                f"{service_id} is {f'owned by {stored.team}' if stored.team else f'{stored.same_as}'} already.",
                fix="Open the service, and change it there.",
            )
        claimed = msgspec.structs.replace(stored, team=owner.id)
        event = Event(verb="revised", detail=f"claimed for {owner.id}", tell=(owner.id,))
        return tx.save(claimed, (event,), expected_revision)


def unite(app: App, actor: Actor, service_id: str, same_as: str, expected_revision: int) -> Same:
    """Say that a service is another name of one: what was recorded of it moves there, as far as that is 2,000
    records at most, and what is reported of it from now on is of that one.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, RuleError for itself and for a chain of names.
    """
    authorise(actor, "write")
    with app.store.begin(actor, app.now()) as tx:
        changed = msgspec.structs.replace(tx.get(Service, service_id), same_as=same_as)
        moved = _unite(tx, changed, None)
        event = Event(verb="revised", detail=f"another name of {same_as}")
        return Same(service=tx.save(changed, (event,), expected_revision), moved=moved)


def part(app: App, actor: Actor, service_id: str, expected_revision: int) -> Service:
    """Say that a service is no other name of one after all; what moved stays where it is.

    Raises ForbiddenError, NotFoundError, RevisionConflictError.
    """
    authorise(actor, "write")
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get(Service, service_id)
        event = Event(verb="revised", detail=f"no longer another name of {stored.same_as}")
        return tx.save(msgspec.structs.replace(stored, same_as=None), (event,), expected_revision)


def _unite(tx: Transaction, entry: Service | Environment | Team | Person, before: str | None) -> int | None:
    """Give what was recorded of a service to the one it is another name of now; `before` it was one of that."""
    if not isinstance(entry, Service) or entry.same_as is None or entry.same_as == before:
        return 0
    check_same(entry, tx.get(Service, entry.same_as))
    return move_service(tx, entry.id, entry.same_as)


def get_entry(app: App, actor: Actor, kind: type[Entry], entry_id: str) -> Entry:
    """Return one catalogue entry. Raises NotFoundError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return project(get_record(reading, kind, entry_id), actor)


def list_services(
    app: App, actor: Actor, *, unclaimed: bool = False, limit: int = 200, after: str | None = None
) -> Page[Service]:
    """Return a page of services by id without other names of one; `unclaimed` those alone that nobody owns."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        page = query_services(reading, unclaimed=unclaimed, limit=limit, after=after)
    return Page(rows=tuple(project(row, actor) for row in page.rows), next=page.next)


def list_unclaimed(app: App, actor: Actor) -> Unclaimed:
    """Return the services that nobody owns yet, with what the actor sees of each."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        found = query_services(reading, unclaimed=True, limit=_WAITING).rows
        page = Unclaimed(count=count_unclaimed(reading), rows=with_counts(reading, found))
    return project(page, actor)


def list_names(app: App, actor: Actor, service_id: str) -> tuple[Service, ...]:
    """Return at most 50 other names of a service."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return tuple(project(name, actor) for name in other_names(reading, service_id))


def list_environments(
    app: App, actor: Actor, *, limit: int = 200, after: str | None = None
) -> Page[Environment]:
    """Return a page of environments by id."""
    return _list(app, actor, Environment, limit, after)


def list_teams(app: App, actor: Actor, *, limit: int = 200, after: str | None = None) -> Page[Team]:
    """Return a page of teams by id."""
    return _list(app, actor, Team, limit, after)


def list_people(app: App, actor: Actor, *, limit: int = 200, after: str | None = None) -> Page[Person]:
    """Return a page of people by id, without what the asker may not see of them."""
    return _list(app, actor, Person, limit, after)


def suggest_names(app: App, actor: Actor, text: str) -> tuple[Mentioned, ...]:
    """Return at most 8 people who are still here, and teams, that `text` may begin to mention."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        found = find_names(reading, text.strip()[:_LONGEST], limit=3 * _SUGGESTED)
    here = [entry for entry in found if isinstance(entry, Team) or entry.active]
    named = [Mentioned(id=entry.id, name=entry.name) for entry in here if MENTION.fullmatch(f"@{entry.id}")]
    return tuple(named[:_SUGGESTED])


def _list(app: App, actor: Actor, kind: type[Entry], limit: int, after: str | None) -> Page[Entry]:
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        page = list_catalog(reading, kind, limit=limit, after=after)
    return Page(rows=tuple(project(row, actor) for row in page.rows), next=page.next)
