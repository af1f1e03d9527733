"""Incidents: declare, revise, advance, list and open one with all that belongs to it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from hardwon.domain.access import EVERYONE, authorise, permissions_of, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.event import Event
from hardwon.domain.incident import (
    DeploymentLink,
    Detection,
    Incident,
    Severity,
    Status,
    Times,
    check_times,
    restricted_scope,
)
from hardwon.domain.incident import (
    advance as advance_status,
)
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.projection import project
from hardwon.domain.standard import pass_standard, profile_of
from hardwon.domain.text import Line, Name, Prose, Tag, Title
from hardwon.domain.timeline import MAX_ENTRIES, TimelineEntry, check_length, in_order
from hardwon.storage.dependants import follow_scope
from hardwon.storage.queries.actions import ActionRow, actions_of
from hardwon.storage.queries.artifacts import ArtifactRow, artifacts_of
from hardwon.storage.queries.deployments import DeploymentRow, get_deployment_rows
from hardwon.storage.queries.incidents import IncidentRow
from hardwon.storage.queries.incidents import list_incidents as query_incidents
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_record
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App, standing_of

RESTRICTED: Final = "restricted"
"""Asks for a scope of an incident's own."""
MAX_MEMBERS: Final = 200


class NewIncident(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known when an incident is declared; a title is enough.

    Its scope is `everyone`, `team:<id>`, or `restricted`: then its members see it, and who declares it.
    """

    title: Title
    severity: Severity | None = None
    services: Annotated[tuple[Name, ...], Meta(max_length=100)] = ()
    environments: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()
    detection: Detection = "unknown"
    summary: Prose = ""
    times: Times = Times()
    zone: Line = "UTC"
    timeline: Annotated[tuple[TimelineEntry, ...], Meta(max_length=MAX_ENTRIES)] = ()
    tags: Annotated[tuple[Tag, ...], Meta(max_length=50)] = ()
    team: Name | None = None
    members: Annotated[tuple[Name, ...], Meta(max_length=MAX_MEMBERS)] = ()
    scope: Line = EVERYONE


class IncidentPage(msgspec.Struct, frozen=True, kw_only=True):
    """An incident with what belongs to it."""

    incident: Incident
    postmortem: Postmortem | None
    lessons: tuple[ArtifactRow, ...]
    runbooks: tuple[ArtifactRow, ...]
    actions: tuple[ActionRow, ...]
    deployments: tuple[tuple[DeploymentLink, DeploymentRow | None], ...]


def declare(app: App, actor: Actor, new: NewIncident) -> Incident:
    """Open an incident; it starts now unless its times say otherwise.

    Raises ForbiddenError, InputError for times that run backwards.
    """
    restricted = new.scope == RESTRICTED
    authorise(actor, "write", EVERYONE if restricted else new.scope)
    now = app.now()
    times = new.times
    if times.started_at is None and times.detected_at is None:
        times = msgspec.structs.replace(times, detected_at=now)
    check_times(times)
    with app.store.begin(actor, now) as tx:
        name = tx.next_id("incident")
        incident = Incident(
            id=name,
            title=new.title,
            severity=new.severity,
            services=new.services,
            environments=new.environments,
            detection=new.detection,
            summary=new.summary,
            times=times,
            zone=new.zone,
            timeline=in_order(new.timeline),
            tags=new.tags,
            team=new.team,
            members=_with(new.members, actor) if restricted else new.members,
            scope=restricted_scope(name) if restricted else new.scope,
        )
        event = Event(verb="created", tell=(new.team,) if new.team else ())
        return tx.save(incident, (event,))


def revise(app: App, actor: Actor, incident: Incident, expected_revision: int) -> Incident:
    """Replace an incident's content. Its status changes through `advance` alone.

    Whom it is shown to from now on, its postmortem, its actions and its reviews are shown to as well.
    Raises ForbiddenError, NotFoundError, RevisionConflictError, InputError.
    """
    check_length(incident.timeline)
    check_times(incident.times)
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Incident, incident.id)
        if incident.scope == restricted_scope(incident.id):
            members = _with(incident.members, actor)
            incident = msgspec.structs.replace(incident, members=members)
        else:
            authorise(actor, "write", incident.scope)
        changed = msgspec.structs.replace(
            incident,
            status=stored.status,
            source=stored.source,
            source_id=stored.source_id,
            merged_into=stored.merged_into,
            timeline=in_order(incident.timeline),
        )
        if stored.status == "closed" and profile_of(changed) != profile_of(stored):
            _expect_standard(app, tx, actor, changed)
        follow_scope(tx, stored, changed.scope)
        return tx.save(changed, (Event(verb="revised"),), expected_revision)


def advance(
    app: App,
    actor: Actor,
    incident_id: str,
    status: Status,
    expected_revision: int,
    *,
    exception: str = "",
) -> Incident:
    """Take the incident to a later status, dated now.

    It is closed only where it meets the minimum standard, or by a reviewer with the reason of an
    `exception`. Raises ForbiddenError, NotFoundError, RevisionConflictError, RuleError naming what
    is missing.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Incident, incident_id)
        moved = advance_status(stored, status, app.now())
        detail = f"{stored.status} to {status}"
        if status == "closed":
            if exception:
                authorise(actor, "review", stored.scope)
            detail += pass_standard(standing_of(app, Reading(tx.connection, None), stored), exception)
        return tx.save(moved, (Event(verb="moved", detail=detail),), expected_revision)


def list_incidents(  # noqa: PLR0913  (the list's filters)
    app: App,
    actor: Actor,
    *,
    service: str | None = None,
    severity: int | None = None,
    status: str | None = None,
    tag: str | None = None,
    since: date | None = None,
    until: date | None = None,
    sort: str = "newest",
    limit: int = 50,
    after: str | None = None,
) -> Page[IncidentRow]:
    """Return a page of the incidents the actor may see."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return query_incidents(
            reading,
            service=service,
            severity=severity,
            status=status,
            tag=tag,
            since=since,
            until=until,
            sort=sort,
            limit=limit,
            after=after,
            today=app.today(),
        )


def get_incident(app: App, actor: Actor, incident_id: str) -> IncidentPage:
    """Return an incident with its postmortem, lessons, runbooks, actions and deployments.

    Raises NotFoundError also for one the actor may not see.
    """
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        incident = get_record(reading, Incident, incident_id)
        artifacts = artifacts_of(reading, incident_id)
        actions = actions_of(reading, incidents=[incident_id], today=app.today())
        linked = [link.deployment for link in incident.deployments]
        deployments = get_deployment_rows(reading, linked)
        written = next((row.id for row in artifacts if row.kind == "postmortem"), None)
        postmortem = None
        if written:
            postmortem = get_record(reading, Postmortem, written)
    page = IncidentPage(
        incident=incident,
        postmortem=postmortem,
        lessons=tuple(row for row in artifacts if row.kind == "lesson"),
        runbooks=tuple(row for row in artifacts if row.kind == "runbook"),
        actions=tuple(actions),
        deployments=tuple((link, deployments.get(link.deployment)) for link in incident.deployments),
    )
    return project(page, actor)


def _expect_standard(app: App, tx: Transaction, actor: Actor, changed: Incident) -> None:
    """Ask the standard again of a closed incident that turns out graver or wider; a reviewer may know better.

    Raises BelowStandardError naming what is missing.
    """
    if "review" not in permissions_of(actor):
        pass_standard(standing_of(app, Reading(tx.connection, None), changed), "")


def _with(members: tuple[str, ...], actor: Actor) -> tuple[str, ...]:
    """Return the members with the one who asks, who never shuts themselves out."""
    return members if actor.id in members else (*members, actor.id)
