"""The search document of each record: all that recall will ever know of it."""

from __future__ import annotations

from datetime import datetime

from hardwon.domain.action import Action
from hardwon.domain.artifact import Artifact, is_fading, visible_scope
from hardwon.domain.criterion import describe
from hardwon.domain.deployment import Deployment
from hardwon.domain.incident import Incident, occurred_at, risk_of
from hardwon.domain.lesson import Lesson
from hardwon.domain.observation import Observation
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.projection import for_audience
from hardwon.domain.record import Record
from hardwon.domain.runbook import Runbook
from hardwon.domain.search import DocumentKind, SearchDocument, Section, Signature
from hardwon.domain.what_if import WhatIf


def document_of(record: Record, now: datetime) -> SearchDocument | None:
    """Return the record's search document, or None for what is not searched.

    Marked passages are left out, whoever may search. `now` dates a record that carries no time.
    """
    found = _document_of(record, now)
    return None if found is None else for_audience(found, "everyone")


def _document_of(record: Record, now: datetime) -> SearchDocument | None:
    if isinstance(record, Incident):
        return _of_incident(record, now)
    if isinstance(record, Deployment):
        return _of_deployment(record, now)
    if isinstance(record, Action):
        return _of_action(record)
    if isinstance(record, Observation):
        return _of_observation(record)
    if isinstance(record, Artifact):
        return _of_artifact(record)
    return None


def _sections(*pairs: tuple[str, str]) -> tuple[Section, ...]:
    return tuple(Section(name, text) for name, text in pairs if text.strip())


def _lines(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _of_incident(incident: Incident, now: datetime) -> SearchDocument:
    impact = [incident.impact.text]
    impact += [f"{f.label}: {f.value} {f.note}" for f in incident.impact.figures]
    timeline = []
    for entry in incident.timeline:
        timeline.append(entry.text)
        if entry.consequence:
            timeline.append(entry.consequence.text)
    kept = [factor for factor in incident.factors if factor.standing != "rejected"]
    return SearchDocument(
        id=incident.id,
        kind="incident",
        revision=incident.revision,
        title=incident.title,
        sections=_sections(
            ("summary", incident.summary),
            ("impact", _lines(*impact)),
            ("factors", _lines(*(factor.text for factor in kept))),
            ("timeline", _lines(*timeline)),
        ),
        scope=incident.scope,
        at=occurred_at(incident) or now,
        dated=occurred_at(incident) is not None,
        signature=Signature(
            services=incident.services,
            environments=incident.environments,
            factors=tuple(dict.fromkeys(f.code for f in kept if f.code)),
            errors=incident.errors,
            alerts=incident.alerts,
            tags=incident.tags,
        ),
        links=(*(link.deployment for link in incident.deployments), *incident.related),
        risk=risk_of(incident) or "",
        state=incident.status,
        severity=str(incident.severity or ""),
        faded=incident.merged_into is not None,
    )


def _of_deployment(deployment: Deployment, now: datetime) -> SearchDocument:
    files = tuple(dict.fromkeys(name for change in deployment.changes for name in change.files))
    models = tuple(m for m in (deployment.versions.model, deployment.package) if m)
    return SearchDocument(
        id=deployment.id,
        kind="deployment",
        revision=deployment.revision,
        title=deployment.title,
        sections=_sections(
            ("body", deployment.description),
            ("changes", _lines(*(change.text for change in deployment.changes))),
        ),
        scope=deployment.scope,
        at=deployment.finished_at or deployment.started_at or now,
        dated=bool(deployment.finished_at or deployment.started_at),
        signature=Signature(
            services=(deployment.service,) if deployment.service else (),
            environments=(deployment.environment,) if deployment.environment else (),
            files=files[:500],
            models=models,
        ),
        state=deployment.outcome,
    )


def _of_action(action: Action) -> SearchDocument:
    criterion = describe(action.criterion) if action.criterion else ""
    return SearchDocument(
        id=action.id,
        kind="action",
        revision=action.revision,
        title=action.title,
        sections=_sections(("body", _lines(action.description, criterion, action.outcome))),
        scope=action.scope,
        at=action.written_at,
        signature=Signature(services=action.services, tags=action.tags),
        links=(*((action.incident,) if action.incident else ()), *action.lessons),
        state=action.state,
    )


def _of_observation(observation: Observation) -> SearchDocument:
    return SearchDocument(
        id=observation.id,
        kind="observation",
        revision=observation.revision,
        title=observation.title,
        sections=_sections(("body", _lines(observation.text, observation.because))),
        scope=observation.scope,
        at=observation.written_at,
        signature=Signature(
            services=observation.services, environments=observation.environments, tags=observation.tags
        ),
        links=(observation.became,) if observation.became else (),
        state=observation.state,
        faded=observation.state != "noted",
    )


def _of_artifact(artifact: Artifact) -> SearchDocument:
    kind: DocumentKind = "note"
    extra: tuple[tuple[str, str], ...] = ()
    signature = Signature(services=artifact.services, environments=artifact.environments, tags=artifact.tags)
    links = artifact.incidents
    if isinstance(artifact, Postmortem):
        kind = "postmortem"
        extra = tuple((section.name, section.text) for section in artifact.sections)
        extra = (*extra, ("what_ifs", _what_ifs(artifact.what_ifs)))
        links = (*links, *((artifact.incident,) if artifact.incident else ()))
    elif isinstance(artifact, Lesson):
        kind = "lesson"
        extra = (("claim", artifact.claim), ("what_ifs", _what_ifs(artifact.what_ifs)))
        signature = _merge(signature, artifact.applies)
    elif isinstance(artifact, Runbook):
        kind = "runbook"
        steps = _lines(*(f"{s.text} {s.command} {s.expect}" for s in artifact.steps))
        extra = (("steps", steps),)
        links = (*links, *artifact.lessons)
    return SearchDocument(
        id=artifact.id,
        kind=kind,
        revision=artifact.revision,
        title=artifact.title,
        sections=_sections(*extra, ("body", artifact.body)),
        scope=visible_scope(artifact),
        at=artifact.written_at,
        signature=signature,
        links=tuple(dict.fromkeys(links)),
        risk=artifact.risk or "",
        state=artifact.state,
        faded=is_fading(artifact),
    )


def _what_ifs(what_ifs: tuple[WhatIf, ...]) -> str:
    return _lines(*(f"{w.trigger} {w.effect} {w.early_signal}" for w in what_ifs))


def _merge(own: Signature, applies: Signature) -> Signature:
    return Signature(
        services=tuple(dict.fromkeys(own.services + applies.services)),
        environments=tuple(dict.fromkeys(own.environments + applies.environments)),
        factors=applies.factors,
        errors=applies.errors,
        files=applies.files,
        alerts=applies.alerts,
        models=applies.models,
        tags=tuple(dict.fromkeys(own.tags + applies.tags)),
    )
