"""The check: what do we already know about a change like this, and is a promise still open?

The record of an answer holds findings and a verdict; the team's rules (`hardwon.rules`) decide the
verdict over plain counts, so the domain sees no expressions.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal

import msgspec

from hardwon.domain.risk import Band, RiskFactor
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


class CheckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, the same in page, pull request and terminal.

    `risk` is the chance that such a change fails, in percent, and `risk_usual` the one that is usual
    here: 0 with the band unknown where no earlier deployment is known, of which there are `risk_known`.
    Its factors sum to its log-odds in hundredths, `risk_points`. `bar` is the score from which on a document that
    shares nothing structural is told, so that `budget` of harmless changes raise an alert, as `measured` of them say.
    """

    verdict: Verdict
    summary: Line
    because: tuple[Line, ...] = ()
    lessons: tuple[Finding, ...] = ()
    actions: tuple[Finding, ...] = ()
    runbooks: tuple[Finding, ...] = ()
    incidents: tuple[Finding, ...] = ()
    risk: int = 0
    risk_band: Band = "unknown"
    risk_usual: float | None = None
    risk_points: int = 0
    risk_known: int = 0
    risk_factors: tuple[RiskFactor, ...] = ()
    mode: Literal["words", "words+meaning"] = "words"
    asked_at: datetime | None = None
    rules_revision: int = 1
    bar: float = ALIKE
    budget: float = 0.05
    measured: int = 0


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
    high_risk: int = 0


def applies(score: float, reasons: tuple[Reason, ...], shift: float = 0.0) -> bool:
    """Tell whether a recalled document is said to apply to a change; else the check stays silent.

    `shift` is what the team's alert budget adds to the bar.
    """
    bar = SHARING if shares(reasons) else ALIKE
    return score >= bar + shift and own_score(score, reasons) >= OWN


def shares(reasons: tuple[Reason, ...]) -> bool:
    """Tell whether a document shares more than words with a change."""
    return any(reason.kind in _STRUCTURAL for reason in reasons)


def own_score(score: float, reasons: tuple[Reason, ...]) -> float:
    """Return what a document scores beside being recent."""
    return score - sum(reason.weight for reason in reasons if reason.kind == "recent")


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


def overdue_note(due_on: date | None, days: int, owner: str | None) -> str:
    """Return an unfinished action's one line, e.g. `246 days overdue, no owner`."""
    who = f"owned by {owner}" if owner else "no owner"
    if days:
        unit = "day" if days == 1 else "days"
        return f"{days} {unit} overdue, {who}"
    return f"due {due_on.isoformat()}, {who}" if due_on else f"no due date, {who}"
