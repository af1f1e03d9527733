"""Gates: where a change waits for the check's answer, what they were told, and what is kept of that."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.actor import Actor
from hardwon.domain.check import CheckAnswer, CheckQuestion, Counts, Finding, FindingKind, Verdict, summarise
from hardwon.domain.risk import Band
from hardwon.domain.text import Line, Name, Title, Url

GateKind = Literal["http", "flagger", "argo", "github", "mlflow"]
JOB: Final = "gate"
"""The kind of the jobs by which a gate is answered that does not wait for it."""
_MOST_FILES: Final = 200


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """Where a source's deployment protection rules are answered: the API's address, and the GitHub App's id where the
    secret is the App's private key. Nothing is ever sent anywhere else.
    """

    api: Url = "https://api.github.com"
    app: Line = ""


class KeptFinding(msgspec.Struct, frozen=True):
    """What is kept of a finding: its record, and how like the change it was."""

    kind: FindingKind
    id: Name
    score: float = 0.0


class KeptCheck(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that a gate was given: what was asked, without the diff, and what was said.

    `times` counts how often it was asked that day with this answer, up to `last_at`. `went` tells whether the change
    was let on. The findings name what the gate could see; a reader is shown those that they may see.
    """

    id: Name
    gate: GateKind
    by: Name
    at: datetime
    last_at: datetime
    times: int = 1
    verdict: Verdict
    went: bool
    title: Line = ""
    services: tuple[Name, ...] = ()
    environment: Name | None = None
    version: Line = ""
    deployment: Name | None = None
    models: tuple[Line, ...] = ()
    files: tuple[Line, ...] = ()
    summary: Line = ""
    because: tuple[Line, ...] = ()
    findings: tuple[KeptFinding, ...] = ()
    risk: int = 0
    risk_band: Band = "unknown"
    rules_revision: int = 1
    note: Line = ""
    scope: Line = EVERYONE


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment protection rule that waits for an answer, as its source asked for it."""

    source: Name
    callback: Url
    environment: Line
    repository: Line
    installation: int
    title: Title
    text: str
    service: Line
    version: Line


def kept_of(
    gate: GateKind, actor: Actor, question: CheckQuestion, answer: CheckAnswer, at: datetime, *, went: bool
) -> KeptCheck:
    """Return what is kept of an answer; its id comes with the write."""
    found = (*answer.actions, *answer.runbooks, *answer.lessons, *answer.incidents)
    return KeptCheck(
        id="new",
        gate=gate,
        by=actor.id,
        at=at,
        last_at=at,
        verdict=answer.verdict,
        went=went,
        title=question.title[:500],
        services=question.services[:50],
        environment=question.environment,
        version=question.version,
        deployment=question.deployment,
        models=question.models[:50],
        files=question.files[:_MOST_FILES],
        because=answer.because,
        summary=answer.summary if answer.verdict == "unchecked" else "",
        findings=tuple(KeptFinding(one.kind, one.id, round(one.score, 4)) for one in found),
        risk=answer.risk,
        risk_band=answer.risk_band,
        rules_revision=answer.rules_revision,
    )


def seen_by(kept: KeptCheck, visible: frozenset[str]) -> KeptCheck:
    """Return a kept check as somebody reads it who sees these of its records; its sentence counts no others."""
    if kept.verdict == "unchecked":
        return kept
    findings = tuple(one for one in kept.findings if one.id in visible)
    kinds = [one.kind for one in findings]
    counts = Counts(
        lessons=kinds.count("lesson"),
        open_actions=kinds.count("action"),
        unproven_runbooks=kinds.count("runbook"),
        incidents=kinds.count("incident"),
    )
    return msgspec.structs.replace(kept, findings=findings, summary=summarise(counts))


def lets_on(answer: CheckAnswer, fail_on: Literal["block", "warn"], *, fail_open: bool) -> bool:
    """Tell whether a change may go on; where nobody answered, `fail_open` decides."""
    if answer.verdict == "unchecked":
        return fail_open
    return answer.verdict not in ({"block"} if fail_on == "block" else {"warn", "block"})


def told(answer: CheckAnswer, *, went: bool, where: str) -> str:
    """Return what a gate says in three lines: the verdict, why, and where it is kept."""
    named: tuple[Finding, ...] = (*answer.actions, *answer.lessons, *answer.incidents)
    state = answer.verdict if answer.verdict != "unchecked" else "NOT CHECKED, which is no pass"
    first = f"Hardwon: {state}, {'go on' if went else 'hold'}. {answer.summary}"
    why = "; ".join(answer.because) or "no rule speaks against it"
    if answer.verdict == "unchecked":
        why = "the setting gate_fail_open decides" + (" to go on" if went else " to hold")
    ids = ", ".join(one.id for one in named[:8])
    second = f"Because {why}{f' ({ids})' * bool(ids)}"
    return "\n".join(" ".join(line.split())[:900] for line in (first, second, where)) + "\n"
