"""Observations: note one in a minute, correct it, triage it into a lesson, an action or a dismissal."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from hardwon.domain.access import EVERYONE, authorise, permissions_of, scopes_of
from hardwon.domain.action import Action
from hardwon.domain.actor import Actor
from hardwon.domain.errors import ForbiddenError, InputError
from hardwon.domain.event import Event
from hardwon.domain.lesson import Lesson
from hardwon.domain.observation import (
    Observation,
    ObservationKind,
    action_from,
    become,
    lesson_from,
)
from hardwon.domain.observation import dismiss as dismiss_observation
from hardwon.domain.observation import reopen as reopen_observation
from hardwon.domain.projection import project
from hardwon.domain.text import Line, Name, Prose, Tag, Title, Url
from hardwon.storage.queries.catalog import teams_of
from hardwon.storage.queries.observations import ObservationRow
from hardwon.storage.queries.observations import list_observations as query_observations
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_record
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App

_SCHEMES = ("https://", "http://")


class GivenObservation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody noticed; a title is enough."""

    title: Title
    kind: ObservationKind = "near_miss"
    text: Prose = ""
    url: Url = ""
    services: Annotated[tuple[Name, ...], Meta(max_length=100)] = ()
    environments: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()
    tags: Annotated[tuple[Tag, ...], Meta(max_length=50)] = ()
    team: Name | None = None
    scope: Line = EVERYONE


def note(app: App, actor: Actor, given: GivenObservation) -> Observation:
    """Keep what somebody noticed; whoever may ask may note. The team of its first service takes it, and
    the teams of the others are told as well.

    Raises ForbiddenError, InputError for a link that is none.
    """
    authorise(actor, "ask", given.scope)
    _check(given)
    now = app.now()
    with app.store.begin(actor, now) as tx:
        teams = teams_of(Reading(tx.connection, None), given.services)
        fresh = Observation(
            id=tx.next_id("observation"),
            title=given.title,
            kind=given.kind,
            text=given.text,
            url=given.url,
            services=given.services,
            environments=given.environments,
            tags=given.tags,
            team=given.team or next(iter(teams), None),
            author=actor.id,
            written_at=now,
            updated_at=now,
            scope=given.scope,
        )
        told = tuple(dict.fromkeys(team for team in (fresh.team, *teams) if team))
        return tx.save(fresh, (Event(verb="created", detail=given.kind, tell=told),))


def revise(
    app: App, actor: Actor, observation_id: str, given: GivenObservation, expected: int
) -> Observation:
    """Replace what is said: its author may, and who may write. Where it stands stays.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, InputError.
    """
    _check(given)
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "ask", Observation, observation_id)
        if stored.author != actor.id and "write" not in permissions_of(actor):
            raise ForbiddenError(
                f"{actor.name} did not write {observation_id}.", fix="Note what you saw as another one."
            )
        authorise(actor, "ask", given.scope)
        changed = msgspec.structs.replace(stored, **msgspec.structs.asdict(given), updated_at=tx.at)
        return tx.save(changed, (Event(verb="revised", tell=_told(stored)),), expected)


def make_lesson(app: App, actor: Actor, observation_id: str, expected: int) -> Lesson:
    """Triage an observation into the draft of a lesson, owned by the actor, and return that.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, RuleError for one that is triaged.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Observation, observation_id)
        made = lesson_from(stored, tx.next_id("lesson"), actor.id, tx.at)
        _triage(tx, stored, made, expected)
        return made


def make_action(app: App, actor: Actor, observation_id: str, expected: int) -> Action:
    """Triage an observation into an open action, owned by the actor, and return that.

    Raises as `make_lesson` does.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Observation, observation_id)
        made = action_from(stored, tx.next_id("action"), actor.id, tx.at)
        _triage(tx, stored, made, expected)
        return made


def dismiss(app: App, actor: Actor, observation_id: str, because: str, expected: int) -> Observation:
    """Dismiss an observation, with the reason; search shows it behind what still stands.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, RuleError.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Observation, observation_id)
        changed = dismiss_observation(stored, because, actor.id, tx.at)
        event = Event(verb="moved", detail=f"dismissed: {changed.because}", tell=_told(stored))
        return tx.save(changed, (event,), expected)


def reopen(app: App, actor: Actor, observation_id: str, expected: int) -> Observation:
    """Let a dismissed observation wait for triage again. Raises as `dismiss` does."""
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Observation, observation_id)
        changed = reopen_observation(stored, tx.at)
        event = Event(verb="moved", detail="waits for triage again", tell=_told(stored))
        return tx.save(changed, (event,), expected)


def get_observation(app: App, actor: Actor, observation_id: str) -> Observation:
    """Return an observation. Raises NotFoundError also for one the actor may not see."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return project(get_record(reading, Observation, observation_id), actor)


def list_observations(
    app: App,
    actor: Actor,
    *,
    state: str | None = None,
    kind: str | None = None,
    service: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[ObservationRow]:
    """Return a page of the observations the actor may see, newest first."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        rows = query_observations(reading, state=state, kind=kind, service=service, limit=limit, after=after)
    return project(rows, actor)


def _triage(tx: Transaction, stored: Observation, made: Lesson | Action, expected: int) -> None:
    """Keep what an observation becomes, and the observation that names it."""
    tx.save(made, (Event(verb="created", detail=f"from {stored.id}"),))
    changed = become(stored, made.id, tx.actor, tx.at)
    event = Event(verb="moved", detail=f"became {made.id}", tell=_told(stored))
    tx.save(changed, (event,), expected)


def _told(observation: Observation) -> tuple[str, ...]:
    return tuple(reader for reader in (observation.author, observation.team) if reader)


def _check(given: GivenObservation) -> None:
    if given.url and not given.url.startswith(_SCHEMES):
        raise InputError("A link begins with https:// or http://.", fix="Copy the whole address.")
