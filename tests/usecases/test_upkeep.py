"""What the calendar does: owners are asked, what nobody renews is archived, nothing is deleted."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from hardwon.domain.actor import Actor
from hardwon.domain.artifact import is_fading
from hardwon.domain.catalog import Person
from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.lesson import Lesson
from hardwon.usecases import artifacts, catalog, histories, inbox, outbox, upkeep
from hardwon.usecases.app import App
from tests.usecases.conftest import ADMIN, NOW, RESPONDER

TODAY = NOW.date()


def published(app: App, review_on: date) -> str:
    lesson = Lesson(
        id="new",
        title="Pin both",
        claim="Pin both.",
        owner="remi",
        review_on=review_on,
        written_at=NOW,
        updated_at=NOW,
    )
    kept = artifacts.write(app, ADMIN, lesson)
    return artifacts.move(app, ADMIN, kept.id, "published", 1).id


def state_of(app: App, name: str) -> str:
    return artifacts.get_artifact(app, ADMIN, name).artifact.state


def later(app: App, days: int) -> App:
    """The same workspace, that many days on."""
    return msgspec.structs.replace(app, clock=lambda: NOW + timedelta(days=days))


def test_an_owner_is_asked_once_and_renews(app: App) -> None:
    name = published(app, TODAY + timedelta(days=10))
    assert upkeep.ask_owners(app) == 0
    then = later(app, 10)
    assert upkeep.ask_owners(then) == 1
    assert upkeep.ask_owners(then) == 0
    assert state_of(then, name) == "due_for_review"
    outbox.deliver(then)
    notices = inbox.list_notices(then, RESPONDER).rows
    assert any("review date has passed" in notice.text for notice in notices)
    assert histories.get_history(then, ADMIN, name)[0].by == "system"
    next_time = (NOW + timedelta(days=200)).date()
    renewed = artifacts.renew(then, RESPONDER, name, next_time, 3)
    assert (renewed.state, renewed.review_on) == ("published", next_time)
    assert upkeep.ask_owners(later(app, 190)) == 0


def test_what_nobody_answers_for_is_archived_and_can_come_back(app: App) -> None:
    name = published(app, TODAY)
    assert upkeep.ask_owners(app) == 1
    assert [upkeep.ask_owners(later(app, days)) for days in (29, 30, 31, 90, 180)] == [0, 1, 0, 1, 0]
    assert upkeep.ask_owners(later(app, 181)) == 1
    assert state_of(app, name) == "archived"
    assert artifacts.move(app, ADMIN, name, "draft", 6).state == "draft"


def test_silence_is_told_to_the_reviewers_and_fades_from_recall(app: App) -> None:
    name = published(app, TODAY)
    catalog.put(app, ADMIN, Person(id="rita", name="Rita", roles=("reviewer",)), None)
    rita = Actor(id="rita", name="Rita", roles=("reviewer",))
    for days in (0, 30):
        upkeep.ask_owners(later(app, days))
    outbox.deliver(later(app, 31))
    assert not [n for n in inbox.list_notices(app, rita).rows if n.record == name]
    assert not is_fading(artifacts.get_artifact(app, ADMIN, name).artifact)
    upkeep.ask_owners(later(app, 90))
    outbox.deliver(later(app, 91))
    told = [n.text for n in inbox.list_notices(app, rita).rows if n.record == name]
    assert len(told) == 1
    assert "90 days" in told[0]
    silent = artifacts.get_artifact(app, ADMIN, name).artifact
    assert is_fading(silent)
    next_time = (NOW + timedelta(days=200)).date()
    assert not is_fading(artifacts.renew(later(app, 91), ADMIN, name, next_time, silent.revision))


def test_many_that_wait_do_not_hide_one_that_is_new(app: App) -> None:
    for _ in range(3):
        published(app, TODAY - timedelta(days=2))
    assert upkeep.ask_owners(app) == 3
    name = published(app, TODAY)
    assert upkeep.ask_owners(app) == 1
    assert state_of(app, name) == "due_for_review"


def test_a_draft_is_not_renewed_nor_a_day_that_is_past(app: App) -> None:
    lesson = Lesson(id="new", title="Pin both", written_at=NOW, updated_at=NOW)
    draft = artifacts.write(app, RESPONDER, lesson)
    with pytest.raises(RuleError):
        artifacts.renew(app, RESPONDER, draft.id, TODAY + timedelta(days=9), 1)
    name = published(app, TODAY)
    with pytest.raises(InputError):
        artifacts.renew(app, RESPONDER, name, TODAY, 2)
