"""Incidents of the sample, and the lessons that public ones carry."""

from __future__ import annotations

from datetime import date, datetime

from hardwon.domain.evidence import Evidence
from hardwon.domain.factor import Factor
from hardwon.domain.incident import Impact, Incident, Times
from hardwon.domain.timeline import Consequence, ConsequenceKind, TimelineEntry, in_order
from hardwon.sample.dates import days_before, moment
from hardwon.sample.files import flowing
from hardwon.sample.source import EntrySource, FactorSource, IncidentSource

SOURCE = "sample"
TAG = "sample"
PUBLIC = "public"
_CONSEQUENCES: dict[str, ConsequenceKind] = {
    "helped": "helped",
    "no_effect": "no_effect",
    "harmed": "harmed",
    "unknown": "unknown",
}


def incident_of(slug: str, source: IncidentSource, today: date) -> Incident:
    """Return the incident that a file tells."""
    day = source.date or days_before(today, source.days_ago or 0)
    return Incident(
        id=source.id,
        title=source.title,
        severity=source.severity,
        status=source.status,
        services=source.services,
        environments=() if source.date else source.environments,
        detection=source.detection,
        times=_times(source, day),
        summary=flowing(source.summary),
        impact=Impact(text=flowing(source.impact.text), figures=source.impact.figures),
        timeline=in_order(tuple(_entry(entry, day) for entry in source.timeline)),
        factors=tuple(_factor(factor) for factor in source.factors),
        deployments=source.deployments,
        related=source.related,
        errors=source.errors,
        alerts=source.alerts,
        evidence=(
            *(Evidence(title=link.title, url=link.url) for link in source.evidence),
            *(
                Evidence(kind="excerpt", title=piece.title, excerpt=piece.text.strip())
                for piece in source.excerpts
            ),
        ),
        tags=(TAG, PUBLIC, *source.tags) if source.date else (TAG, *source.tags),
        team=source.team,
        source=SOURCE,
        source_id=f"incident-{slug}",
    )


def _times(source: IncidentSource, day: date) -> Times:
    def at(clock: str | None) -> datetime | None:
        return moment(day, clock) if clock else None

    times = source.times
    return Times(
        started_at=at(times.started),
        detected_at=at(times.detected),
        acknowledged_at=at(times.acknowledged),
        mitigated_at=at(times.mitigated),
        resolved_at=at(times.resolved),
        closed_at=at(times.closed),
    )


def _entry(source: EntrySource, day: date) -> TimelineEntry:
    return TimelineEntry(
        at=moment(day, source.at) if source.at else None,
        written_at=source.at or "",
        kind=source.kind,
        lane=source.lane,
        text=source.text,
        author=source.author,
        consequence=_consequence(source.then),
        human_factor=source.human,
        starred=not source.raw,
    )


def _consequence(text: str) -> Consequence | None:
    if not text:
        return None
    kind, _, words = text.partition(": ")
    return Consequence(kind=_CONSEQUENCES[kind], text=words)


def _factor(source: FactorSource) -> Factor:
    return Factor(
        text=source.text,
        kind=source.kind,
        standing=source.standing,
        confidence=source.confidence,
        code=source.code,
        note=source.note,
    )
