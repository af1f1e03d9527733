"""The check: what do we already know about a change like this, and is a promise still open?

The record of an answer holds findings and a verdict; the team's rules (`hardwon.rules`) decide the
verdict over plain counts, so the domain sees no expressions.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal

import msgspec

from hardwon.domain.search import Reason
from hardwon.domain.text import Line, Name, Prose

ALIKE: Final = 0.38
"""The score that 5 % of unrelated changes exceed: above it a finding is worth a person's time."""
SHARING: Final = 0.3
"""The score that is enough where a service, file, error, alert, factor or model is shared."""
OWN: Final = 0.15
"""What a finding must score beside being recent."""
_STRUCTURAL: Final = frozenset({"service", "factor", "error", "file", "alert", "model"})
Verdict = Literal["pass", "warn", "block", "unchecked"]
FindingKind = Literal["lesson", "action", "runbook", "incident"]


class CheckQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A change before it ships. `deployment` names a stored one instead."""

    text: Prose = ""
    title: Line = ""
    files: tuple[Line, ...] = ()
    services: tuple[Name, ...] = ()
    environment: Name | None = None
    version: Line = ""
    models: tuple[Line, ...] = ()
    deployment: Name | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing we already know that applies. `note` is one plain line: why it matters now."""

    kind: FindingKind
    id: Name
    title: Line
    note: Line = ""
    text: Prose = ""
    score: float = 0.0
    reasons: tuple[Reason, ...] = ()
    overdue_days: int = 0
    severity: int | None = None


class RiskFactor(msgspec.Struct, frozen=True, kw_only=True):
    """One readable part of the risk score, in points; negative where it lowers the risk."""

    text: Line
    points: int
    because: Line = ""


class CheckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, the same in page, pull request and terminal."""

    verdict: Verdict
    summary: Line
    because: tuple[Line, ...] = ()
    lessons: tuple[Finding, ...] = ()
    actions: tuple[Finding, ...] = ()
    runbooks: tuple[Finding, ...] = ()
    incidents: tuple[Finding, ...] = ()
    risk: int = 0
    risk_factors: tuple[RiskFactor, ...] = ()
    mode: Literal["words", "words+meaning"] = "words"
    asked_at: datetime | None = None
    rules_revision: int = 1


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules see of the findings: plain counts and fields."""

    lessons: int = 0
    open_actions: int = 0
    overdue_actions: int = 0
    worst_overdue_days: int = 0
    unproven_runbooks: int = 0
    incidents: int = 0
    recent_incidents: int = 0
    worst_severity: int = 5
    risk: int = 0


def applies(score: float, reasons: tuple[Reason, ...]) -> bool:
    """Tell whether a recalled document is said to apply to a change; else the check stays silent."""
    recent = sum(reason.weight for reason in reasons if reason.kind == "recent")
    shares = any(reason.kind in _STRUCTURAL for reason in reasons)
    return score >= (SHARING if shares else ALIKE) and score - recent >= OWN


def _count(number: int, one: str, many: str) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    figure = words[number] if number < len(words) else str(number)
    return f"{figure} {one if number == 1 else many}"


def summarise(counts: Counts) -> str:
    """Return the answer's sentence, e.g. `Three lessons apply, one promise is open`."""
    parts = []
    if counts.lessons:
        parts.append(_count(counts.lessons, "lesson applies", "lessons apply"))
    if counts.open_actions:
        parts.append(_count(counts.open_actions, "promise is open", "promises are open"))
    if counts.unproven_runbooks:
        parts.append(_count(counts.unproven_runbooks, "runbook is unproven", "runbooks are unproven"))
    if counts.incidents:
        parts.append(_count(counts.incidents, "incident looks like this", "incidents look like this"))
    sentence = ", ".join(parts) or "nothing we know speaks against this change"
    return sentence[0].upper() + sentence[1:]


def risk_score(
    question: CheckQuestion,
    counts: Counts,
    *,
    criticality: str | None,
    production: bool,
) -> tuple[int, tuple[RiskFactor, ...]]:
    """Return the score (0 to 100) and the parts it is the sum of, before clamping."""
    base = {"critical": 20, "high": 15, "medium": 10, "low": 5}.get(criticality or "medium", 10)
    where = "production" if production else "outside production"
    parts = [
        RiskFactor(
            text="Where it goes",
            points=base if production else base // 2,
            because=f"{criticality or 'medium'} service, {where}",
        )
    ]
    candidates = (
        ("Incidents from such a change", min(18, 6 * counts.incidents), counts.incidents),
        ("Promises still open", min(20, 4 * counts.open_actions), counts.open_actions),
        ("Promises overdue", min(8, 4 * counts.overdue_actions), counts.overdue_actions),
        ("Unproven runbooks", min(10, 5 * counts.unproven_runbooks), counts.unproven_runbooks),
        ("Size of the change", min(8, len(question.files) // 5), len(question.files)),
        ("New model version", 10 * bool(question.models), len(question.models)),
    )
    units = ("incident", "action", "action", "runbook", "file", "model")
    for (text, points, number), unit in zip(candidates, units, strict=True):
        if points:
            noun = unit if number == 1 else f"{unit}s"
            parts.append(RiskFactor(text=text, points=points, because=f"{number} {noun}"))
    return min(100, sum(part.points for part in parts)), tuple(parts)


def overdue_note(due_on: date | None, days: int, owner: str | None) -> str:
    """Return an unfinished action's one line, e.g. `246 days overdue, no owner`."""
    who = f"owned by {owner}" if owner else "no owner"
    if days:
        unit = "day" if days == 1 else "days"
        return f"{days} {unit} overdue, {who}"
    return f"due {due_on.isoformat()}, {who}" if due_on else f"no due date, {who}"
