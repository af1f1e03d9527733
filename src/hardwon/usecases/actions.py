"""Actions: promise one, take it on, finish it, list what is open."""

from __future__ import annotations

import msgspec

from hardwon.domain.access import EVERYONE, authorise, scopes_of
from hardwon.domain.action import Action, ActionState
from hardwon.domain.action import move as move_action
from hardwon.domain.actor import Actor
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.projection import project
from hardwon.storage.queries.actions import ActionRow
from hardwon.storage.queries.actions import list_actions as query_actions
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_record
from hardwon.usecases.app import App


def promise(app: App, actor: Actor, action: Action) -> Action:
    """Keep a new action, open. Its owner and team are told.

    One of an incident is seen by whom the incident is seen, unless its own scope is narrower.
    Raises ForbiddenError, NotFoundError for an incident the actor does not see.
    """
    authorise(actor, "write", action.scope)
    now = app.now()
    with app.store.begin(actor, now) as tx:
        if action.incident:
            scope = tx.get_as(actor, "write", Incident, action.incident).scope
            if action.scope == EVERYONE:
                action = msgspec.structs.replace(action, scope=scope)
        fresh = msgspec.structs.replace(
            action,
            id=tx.next_id("action"),
            state="open",
            written_at=now,
            updated_at=now,
            done_at=None,
            revision=1,
        )
        return tx.save(fresh, (Event(verb="created", tell=_told(fresh)),))


def revise(app: App, actor: Actor, action: Action, expected_revision: int) -> Action:
    """Replace an action's content; its state changes through `move` alone.

    Raises ForbiddenError, NotFoundError, RevisionConflictError.
    """
    now = app.now()
    with app.store.begin(actor, now) as tx:
        stored = tx.get_as(actor, "write", Action, action.id)
        authorise(actor, "write", action.scope)
        changed = msgspec.structs.replace(
            action,
            state=stored.state,
            done_at=stored.done_at,
            written_at=stored.written_at,
            updated_at=now,
        )
        told = tuple(dict.fromkeys((*_told(stored), *_told(changed))))
        return tx.save(changed, (Event(verb="revised", tell=told),), expected_revision)


def move(
    app: App,
    actor: Actor,
    action_id: str,
    state: ActionState,
    expected_revision: int,
    *,
    outcome: str = "",
) -> Action:
    """Take an action to another state. Raises ForbiddenError, NotFoundError, RuleError and
    RevisionConflictError.
    """
    now = app.now()
    with app.store.begin(actor, now) as tx:
        stored = tx.get_as(actor, "write", Action, action_id)
        moved = move_action(stored, state, now, outcome=outcome)
        event = Event(verb="moved", detail=f"{stored.state} to {state}", tell=_told(stored))
        return tx.save(moved, (event,), expected_revision)


def get_action(app: App, actor: Actor, action_id: str) -> Action:
    """Return an action. Raises NotFoundError also for one the actor may not see."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        stored = get_record(reading, Action, action_id)
    return project(stored, actor)


def list_actions(  # noqa: PLR0913  (the list's filters)
    app: App,
    actor: Actor,
    *,
    state: str | None = None,
    owner: str | None = None,
    team: str | None = None,
    service: str | None = None,
    incident: str | None = None,
    unfinished: bool = False,
    limit: int = 50,
    after: str | None = None,
) -> Page[ActionRow]:
    """Return a page of the actions the actor may see, what is due first on top."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        rows = query_actions(
            reading,
            state=state,
            owner=owner,
            team=team,
            service=service,
            incident=incident,
            unfinished=unfinished,
            limit=limit,
            after=after,
            today=app.today(),
        )
    return project(rows, actor)


def _told(action: Action) -> tuple[str, ...]:
    return tuple(reader for reader in (action.owner, action.team) if reader)
