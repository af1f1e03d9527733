"""Postmortems, lessons, runbooks and notes: one life for all four."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, TypeAlias

import msgspec

from hardwon.domain.access import Permission, authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.artifact import ArtifactKind, State, told_of
from hardwon.domain.artifact import move as move_artifact
from hardwon.domain.artifact import renew as renew_artifact
from hardwon.domain.artifact import tick as tick_line
from hardwon.domain.errors import DuplicateError, InputError, RuleError
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.lesson import Lesson
from hardwon.domain.note import Note
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.projection import project
from hardwon.domain.record import TYPES, kind_of
from hardwon.domain.runbook import Runbook
from hardwon.domain.standard import pass_standard
from hardwon.domain.text import kind_of as kind_of_id
from hardwon.storage.queries.actions import ActionRow, actions_of
from hardwon.storage.queries.artifacts import ArtifactRow, artifacts_of
from hardwon.storage.queries.artifacts import list_artifacts as query_artifacts
from hardwon.storage.queries.incidents import IncidentRow, get_incident_rows
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import (
    get_record,
)
from hardwon.storage.queries.records import get_revision as query_revision
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App, standing_of

AnyArtifact: TypeAlias = Postmortem | Lesson | Runbook | Note
_STEP_PERMISSION: Final[dict[State, Permission]] = {
    "approved": "review",
    "published": "review",
    "retired": "review",
    "archived": "review",
}
"""Steps that need more than the right to write."""


class ArtifactPage(msgspec.Struct, frozen=True, kw_only=True):
    """An artifact with what hangs on it."""

    kind: ArtifactKind
    artifact: AnyArtifact
    actions: tuple[ActionRow, ...]
    incidents: tuple[IncidentRow, ...]


def kind_of_artifact(record_id: str) -> ArtifactKind:
    """Return the kind an id names. Raises InputError where it names no artifact."""
    kind = kind_of_id(record_id)
    if kind in {"postmortem", "lesson", "runbook", "note"}:
        return kind  # type: ignore[return-value]
    raise InputError(f"{record_id} names no artifact.", fix="Use an id like LES-0007 or PM-0042.")


def write(app: App, actor: Actor, artifact: AnyArtifact) -> AnyArtifact:
    """Keep a new artifact, always as a draft. Its id is given here.

    A postmortem of an incident is seen by whom the incident is seen. Raises ForbiddenError, NotFoundError
    for an incident the actor does not see, DuplicateError for a second postmortem of one.
    """
    authorise(actor, "write", artifact.scope)
    now = app.now()
    with app.store.begin(actor, now) as tx:
        _expect_incidents(tx, actor, artifact, ())
        fresh = msgspec.structs.replace(
            _tied(tx, actor, artifact),
            reminded=0,
            retired_because="",
            successor=None,
            id=tx.next_id(kind_of(artifact)),
            state="draft",
            written_at=now,
            updated_at=now,
            revision=1,
        )
        saved = tx.save(fresh, (Event(verb="created", tell=told_of(fresh)),))
    return _as_artifact(saved)


def revise(app: App, actor: Actor, artifact: AnyArtifact, expected_revision: int) -> AnyArtifact:
    """Replace an artifact's content; its state changes through `move` alone, and whose postmortem it is
    stays once it is somebody's.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, RuleError for a retired one, DuplicateError.
    """
    now = app.now()
    with app.store.begin(actor, now) as tx:
        stored = _as_artifact(tx.get_as(actor, "write", type(artifact), artifact.id))
        if stored.state in {"retired", "archived"}:
            raise RuleError(f"{stored.id} is {stored.state}.", fix="Take it back into review first.")
        authorise(actor, "write", artifact.scope)
        _expect_incidents(tx, actor, artifact, stored.incidents)
        if isinstance(stored, Postmortem) and isinstance(artifact, Postmortem):
            if stored.incident is None and artifact.incident:
                _expect_unpublished(stored)
                artifact = _tied(tx, actor, artifact)
            else:
                artifact = msgspec.structs.replace(artifact, incident=stored.incident)
        changed = msgspec.structs.replace(
            artifact,
            reminded=stored.reminded,
            retired_because=stored.retired_because,
            successor=stored.successor,
            state=stored.state,
            written_at=stored.written_at,
            updated_at=now,
            source=stored.source,
            source_id=stored.source_id,
        )
        saved = tx.save(changed, (Event(verb="revised", tell=told_of(stored)),), expected_revision)
    return _as_artifact(saved)


def move(  # noqa: PLR0913  (the step and what allows it)
    app: App,
    actor: Actor,
    artifact_id: str,
    state: State,
    expected_revision: int,
    *,
    reason: str = "",
    successor: str = "",
    exception: str = "",
) -> AnyArtifact:
    """Take one step of the lifecycle; approving, publishing and retiring need a reviewer.

    A postmortem is published only where its incident meets the minimum standard, or with the reason
    of an `exception`. Raises ForbiddenError, NotFoundError, RevisionConflictError, RuleError naming
    what is missing, InputError.
    """
    now = app.now()
    with app.store.begin(actor, now) as tx:
        stored = _as_artifact(
            tx.get_as(
                actor, _STEP_PERMISSION.get(state, "write"), TYPES[kind_of_artifact(artifact_id)], artifact_id
            )
        )
        if successor:
            tx.get_as(actor, "read", TYPES[kind_of_artifact(successor)], successor)
        moved = move_artifact(stored, state, now, reason=reason, successor=successor)
        detail = f"{stored.state} to {state}"
        if isinstance(stored, Postmortem) and stored.incident and state == "published":
            incident = tx.get(Incident, stored.incident)
            standing = standing_of(app, Reading(tx.connection, None), incident, besides="postmortem")
            detail += pass_standard(standing, exception)
        event = Event(verb="moved", detail=detail, tell=told_of(stored))
        saved = tx.save(moved, (event,), expected_revision)
    return _as_artifact(saved)


def renew(app: App, actor: Actor, artifact_id: str, review_on: date, expected_revision: int) -> AnyArtifact:
    """Say that an artifact still holds, and when it is looked at next.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, RuleError, InputError.
    """
    now = app.now()
    with app.store.begin(actor, now) as tx:
        stored = _as_artifact(tx.get_as(actor, "write", TYPES[kind_of_artifact(artifact_id)], artifact_id))
        renewed = renew_artifact(stored, review_on, now)
        event = Event(verb="moved", detail=f"renewed until {review_on}", tell=told_of(stored))
        return _as_artifact(tx.save(renewed, (event,), expected_revision))


def tick(app: App, actor: Actor, artifact_id: str, position: int) -> AnyArtifact:
    """Say that a line of the checklist is done, in the actor's name; said again, it is open again.

    Raises ForbiddenError, NotFoundError.
    """
    now = app.now()
    with app.store.begin(actor, now) as tx:
        stored = _as_artifact(tx.get_as(actor, "write", TYPES[kind_of_artifact(artifact_id)], artifact_id))
        ticked = tick_line(stored, position, actor.id, now)
        event = Event(verb="revised", detail=f"checklist: {stored.checklist[position].text}")
        return _as_artifact(tx.save(ticked, (event,), stored.revision))


def restore(app: App, actor: Actor, artifact_id: str, revision: int, expected_revision: int) -> AnyArtifact:
    """Bring an old revision's content back as a new one; state and owner stay as they are.

    Raises ForbiddenError, NotFoundError, RevisionConflictError.
    """
    kind = kind_of_artifact(artifact_id)
    now = app.now()
    with app.store.read(scopes_of(actor)) as reading:
        old = _as_artifact(query_revision(reading, TYPES[kind], artifact_id, revision))
    with app.store.begin(actor, now) as tx:
        stored = _as_artifact(tx.get_as(actor, "write", TYPES[kind], artifact_id))
        back = msgspec.structs.replace(
            old,
            state=stored.state,
            owner=stored.owner,
            team=stored.team,
            scope=stored.scope,
            review_on=stored.review_on,
            reminded=stored.reminded,
            retired_because=stored.retired_because,
            successor=stored.successor,
            updated_at=now,
        )
        if isinstance(stored, Postmortem):
            back = msgspec.structs.replace(back, incident=stored.incident)
        event = Event(verb="restored", detail=f"revision {revision}", tell=told_of(stored))
        saved = tx.save(back, (event,), expected_revision)
    return _as_artifact(saved)


def _tied(tx: Transaction, actor: Actor, artifact: AnyArtifact) -> AnyArtifact:
    """Return a postmortem with its incident's scope. Raises NotFoundError for an incident the actor does not
    see, DuplicateError where it has one.
    """
    if not isinstance(artifact, Postmortem) or not artifact.incident:
        return artifact
    incident = tx.get_as(actor, "write", Incident, artifact.incident)
    rows = artifacts_of(Reading(tx.connection, None), incident.id)
    if any(row.kind == "postmortem" for row in rows):
        raise DuplicateError(f"{incident.id} has a postmortem already.", fix="Write in that one.")
    return msgspec.structs.replace(artifact, scope=incident.scope)


def _expect_incidents(tx: Transaction, actor: Actor, artifact: AnyArtifact, known: Sequence[str]) -> None:
    """Raise NotFoundError for an incident that is newly named and not one the actor sees."""
    for name in artifact.incidents:
        if name not in known:
            tx.get_as(actor, "write", Incident, name)


def _expect_unpublished(stored: Postmortem) -> None:
    if stored.state not in {"draft", "in_review"}:
        raise RuleError(f"{stored.id} is {stored.state}.", fix="Take it back into review first.")


def list_artifacts(  # noqa: PLR0913  (the list's filters)
    app: App,
    actor: Actor,
    kind: ArtifactKind,
    *,
    state: str | None = None,
    service: str | None = None,
    tag: str | None = None,
    risk: str | None = None,
    owner: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[ArtifactRow]:
    """Return a page of one kind of artifact, newest first."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return query_artifacts(
            reading,
            kind,
            state=state,
            service=service,
            tag=tag,
            risk=risk,
            owner=owner,
            limit=limit,
            after=after,
        )


def get_artifact(app: App, actor: Actor, artifact_id: str) -> ArtifactPage:
    """Return an artifact with its actions and incidents.

    Raises NotFoundError also for one the actor may not see.
    """
    authorise(actor, "read")
    kind = kind_of_artifact(artifact_id)
    with app.store.read(scopes_of(actor)) as reading:
        artifact = _as_artifact(get_record(reading, TYPES[kind], artifact_id))
        incidents = list(artifact.incidents)
        if isinstance(artifact, Postmortem) and artifact.incident:
            incidents.append(artifact.incident)
        actions = actions_of(
            reading,
            incidents=incidents if kind == "postmortem" else [],
            lessons=[artifact_id],
            today=app.today(),
        )
        rows = get_incident_rows(reading, list(dict.fromkeys(incidents)), today=app.today())
    page = ArtifactPage(
        kind=kind,
        artifact=artifact,
        actions=tuple(actions),
        incidents=tuple(rows),
    )
    return project(page, actor)


def _as_artifact(record: object) -> AnyArtifact:
    if isinstance(record, Postmortem | Lesson | Runbook | Note):
        return record
    raise InputError("That record is no artifact.", fix=f"Kinds are: {', '.join(TYPES)}.")
