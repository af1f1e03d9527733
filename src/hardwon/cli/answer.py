"""A check's answer in the terminal: the same words and order as on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from hardwon.cli.hits import reason_text
from hardwon.cli.output import clean, line
from hardwon.domain.check import CheckAnswer, CheckQuestion, Finding, Verdict

COLOURS: Final[dict[Verdict, str]] = {
    "pass": "green",
    "warn": "yellow",
    "block": "red",
    "unchecked": "magenta",
}
_WIDTH: Final = 28


def print_answer(answer: CheckAnswer, question: CheckQuestion) -> None:
    """Print the verdict, then what to do before it ships, the lessons, and what it looks like."""
    verdict = click.style(answer.verdict.upper(), fg=COLOURS[answer.verdict], bold=True)
    if answer.verdict == "unchecked":
        line(f"{verdict}  {clean(answer.summary)}")
        return
    line(f"{verdict}  {subject(question):<{_WIDTH}}{_risk(answer)}")
    line(f"{clean(answer.summary)}.")
    for reason in answer.because:
        line(f"because {clean(reason)}")
    _print_findings("Before it ships", (*answer.actions, *answer.runbooks))
    _print_findings("Lessons", answer.lessons)
    _print_findings("Looks like", answer.incidents)
    _print_factors(answer)


def _risk(answer: CheckAnswer) -> str:
    if answer.risk_band == "unknown":
        return "risk: nothing is known yet"
    return f"risk {answer.risk_band}, {answer.risk} % ({100 * (answer.risk_usual or 0):.0f} % is usual)"


def _print_factors(answer: CheckAnswer) -> None:
    """Print the weightiest factors of the risk, in hundredths of log-odds."""
    if answer.risk_band == "unknown":
        return
    line()
    line(click.style("Risk", bold=True))
    for factor in answer.risk_factors:
        line(
            f"  {factor.points:+5d}  {clean(factor.text)}{f': {clean(factor.because)}' * bool(factor.because)}"
        )
    line(f"  {answer.risk_points:+5d}  in all, hundredths of log-odds")


def subject(question: CheckQuestion) -> str:
    """Return what is checked, e.g. `ranker v8.1.0 -> prod`."""
    named = (question.deployment or "", ", ".join(question.services), question.version)
    what = " ".join(clean(part) for part in named if part) or clean(question.title)[:60] or "this change"
    return f"{what} -> {clean(question.environment)}" if question.environment else what


def _print_findings(title: str, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    line()
    line(click.style(title, bold=True))
    for finding in findings:
        colour = {"action": "red", "runbook": "yellow"}.get(finding.kind)
        line(f"  {click.style(f'{finding.id:<10}', fg=colour)}{clean(finding.title)}")
        if note := _note(finding):
            line(f"            {note}")


def _note(finding: Finding) -> str:
    severity = f"SEV{finding.severity}" if finding.severity else ""
    reasons = "; ".join(reason_text(reason) for reason in finding.reasons[:3])
    return ", ".join(part for part in (severity, clean(finding.note), reasons) if part)
