"""Retention: what happened fades by rule, what was learned stays, and a hold keeps what it names."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.errors import ForbiddenError, InputError, RevisionConflictError
from hardwon.domain.incident import Incident
from hardwon.settings import Settings
from hardwon.storage.queries.records import get_record, get_revision
from hardwon.usecases import artifacts, audit, evidence, people, retention, samples
from hardwon.usecases.app import App
from tests.fresh import fresh
from tests.usecases.conftest import RESPONDER

RULES = """
[[rules]]
name = "Raw logs"
when = "severity >= 1"
after_days = 30
drop = ["log", "evidence", "people"]
"""
HOLD = '[[holds]]\nname = "Claim"\nincidents = ["INC-0040"]\n'


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock):
    with open_app(Settings(home=fresh(tmp_path, clock.now), meaning=False), clock=clock) as opened:
        samples.load(opened, people.local_owner(opened))
        yield opened


def incident(app: App, name: str = "INC-0040") -> Incident:
    with app.store.read(None) as reading:
        return get_record(reading, Incident, name)


def age(clock: Clock, days: int = 3_000) -> None:
    clock.now += timedelta(days=days)


def test_as_shipped_nothing_goes(app: App, clock: Clock) -> None:
    before = incident(app)
    age(clock)
    assert retention.apply(app) == 0
    assert incident(app) == before
    assert retention.get_retention(app, people.local_owner(app)).due == ()


def test_a_rule_prunes_every_revision_and_leaves_what_was_learned(app: App, clock: Clock) -> None:
    owner = people.local_owner(app)
    kept = evidence.attach_file(app, owner, "INC-0040", b"a log", incident(app).revision, filename="a.log")
    before = incident(app)
    lessons = artifacts.list_artifacts(app, owner, "lesson").rows
    assert before.status == "closed"
    assert any(not entry.starred for entry in before.timeline)
    (file,) = {piece.sha256 for piece in kept.evidence if piece.sha256 and piece.filename == "a.log"}
    retention.write_retention(app, owner, RULES, 0)
    age(clock)
    os.utime(app.settings.attachments / file, (0, 0))
    assert retention.apply(app) > 0
    assert retention.apply(app) == 0
    after = incident(app)
    assert (after.title, after.severity, after.times, after.summary) == (
        before.title,
        before.severity,
        before.times,
        before.summary,
    )
    assert [factor.text for factor in after.factors] == [factor.text for factor in before.factors]
    assert after.revision == before.revision
    assert after.timeline
    assert all(entry.starred and entry.author is None and not entry.evidence for entry in after.timeline)
    assert after.evidence == ()
    with app.store.read(None) as reading:
        for number in range(1, after.revision + 1):
            assert all(
                entry.starred for entry in get_revision(reading, Incident, "INC-0040", number).timeline
            )
    assert not (app.settings.attachments / file).exists()
    assert artifacts.list_artifacts(app, owner, "lesson").rows == lessons
    audit.sequence(app)
    assert audit.verify(app, owner).problems == ()


def test_a_hold_keeps_what_it_names_until_its_day(app: App, clock: Clock) -> None:
    owner = people.local_owner(app)
    until = (clock.now + timedelta(days=4_000)).date()
    retention.write_retention(app, owner, f"{RULES}{HOLD}until = {until}\n", 0)
    before = incident(app)
    age(clock)
    held = [one for one in retention.get_retention(app, owner).due if one.incident == "INC-0040"]
    assert [one.held_by for one in held] == ["Claim"]
    retention.apply(app)
    assert incident(app) == before
    age(clock, 1_001)
    retention.apply(app)
    assert incident(app).timeline != before.timeline


def test_a_file_that_something_else_names_stays(app: App, clock: Clock) -> None:
    owner = people.local_owner(app)
    kept = evidence.attach_file(app, owner, "INC-0040", b"a log", incident(app).revision, filename="a.log")
    (file,) = {piece.sha256 for piece in kept.evidence if piece.filename == "a.log"}
    other = incident(app, "INC-0042")
    evidence.attach_file(app, owner, other.id, b"a log", other.revision, filename="a.log")
    retention.write_retention(app, owner, RULES, 0)
    age(clock)
    os.utime(app.settings.attachments / file, (0, 0))
    retention.apply(app)
    assert (app.settings.attachments / file).exists()


def test_a_trial_changes_nothing(app: App, clock: Clock) -> None:
    owner = people.local_owner(app)
    before = incident(app)
    age(clock)
    tried = retention.try_retention(app, owner, RULES)
    assert "INC-0040" in {one.incident for one in tried.due}
    assert retention.apply(app) == 0
    assert (incident(app), retention.get_retention(app, owner).revision) == (before, 0)


@pytest.mark.parametrize(
    "text",
    [
        "rules = 1",
        RULES.replace("30", "0"),
        RULES.replace("log", "everything"),
        RULES.replace("severity >= 1", "severity"),
        '[[holds]]\nname = "Nothing"\n',
        '[[holds]]\nname = "Broken"\nwhen = "x"\n',
    ],
)
def test_broken_rules_are_refused_with_the_fix(app: App, text: str) -> None:
    with pytest.raises(InputError) as refused:
        retention.write_retention(app, people.local_owner(app), text, 0)
    assert refused.value.fix


def test_only_an_admin_changes_the_rules_and_nobody_overwrites_them(app: App) -> None:
    owner = people.local_owner(app)
    with pytest.raises(ForbiddenError):
        retention.get_retention(app, RESPONDER)
    with pytest.raises(ForbiddenError):
        retention.write_retention(app, RESPONDER, RULES, 0)
    kept = retention.write_retention(app, owner, RULES, 0)
    retention.write_retention(app, owner, RULES + HOLD, kept.revision)
    with pytest.raises(RevisionConflictError):
        retention.write_retention(app, owner, RULES, kept.revision)
