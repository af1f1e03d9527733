"""Readings of an incident: a brief for those who decide, an appendix for engineers, a summary for everyone.

What a reading may say depends on whom it is made for, not on who asks for it: it will be passed on.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.catalog import Person
from hardwon.domain.incident import DeploymentLink, Incident
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.projection import for_audience, project
from hardwon.domain.reading import MEASURES, Brief, Kept, Measure, Promised, Summary, brief_of, summary_of
from hardwon.render.brief import to_pdf
from hardwon.storage.queries.actions import ActionRow, actions_of
from hardwon.storage.queries.artifacts import ArtifactRow, artifacts_of
from hardwon.storage.queries.catalog import list_catalog
from hardwon.storage.queries.deployments import DeploymentRow, get_deployment_rows
from hardwon.storage.queries.records import get_record
from hardwon.storage.store import Reading
from hardwon.usecases.app import App

_PEOPLE: Final = 200
_TOLD: Final = frozenset({"published", "due_for_review"})


class Appendix(msgspec.Struct, frozen=True, kw_only=True):
    """All that engineers may read of an incident."""

    incident: Incident
    postmortem: Postmortem | None
    actions: tuple[ActionRow, ...]
    artifacts: tuple[ArtifactRow, ...]
    deployments: tuple[tuple[DeploymentLink, DeploymentRow | None], ...]


def get_brief(app: App, actor: Actor, incident_id: str, *, measure: Measure = MEASURES[1]) -> Brief:
    """Return the incident on one page. Raises NotFoundError also for one the actor may not see."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return _brief(app, _load(app, reading, incident_id), measure)


def get_brief_pdf(app: App, actor: Actor, incident_id: str) -> bytes:
    """Return the brief as a PDF of one page, as roomy as its words allow.

    Raises NotFoundError, UnavailableError where Typst is not installed.
    """
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        everything = _load(app, reading, incident_id)
    return to_pdf([_brief(app, everything, measure) for measure in MEASURES])


def get_appendix(app: App, actor: Actor, incident_id: str) -> Appendix:
    """Return what engineers may read of the incident, as far as the actor sees it.

    Raises NotFoundError.
    """
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        everything = _load(app, reading, incident_id)
    return project(for_audience(everything, "engineers"), actor)


def get_summary(app: App, actor: Actor, incident_id: str) -> Summary:
    """Return the incident in plain words, without people and commands. Raises NotFoundError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        loaded = for_audience(_load(app, reading, incident_id), "everyone")
        people = list_catalog(reading, Person, limit=_PEOPLE).rows
    return summary_of(
        loaded.incident,
        loaded.postmortem,
        lessons=[row.title for row in loaded.artifacts if row.kind == "lesson" and row.state in _TOLD],
        actions=_promised(loaded.actions),
        people=[word for person in people for word in (person.name, person.id)],
    )


def _brief(app: App, loaded: Appendix, measure: Measure) -> Brief:
    said = for_audience(loaded, "everyone")
    lessons = tuple(
        Kept(id=row.id, title=row.title)
        for row in said.artifacts
        if row.kind == "lesson" and row.state in _TOLD
    )
    return brief_of(
        said.incident,
        said.postmortem,
        lessons=lessons,
        actions=_promised(said.actions),
        as_of=app.today(),
        measure=measure,
    )


def _load(app: App, reading: Reading, incident_id: str) -> Appendix:
    incident = get_record(reading, Incident, incident_id)
    artifacts = artifacts_of(reading, incident_id)
    written = next((row.id for row in artifacts if row.kind == "postmortem"), None)
    linked = get_deployment_rows(reading, [link.deployment for link in incident.deployments])
    return Appendix(
        incident=incident,
        postmortem=get_record(reading, Postmortem, written) if written else None,
        actions=tuple(actions_of(reading, incidents=[incident_id], today=app.today())),
        artifacts=artifacts,
        deployments=tuple((link, linked.get(link.deployment)) for link in incident.deployments),
    )


def _promised(rows: tuple[ActionRow, ...]) -> tuple[Promised, ...]:
    return tuple(
        Promised(
            title=row.title,
            owner=row.team or row.owner_name or row.owner or "nobody",
            due_on=row.due_on,
            state=row.state,
            overdue_days=row.overdue_days,
        )
        for row in rows
    )
