"""The catalogue: services, environments, teams and people."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor, system
from hardwon.domain.catalog import Environment, Person, Service, Team
from hardwon.domain.commitment import is_stand_in
from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.event import Event
from hardwon.domain.projection import project
from hardwon.domain.record import kind_of
from hardwon.domain.thread import MENTION
from hardwon.storage.queries.catalog import find_names, list_catalog
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_record
from hardwon.storage.sign_in import end_sessions
from hardwon.usecases.app import App

Entry = TypeVar("Entry", Service, Environment, Team, Person)
_SUGGESTED: Final = 8
_LONGEST: Final = 40


class Mentioned(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody a text can mention: a person or a team, by id, and what they are called."""

    id: str
    name: str


def put(app: App, actor: Actor, entry: Entry, expected_revision: int | None = None) -> Entry:
    """Add a catalogue entry (expected_revision None) or replace it.

    A person's roles are an admin's to give; where they change, or the person leaves, who is signed in as
    that person has to sign in again. Raises ForbiddenError, DuplicateError,
    RevisionConflictError, NotFoundError.
    """
    authorise(actor, "administer" if kind_of(entry) == "person" else "write")
    with app.store.begin(actor, app.now()) as tx:
        if expected_revision is None:
            if kind_of(entry) == "person" and (entry.id == system().id or is_stand_in(entry.id)):
                raise InputError(f"{entry.id} is not to be had as an id.", fix="Choose another one.")
            return tx.save(msgspec.structs.replace(entry, revision=1), (Event(verb="created"),))
        if isinstance(entry, Person):
            stood = tx.get(Person, entry.id)
            if entry.id == actor.id and not (entry.active and "admin" in entry.roles):
                raise RuleError("You cannot shut yourself out.", fix="Let another admin do it.")
            if (stood.roles, stood.teams, stood.active) != (entry.roles, entry.teams, entry.active):
                end_sessions(tx, entry.id)
        return tx.save(entry, (Event(verb="revised"),), expected_revision)


def get_entry(app: App, actor: Actor, kind: type[Entry], entry_id: str) -> Entry:
    """Return one catalogue entry. Raises NotFoundError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return project(get_record(reading, kind, entry_id), actor)


def list_services(app: App, actor: Actor, *, limit: int = 200, after: str | None = None) -> Page[Service]:
    """Return a page of services by id."""
    return _list(app, actor, Service, limit, after)


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
