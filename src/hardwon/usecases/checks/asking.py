"""The check: what do we already know about a change like this, and is a promise still open?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.calibration import Calibration, calibrate
from hardwon.domain.check import (
    CheckAnswer,
    CheckQuestion,
    Counts,
    Finding,
    applies,
    overdue_note,
    summarise,
)
from hardwon.domain.deployment import Deployment
from hardwon.domain.diff import ReadChange, read_change
from hardwon.domain.errors import InputError, TooLargeError
from hardwon.domain.found import FoundHit, plain
from hardwon.domain.lesson import Lesson
from hardwon.domain.probing import asked_of, probe_of
from hardwon.domain.projection import project
from hardwon.domain.risk import Risk, assess, percent_of
from hardwon.domain.risk_traits import Shipment
from hardwon.domain.runbook import is_proven
from hardwon.domain.search import Reason
from hardwon.domain.sensitivity import withhold
from hardwon.domain.shipment import shipment_of
from hardwon.rules.check import CheckRules, decide, load_rules
from hardwon.storage.margins import list_margins
from hardwon.storage.queries.actions import ActionRow, actions_of
from hardwon.storage.queries.artifacts import artifacts_of, runbooks_for
from hardwon.storage.queries.catalog import teams_of
from hardwon.storage.queries.records import get_record, get_records
from hardwon.storage.queries.risks import known_now
from hardwon.storage.store import Reading
from hardwon.usecases.app import App, show_hits

MAX_TEXT = 1_000_000
"""The longest diff or description, in characters; the rest of a longer one is not read."""
_SHOWN = 5
RULES_FILE = "check-rules.toml"


class _Known(msgspec.Struct, frozen=True):
    """What recall and the store know, before any rule is asked."""

    lessons: tuple[Finding, ...]
    incidents: tuple[Finding, ...]
    actions: tuple[Finding, ...]
    runbooks: tuple[Finding, ...]
    recent: int


def check(app: App, actor: Actor, question: CheckQuestion) -> CheckAnswer:
    """Return what applies to the change and the verdict by the team's rules.

    Deterministic: the same workspace, moment and question give the same answer.
    Raises ForbiddenError, NotFoundError, InputError for an empty question, TooLargeError.
    """
    authorise(actor, "ask")
    if len(question.text) > MAX_TEXT:
        raise TooLargeError(
            f"A change has at most {MAX_TEXT:,} characters.",
            fix="Send the description and the list of files instead of the whole diff.",
        )
    rules = load_rules(app.settings.home / RULES_FILE)
    with app.store.read(scopes_of(actor)) as reading:
        asked, change = _understand(reading, question)
        whole = "" if question.text or question.title else question.deployment or ""
        probe = probe_of(
            asked,
            change,
            scopes=scopes_of(actor),
            at=app.now(),
            words_only=not app.settings.meaning,
            like=whole,
        )
        hits = show_hits(reading, app.index.check(probe), probe.text[:2_000], app.today())
        calibration = _calibration(reading, rules, asked.services)
        known = _gather(reading, hits, asked, app.today(), calibration.shift)
        risk = _assess(reading, app, question, asked, known)
    return project(_answer(app, rules, known, risk, calibration), actor)


def _calibration(reading: Reading, rules: CheckRules, services: Sequence[str]) -> Calibration:
    """Return the bar for a change to these services: their team's, or everybody's while that has too few changes."""
    teams = teams_of(reading, services)
    team = teams[0] if teams else None
    budget = rules.budgets.get(team or "", rules.budget)
    own = calibrate(list_margins(reading, team), budget, team) if team else Calibration(budget=budget)
    return own if own.measured else calibrate(list_margins(reading, None), budget)


def _understand(reading: Reading, question: CheckQuestion) -> tuple[CheckQuestion, ReadChange]:
    """Fill the question in from the stored deployment it names, and read its diff."""
    if question.deployment:
        stored = get_record(reading, Deployment, question.deployment)
        question = asked_of(question, stored)
    change = read_change(question.text)
    if not (question.title + change.text).strip() and not question.files and not change.files:
        raise InputError(
            "There is no change to check.",
            fix="Pipe in a diff, name a file, a git range or a deployment.",
        )
    files = tuple(dict.fromkeys((*question.files, *change.files)))
    return msgspec.structs.replace(question, files=files), change


def _gather(
    reading: Reading, hits: Sequence[FoundHit], question: CheckQuestion, today: date, shift: float
) -> _Known:
    strong = [hit for hit in hits if applies(hit.score, hit.reasons, shift)]
    incidents = [hit for hit in strong if hit.kind == "incident"][:_SHOWN]
    recalled = [_lesson(hit) for hit in strong if hit.kind == "lesson"][:_SHOWN]
    learned = _learned(reading, [hit.id for hit in incidents], {lesson.id for lesson in recalled})
    lessons = _with_claims(reading, (*recalled, *learned)[:_SHOWN])
    names = [lesson.id for lesson in lessons]
    rows = actions_of(
        reading,
        incidents=[hit.id for hit in incidents],
        lessons=names,
        unfinished=True,
        today=today,
    )
    runbooks = _unproven(reading, question.services, names, today)
    recent = sum(hit.at.date() >= today - timedelta(days=90) for hit in incidents)
    return _Known(
        lessons=lessons,
        incidents=tuple(_incident(hit) for hit in incidents),
        actions=tuple(_action(row) for row in rows[: 2 * _SHOWN]),
        runbooks=runbooks,
        recent=recent,
    )


def _lesson(hit: FoundHit) -> Finding:
    return Finding(
        kind="lesson",
        id=hit.id,
        title=plain(hit.title),
        text=plain(hit.snippet),
        score=hit.score,
        reasons=hit.reasons,
    )


def _learned(reading: Reading, incidents: Sequence[str], known: set[str]) -> Iterator[Finding]:
    """Yield the living lessons learned from incidents that look like the change, the likest's first."""
    seen = set(known)
    for incident in incidents:
        for row in artifacts_of(reading, incident):
            if row.kind == "lesson" and row.state not in {"retired", "archived"} and row.id not in seen:
                seen.add(row.id)
                reason = Reason("linked", (incident,))
                yield Finding(kind="lesson", id=row.id, title=row.title, text=row.excerpt, reasons=(reason,))


def _with_claims(reading: Reading, lessons: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings with the lessons' whole claims as their text."""
    records = get_records(reading, [lesson.id for lesson in lessons])
    claims = {name: record.claim for name, record in records.items() if isinstance(record, Lesson)}
    return tuple(msgspec.structs.replace(f, text=claims.get(f.id) or f.text) for f in lessons)


def _incident(hit: FoundHit) -> Finding:
    return Finding(
        kind="incident",
        id=hit.id,
        title=plain(hit.title),
        note=hit.at.date().isoformat(),
        score=hit.score,
        reasons=hit.reasons,
        severity=hit.severity,
    )


def _action(row: ActionRow) -> Finding:
    note = overdue_note(row.due_on, row.overdue_days, row.owner_name or row.owner)
    if row.incident:
        note = f"{note}, promised after {row.incident}"
    return Finding(kind="action", id=row.id, title=row.title, note=note, overdue_days=row.overdue_days)


def _unproven(
    reading: Reading, services: Iterable[str], lessons: Sequence[str], today: date
) -> tuple[Finding, ...]:
    """Return published runbooks of these services or lessons that no drill proved lately."""
    findings = []
    for runbook in runbooks_for(reading, services=tuple(services), lessons=tuple(lessons)):
        if is_proven(runbook.proven_on, today):
            continue
        note = f"last proven {runbook.proven_on}" if runbook.proven_on else "never proven by a drill"
        findings.append(Finding(kind="runbook", id=runbook.id, title=runbook.title, note=note))
    return tuple(findings[:_SHOWN])


def _assess(reading: Reading, app: App, question: CheckQuestion, asked: CheckQuestion, found: _Known) -> Risk:
    """Return the risk of shipping the change now, with the incidents that look like it."""
    now = app.now().timestamp()
    if question.deployment:
        shipment = shipment_of(get_record(reading, Deployment, question.deployment), now)
        shipment = msgspec.structs.replace(shipment, at=now)
    else:
        shipment = Shipment(
            title=withhold(asked.title),
            at=now,
            files=asked.files,
            size=len(asked.files),
            service=asked.services[0] if asked.services else None,
            versions=("model",) if asked.models else (),
        )
    known = known_now(reading, shipment, app.today(), app.settings.freezes)
    alike = tuple(incident.id for incident in found.incidents)
    actions = tuple(dict.fromkeys((*(action.id for action in found.actions), *known.actions)))
    return assess(shipment, msgspec.structs.replace(known, alike=alike, actions=actions))


def _answer(app: App, rules: CheckRules, known: _Known, risk: Risk, calibration: Calibration) -> CheckAnswer:
    counts = Counts(
        lessons=len(known.lessons),
        open_actions=len(known.actions),
        overdue_actions=sum(action.overdue_days > 0 for action in known.actions),
        worst_overdue_days=max((action.overdue_days for action in known.actions), default=0),
        unproven_runbooks=len(known.runbooks),
        incidents=len(known.incidents),
        recent_incidents=known.recent,
        worst_severity=min((finding.severity or 5 for finding in known.incidents), default=5),
        risk=percent_of(risk),
        high_risk=int(risk.band == "high"),
    )
    verdict, because = decide(rules, counts)
    return CheckAnswer(
        verdict=verdict,
        summary=summarise(counts),
        because=because,
        lessons=known.lessons,
        actions=known.actions,
        runbooks=known.runbooks,
        incidents=known.incidents,
        risk=counts.risk,
        risk_band=risk.band,
        risk_usual=risk.usual,
        risk_points=risk.points,
        risk_known=risk.known,
        risk_factors=risk.factors,
        mode=app.index.mode,
        asked_at=app.now(),
        rules_revision=rules.revision,
        bar=round(calibration.alike, 3),
        budget=calibration.budget,
        measured=calibration.measured,
    )
