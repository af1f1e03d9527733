"""What speaks for a deployment having to do with an incident: reasons that can be read, time alone the least.

The points are judgement, not statistics: they rank candidates that a person decides on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from hardwon.domain.factor import Confidence
from hardwon.domain.incident import Incident, LinkMethod, Relation, occurred_at

HIGH, MEDIUM = 70, 40
"""Points from which on confidence is high, or medium."""
_SOON: Final = timedelta(minutes=30)
"""How long before an incident was mitigated or resolved a deployment may have been what mended it."""
_HALF: Final = timedelta(hours=6)
"""Time in which being recent loses half its weight."""
_TELLING: Final = 3
_BACK: Final = re.compile(r"\b(revert|roll(?:ed|s|ing)?[ -]?back)", re.IGNORECASE)
_WEIGHTIEST: Final = 40


class Shipped(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a deployment that may have to do with an incident."""

    id: str
    title: str
    service: str | None
    environment: str | None
    version: str
    outcome: str
    risk: str | None
    at: datetime


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """How a deployment may relate to an incident, how we know, and why, the weightiest reason first."""

    relation: Relation
    method: LinkMethod
    confidence: Confidence
    reasons: tuple[str, ...]
    points: int


class _Reason(NamedTuple):
    points: int
    text: str
    method: LinkMethod
    relation: Relation | None = None


def tie_of(
    incident: Incident, shipped: Shipped, others: Sequence[Shipped], calls: Mapping[str, Sequence[str]]
) -> Tie:
    """Return how a deployment may relate to an incident that has begun.

    `others` are the deployments of that time, itself among them; `calls` says which services each service
    depends on.
    """
    found = [
        *_turning_back(incident, shipped, others),
        *_place(incident, shipped, calls),
        *_words(incident, shipped),
        *_moment(incident, shipped),
        *_how_it_went(shipped),
    ]
    found.sort(key=lambda reason: -reason.points)  # equal ones stay in the order above
    points = sum(reason.points for reason in found)
    telling = [reason for reason in found if reason.method != "time"]
    said = [reason.relation for reason in found if reason.relation]
    reasons = [reason.text for reason in found if reason.points > 0]
    if not any(reason.points > 0 for reason in telling):
        reasons.append("only the time speaks for it")
    return Tie(
        relation=said[0] if said else "suspected",
        method=telling[0].method if telling and telling[0].points > 0 else "time",
        confidence=_confidence(points, alone=len(telling) == 0),
        reasons=tuple(reasons),
        points=points,
    )


def _confidence(points: int, *, alone: bool) -> Confidence:
    if alone or points < MEDIUM:
        return "low"
    return "high" if points >= HIGH else "medium"


def _place(incident: Incident, shipped: Shipped, calls: Mapping[str, Sequence[str]]) -> Iterator[_Reason]:
    if shipped.service in incident.services:
        yield _Reason(_WEIGHTIEST, "the same service", "service")
    elif shipped.service:
        callers = [name for name in incident.services if shipped.service in calls.get(name, ())]
        if callers:
            yield _Reason(20, f"{callers[0]} calls {shipped.service}", "service")
    if shipped.environment and incident.environments:
        if shipped.environment in incident.environments:
            yield _Reason(10, f"the same environment, {shipped.environment}", "service")
        else:
            yield _Reason(-30, f"another environment, {shipped.environment}", "service")


def _words(incident: Incident, shipped: Shipped) -> Iterator[_Reason]:
    """Yield that the incident names the version."""
    if len(shipped.version) < _TELLING:
        return
    named = re.compile(rf"(?<![\w.]){re.escape(shipped.version)}(?![\w]|\.\d)")
    told = (incident.title, incident.summary, *incident.errors, *incident.alerts)
    if any(named.search(text) for text in (*told, *(entry.text for entry in incident.timeline))):
        yield _Reason(30, f"version {shipped.version} is named in it", "version")


def _turning_back(incident: Incident, shipped: Shipped, others: Sequence[Shipped]) -> Iterator[_Reason]:
    """Yield that a deployment goes back to what ran before, or was the one that another went back from."""
    began = occurred_at(incident)
    if began is None:
        return
    own = sorted(
        (other for other in others if _same_place(other, shipped)), key=lambda other: (other.at, other.id)
    )
    if shipped.at > began and (to := _goes_back_to(shipped, own)):
        yield _Reason(_WEIGHTIEST, f"it goes back to {to}", "rollback_event", "fixed")
    for other in own:
        before = [one for one in own if one.at < other.at]
        if other.at > began and before and before[-1].id == shipped.id and _goes_back_to(other, own):
            yield _Reason(_WEIGHTIEST, f"{other.id} went back from it", "rollback_event", "rolled_back")


def _same_place(one: Shipped, other: Shipped) -> bool:
    return bool(one.service) and (one.service, one.environment) == (other.service, other.environment)


def _goes_back_to(shipped: Shipped, own: Sequence[Shipped]) -> str:
    """Return the version or the words that say that a deployment goes back, empty where it does not."""
    before = [other for other in own if other.at < shipped.at]
    changed = bool(shipped.version and before) and before[-1].version != shipped.version
    if changed and any(other.version == shipped.version for other in before[:-1]):
        return shipped.version
    return "what ran before, by its title" if _BACK.search(shipped.title) else ""


def _moment(incident: Incident, shipped: Shipped) -> Iterator[_Reason]:
    began = occurred_at(incident)
    if began is None:
        return
    if shipped.at <= began:
        gap = began - shipped.at
        yield _Reason(round(25 * 0.5 ** (gap / _HALF)), f"{_spoken(gap)} before it began", "time")
        return
    ends = (incident.times.mitigated_at, incident.times.resolved_at)
    if any(end is not None and timedelta(0) <= end - shipped.at <= _SOON for end in ends):
        yield _Reason(15, "shortly before it was mended", "time", "fixed")
    else:
        yield _Reason(1, "while it lasted", "time")


def _how_it_went(shipped: Shipped) -> Iterator[_Reason]:
    if shipped.outcome == "failed":
        yield _Reason(20, "it failed", "service")
    elif shipped.outcome == "rolled_back":
        yield _Reason(25, "it was rolled back", "rollback_event", "rolled_back")
    if shipped.risk == "high":
        yield _Reason(5, "its risk was high", "service")


def _spoken(gap: timedelta) -> str:
    minutes = round(gap.total_seconds() / 60)
    if minutes < 120:  # noqa: PLR2004  (minutes say more below two hours)
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{round(minutes / 60)} hours"
