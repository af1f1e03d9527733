"""The App record every use case works with, and what several of them ask of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

import msgspec

from hardwon.domain.errors import NotFoundError
from hardwon.domain.found import FoundHit, Promise
from hardwon.domain.incident import Incident
from hardwon.domain.policy import RETENTION, STANDARD, Policy
from hardwon.domain.search import Hit
from hardwon.domain.standard import Standing, judge, profile_of
from hardwon.recall.index import Index
from hardwon.recall.snippet import passage
from hardwon.rules.retention import RetentionRules, read_retention
from hardwon.rules.retention import default_text as default_text_of_retention
from hardwon.rules.standard import STANDARD_FILE, StandardRules, ask, default_text, read_standard
from hardwon.settings import Settings
from hardwon.storage.intake import Intake
from hardwon.storage.queries.actions import ActionRow, actions_of
from hardwon.storage.queries.hits import load_hits
from hardwon.storage.queries.records import get_record
from hardwon.storage.queries.surroundings import surroundings_of
from hardwon.storage.sources import Doors
from hardwon.storage.store import Reading, Store

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, how many are done, and how many there are (None: unknown)."""


class App(msgspec.Struct, frozen=True, kw_only=True):
    """The open workspace: the store, the search index, the clock, the settings, and what takes deliveries in."""

    store: Store
    index: Index
    clock: Callable[[], datetime]
    settings: Settings
    intake: Intake
    doors: Doors

    def now(self) -> datetime:
        """Return the time, aware UTC."""
        return self.clock()

    def today(self) -> date:
        """Return the day in UTC."""
        return self.clock().date()


def no_progress(_what: str, _done: int, _total: int | None) -> None:
    """Report nothing."""


def promise_of(row: ActionRow) -> Promise:
    """Return an action's row as the promise shown beside its incident."""
    return Promise(
        id=row.id,
        title=row.title,
        owner=row.owner,
        due_on=row.due_on,
        overdue_days=row.overdue_days,
        incident=row.incident,
    )


class Standard(NamedTuple):
    """The rules in force, their text, and where they are kept: in a file, in the workspace, or as shipped."""

    rules: StandardRules
    text: str
    kept: Literal["file", "workspace", "shipped"]
    revision: int = 0


def standard_in(app: App, reading: Reading) -> Standard:
    """Return the minimum standard in force: the team's file, else what was written in the page, else
    the shipped one. Raises InputError where it is broken.
    """
    path = app.settings.home / STANDARD_FILE
    if path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace")
        return Standard(read_standard(text, STANDARD_FILE), text, "file")
    try:
        policy = get_record(reading, Policy, STANDARD)
    except NotFoundError:
        return Standard(read_standard(default_text()), default_text(), "shipped")
    return Standard(read_standard(policy.text), policy.text, "workspace", policy.revision)


class Retention(NamedTuple):
    """The retention rules in force and their text; `revision` is 0 while they are as shipped."""

    rules: RetentionRules
    text: str
    revision: int = 0


def retention_in(reading: Reading) -> Retention:
    """Return the retention rules in force. Raises InputError where they are broken."""
    try:
        policy = get_record(reading, Policy, RETENTION)
    except NotFoundError:
        return Retention(read_retention(default_text_of_retention()), default_text_of_retention())
    return Retention(read_retention(policy.text), policy.text, policy.revision)


def standing_of(
    app: App,
    reading: Reading,
    incident: Incident,
    *,
    besides: str = "",
    rules: StandardRules | None = None,
) -> Standing:
    """Return how an incident stands against the minimum standard, or other rules; one demand left aside.

    Raises InputError where the team's rules are broken.
    """
    asked = ask(rules or standard_in(app, reading).rules, profile_of(incident))
    postmortem, around = surroundings_of(reading, incident.id, app.today())
    demands = tuple(demand for demand in asked.demands if demand != besides)
    return judge(incident, postmortem, around, demands, asked.because, asked.within_days)


def show_hits(reading: Reading, hits: Sequence[Hit], text: str, today: date) -> tuple[FoundHit, ...]:
    """Return the hits with title, passage and open promises.

    Visibility is checked again in SQL: a hit whose row the reader may not see is left out.
    """
    rows = load_hits(reading, [hit.id for hit in hits])
    incidents = [hit.id for hit in hits if hit.kind == "incident"]
    promises: dict[str, list[Promise]] = {}
    for action in actions_of(reading, incidents=incidents, unfinished=True, today=today):
        if action.incident:
            promises.setdefault(action.incident, []).append(promise_of(action))
    shown = []
    for hit in hits:
        row = rows.get(hit.id)
        if row is None:
            continue
        shown.append(
            FoundHit(
                id=hit.id,
                kind=hit.kind,
                title=passage(row.title, text, limit=500),
                snippet=passage(row.text, text),
                score=hit.score,
                reasons=hit.reasons,
                at=row.at,
                services=row.services,
                state=row.state,
                severity=row.severity,
                risk=row.risk or "",
                promises=tuple(promises.get(hit.id, ())),
            )
        )
    return tuple(shown)
