"""Handing over what somebody owns, and seeing what nobody looks after."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hardwon.domain.action import Action
from hardwon.domain.catalog import Person
from hardwon.domain.errors import ForbiddenError, InputError, NotFoundError
from hardwon.domain.lesson import Lesson
from hardwon.usecases import actions, artifacts, catalog, histories, inbox, outbox, ownership
from hardwon.usecases.app import App
from tests.usecases.conftest import ADMIN, NOW, OUTSIDER, RESPONDER

TODAY = NOW.date()


def write(app: App, days: int | None, *services: str, state: str = "published") -> str:
    review_on = None if days is None else TODAY + timedelta(days=days)
    new = Lesson(
        id="new",
        title="Pin both",
        owner=RESPONDER.id,
        services=services,
        review_on=review_on,
        written_at=NOW,
        updated_at=NOW,
    )
    name = artifacts.write(app, ADMIN, new).id
    if state != "draft":
        artifacts.move(app, ADMIN, name, state, 1)  # type: ignore[arg-type]
    return name


def test_all_that_lives_changes_hands_and_the_taker_is_told(app: App) -> None:
    for person in (RESPONDER, OUTSIDER):
        catalog.put(app, ADMIN, Person(id=person.id, name=person.name), None)
    lesson = write(app, 10)
    promised = Action(id="new", title="Alert", owner=RESPONDER.id, written_at=NOW, updated_at=NOW)
    action = actions.promise(app, ADMIN, promised).id
    assert {row.id for row in ownership.get_person(app, ADMIN, RESPONDER.id).owned} == {lesson, action}
    assert ownership.hand_over(app, RESPONDER, RESPONDER.id, OUTSIDER.id) == 2
    assert ownership.get_person(app, ADMIN, RESPONDER.id).owned == ()
    assert actions.get_action(app, ADMIN, action).owner == OUTSIDER.id
    assert "handed over from remi to olu" in histories.get_history(app, ADMIN, lesson)[0].detail
    outbox.deliver(app)
    assert {n.record for n in inbox.list_notices(app, OUTSIDER).rows} >= {lesson, action}


def test_only_an_admin_hands_over_what_another_owns(app: App) -> None:
    catalog.put(app, ADMIN, Person(id="olu", name="Olu"), None)
    lesson = write(app, 10)
    with pytest.raises(ForbiddenError):
        ownership.hand_over(app, OUTSIDER, RESPONDER.id, OUTSIDER.id)
    with pytest.raises(NotFoundError):
        ownership.hand_over(app, ADMIN, RESPONDER.id, "nobody")
    with pytest.raises(InputError):
        ownership.hand_over(app, ADMIN, "olu", "olu")
    assert artifacts.get_artifact(app, ADMIN, lesson).artifact.owner == RESPONDER.id


def test_freshness_counts_each_age_where_it_is_worst_first(app: App) -> None:
    silent = write(app, -120, "ranker")
    write(app, -3, "ranker")
    write(app, 0, "search")
    write(app, 20, "search")
    write(app, 200)
    write(app, None, "mail")
    write(app, -200, "mail", state="draft")
    found = ownership.get_freshness(app, ADMIN, age="silent", service="ranker")
    assert [(row.service, row.counts) for row in found.rows] == [
        ("ranker", (1, 1, 0, 0, 0)),
        ("search", (0, 1, 1, 0, 0)),
        ("", (0, 0, 0, 1, 0)),
        ("mail", (0, 0, 0, 0, 1)),
    ]
    assert [row.id for row in found.chosen] == [silent]
    assert (found.total, found.late) == (6, 3)
    assert len(ownership.get_freshness(app, ADMIN, age="fresh", service="").chosen) == 1
    with pytest.raises(InputError):
        ownership.get_freshness(app, ADMIN, age="old")
