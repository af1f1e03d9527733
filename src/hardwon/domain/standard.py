"""The minimum standard: what an incident must leave behind before it is closed and its postmortem published.

Rules (`hardwon.rules`) say which demands an incident raises; here is what each demand means and
whether it is met.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, get_args

import msgspec

from hardwon.domain.errors import BelowStandardError
from hardwon.domain.incident import Incident
from hardwon.domain.postmortem import SECTION_TITLES, Postmortem
from hardwon.domain.review import Perspective
from hardwon.domain.text import Line

SECTION: Final = "section:"
PERSPECTIVE: Final = "perspective:"
DEMANDS: Final[dict[str, str]] = {
    **{f"{SECTION}{name}": f"Write {title}" for name, title in SECTION_TITLES.items()},
    "severity": "Judge the severity",
    "detected": "Say when it was detected",
    "resolved": "Say when it was resolved",
    "timeline": "Put at least three entries into the timeline",
    "factor": "Name a contributing factor",
    "evidence": "Attach evidence: a link, an excerpt or a file",
    "action": "Promise an action",
    "action_owners": "Give every unfinished action an owner and a date",
    "action_criteria": "Give every unfinished action a success criterion",
    "lesson": "Write a lesson",
    "postmortem": "Publish the postmortem",
    "review": "Hold the review",
    **{f"{PERSPECTIVE}{name}": f"Have {name} sign the review" for name in get_args(Perspective)},
}
"""Each demand a rule can raise, and what to do about it."""
_ENTRIES: Final = 3
_PLACES: Final = {"action": "/actions/new?incident=", "lesson": "/lessons/new?incident="}
"""Forms that put a demand right."""
_PARTS: Final = {
    "factor": "#factors",
    "evidence": "#evidence",
    "action_owners": "#actions",
    "action_criteria": "#actions",
}
"""Parts of the incident's page that put a demand right."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What rules see of an incident: plain numbers. `severity` 0 is not judged yet; `customers` is 0 or 1."""

    severity: int = 0
    services: int = 0
    minutes: int = 0
    customers: int = 0
    models: int = 0


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around an incident: how many of each, whether its review was held, and which
    perspectives signed it.
    """

    actions: int = 0
    without_owner: int = 0
    without_criterion: int = 0
    lessons: int = 0
    reviewed: bool = False
    signed: frozenset[str] = frozenset()


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is missing, and the address where it is put right."""

    code: str
    text: Line
    where: Line


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an incident stands against the standard. `because` names what raised the demands, `due_on`
    the day by which they should be met.
    """

    demanded: int = 0
    missing: tuple[Demand, ...] = ()
    because: Line = ""
    due_on: date | None = None


def profile_of(incident: Incident) -> Profile:
    """Return what rules see of the incident."""
    began, ended = incident.times.started_at or incident.times.detected_at, incident.times.resolved_at
    minutes = int((ended - began).total_seconds() // 60) if began and ended else 0
    return Profile(
        severity=incident.severity or 0,
        services=len(incident.services),
        minutes=max(0, minutes),
        customers=int(bool(incident.impact.text.strip() or incident.impact.figures)),
        models=int(any(tag in {"model", "ml", "machine-learning"} for tag in incident.tags)),
    )


def judge(
    incident: Incident,
    postmortem: Postmortem | None,
    around: Surroundings,
    demands: tuple[str, ...],
    because: str,
    within_days: int = 0,
) -> Standing:
    """Return what is missing of the demands, in their order."""
    met = _met(incident, postmortem, around)
    missing = tuple(
        Demand(code=code, text=DEMANDS[code], where=_where(code, incident, postmortem))
        for code in demands
        if code not in met
    )
    ended = incident.times.resolved_at
    due_on = ended.date() + timedelta(days=within_days) if ended and within_days else None
    return Standing(demanded=len(demands), missing=missing, because=because, due_on=due_on)


def pass_standard(standing: Standing, exception: str) -> str:
    """Let what meets the standard pass; return what the trail adds to the step, empty for nothing.

    Raises BelowStandardError naming what is missing, unless there is a reason for an exception.
    """
    if not standing.missing:
        return ""
    if exception.strip():
        return f"; exception: {exception.strip()[:500]}"
    lacks = "; ".join(demand.text for demand in standing.missing)
    raise BelowStandardError(
        f"Still missing for {standing.because}: {lacks}.",
        missing=tuple((demand.text, demand.where) for demand in standing.missing),
        fix="Add it, or give the reason for an exception.",
    )


def _met(incident: Incident, postmortem: Postmortem | None, around: Surroundings) -> set[str]:
    written = {section.name for section in postmortem.sections} if postmortem else set()
    evidence = bool(incident.evidence or (postmortem and postmortem.evidence))
    holds = {
        "severity": incident.severity is not None,
        "detected": incident.times.detected_at is not None,
        "resolved": incident.times.resolved_at is not None,
        "timeline": len(incident.timeline) >= _ENTRIES,
        "factor": any(factor.standing != "rejected" for factor in incident.factors) or "factors" in written,
        "evidence": evidence or any(entry.evidence for entry in incident.timeline),
        "action": around.actions > 0,
        "action_owners": not around.without_owner,
        "action_criteria": not around.without_criterion,
        "lesson": around.lessons > 0 or "lessons" in written,
        "review": around.reviewed,
        "postmortem": postmortem is not None and postmortem.state in {"published", "due_for_review"},
    }
    said = {
        "summary": bool(incident.summary.strip()),
        "impact": bool(incident.impact.text.strip() or incident.impact.figures),
        "timeline": bool(incident.timeline),
        "factors": bool(incident.factors),
        "actions": around.actions > 0,
        "lessons": around.lessons > 0,
    }
    told = {f"{SECTION}{name}" for name in (*written, *(name for name, there in said.items() if there))}
    told |= {f"{PERSPECTIVE}{name}" for name in around.signed}
    return told | {code for code, held in holds.items() if held}


def _where(code: str, incident: Incident, postmortem: Postmortem | None) -> str:
    if code.startswith(SECTION) and postmortem:
        return f"/postmortems/{postmortem.id}/edit#s-{code.removeprefix(SECTION)}"
    if code in {"severity", "detected", "resolved"}:
        return f"/incidents/{incident.id}/edit"
    if code == "timeline":
        return f"/incidents/{incident.id}/timeline"
    if code == "postmortem" and postmortem:
        return f"/postmortems/{postmortem.id}"
    return (
        f"{_PLACES[code]}{incident.id}"
        if code in _PLACES
        else f"/incidents/{incident.id}{_PARTS.get(code, '')}"
    )
