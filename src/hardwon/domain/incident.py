"""An incident: a real event, its times, its impact, its story."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.access import EVERYONE
from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.evidence import Evidence
from hardwon.domain.factor import Confidence, Factor
from hardwon.domain.moment import Moment
from hardwon.domain.reference import References
from hardwon.domain.text import Line, Name, Prose, Tag, Title
from hardwon.domain.timeline import TimelineEntry

Severity = Annotated[int, Meta(ge=1, le=5)]
"""SEV1 (worst) to SEV5."""
Status = Literal["open", "acknowledged", "mitigated", "resolved", "closed"]
Detection = Literal["monitoring", "support", "user", "operator", "audit", "unknown"]
Relation = Literal["caused", "suspected", "fixed", "rolled_back", "dismissed"]
LinkMethod = Literal["declared", "time", "service", "version", "rollback_event", "import"]
Risk = Literal["low", "medium", "high", "critical"]

_WIDE = 3
"""An incident that touches this many services reaches wide."""
_ORDER: tuple[Status, ...] = ("open", "acknowledged", "mitigated", "resolved", "closed")


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """When it began and when people noticed, took it on, stopped the harm and mended it (UTC)."""

    started_at: Moment | None = None
    detected_at: Moment | None = None
    acknowledged_at: Moment | None = None
    mitigated_at: Moment | None = None
    resolved_at: Moment | None = None
    closed_at: Moment | None = None


class ImpactFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of harm with its unit and whole, as written: `212 400`, `of 1 380 000 that day`."""

    label: Line
    value: Line
    note: Line = ""


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """Who was hurt and how much, in words and figures."""

    text: Prose = ""
    figures: tuple[ImpactFigure, ...] = ()


class DeploymentLink(msgspec.Struct, frozen=True, kw_only=True):
    """How a deployment relates to the incident, how we know, and who decided (None: proposed)."""

    deployment: Name
    relation: Relation
    method: LinkMethod = "declared"
    confidence: Confidence | None = None
    decided_by: Name | None = None
    note: Line = ""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """A real event and what we know of it. `severity` is None until somebody judged it.

    One whose scope is `restricted:<its id>` is seen by its `members` alone, and by admins.
    """

    id: Name
    title: Title
    severity: Severity | None = None
    status: Status = "open"
    services: tuple[Name, ...] = ()
    environments: tuple[Name, ...] = ()
    detection: Detection = "unknown"
    times: Times = Times()
    zone: Line = "UTC"
    summary: Prose = ""
    impact: Impact = Impact()
    timeline: tuple[TimelineEntry, ...] = ()
    factors: tuple[Factor, ...] = ()
    deployments: tuple[DeploymentLink, ...] = ()
    related: tuple[Name, ...] = ()
    errors: tuple[Line, ...] = ()
    alerts: tuple[Line, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    references: References = ()
    tags: tuple[Tag, ...] = ()
    team: Name | None = None
    merged_into: Name | None = None
    members: tuple[Name, ...] = ()
    source: Line = "typed"
    source_id: Line = ""
    scope: Line = EVERYONE
    revision: int = 1
    schema_version: int = 1


def restricted_scope(incident_id: str) -> str:
    """Return the scope of an incident that only its members see."""
    return f"restricted:{incident_id}"


def risk_of(incident: Incident) -> Risk | None:
    """Propose a risk level from severity and reach: wide reach raises it by one.

    Returns None while the severity is not known.
    """
    if incident.severity is None:
        return None
    levels: tuple[Risk, ...] = ("critical", "high", "medium", "low", "low")
    level = levels[incident.severity - 1]
    if len(incident.services) >= _WIDE and level != "critical":
        return levels[levels.index(level) - 1]
    return level


def occurred_at(incident: Incident) -> datetime | None:
    """Return the earliest time known of the incident: when it began, else when it was noticed."""
    times = incident.times
    known = (
        times.started_at,
        times.detected_at,
        times.acknowledged_at,
        times.mitigated_at,
        times.resolved_at,
    )
    return next((at for at in known if at), None) or next(
        (entry.at for entry in incident.timeline if entry.at), None
    )


def check_times(times: Times) -> None:
    """Raise InputError where the times run backwards by more than a minute."""
    names = ("started_at", "detected_at", "acknowledged_at", "mitigated_at", "resolved_at")
    last_name, last = "", None
    for name in names:
        at: datetime | None = getattr(times, name)
        if at is None or name in {"detected_at", "acknowledged_at"}:
            continue  # an alert may fire before the harm begins
        if last is not None and at < last - timedelta(minutes=1):
            raise InputError(
                f"{name} {at.isoformat()} lies before {last_name} {last.isoformat()}.",
                fix="Correct one of the two times.",
            )
        last_name, last = name, at


def advance(incident: Incident, status: Status, at: datetime) -> Incident:
    """Return the incident in a later status, with the time of the step filled in where empty.

    Raises RuleError where the step goes backwards.
    """
    if _ORDER.index(status) <= _ORDER.index(incident.status):
        raise RuleError(
            f"{incident.id} is {incident.status} and cannot become {status}.",
            fix="Reopen it by declaring a new incident that links to it.",
        )
    field = f"{status}_at"
    times = incident.times
    if getattr(times, field) is None:
        times = msgspec.structs.replace(times, **{field: at})
    return msgspec.structs.replace(incident, status=status, times=times)


def later_than(status: Status) -> tuple[Status, ...]:
    """Return the statuses an incident may still go to."""
    return _ORDER[_ORDER.index(status) + 1 :]
