"""What belongs to an incident is tied to it by those who see it, once, and nothing walks round the standard."""

from __future__ import annotations

import msgspec
import pytest

from hardwon.domain.action import Action
from hardwon.domain.actor import Actor
from hardwon.domain.check import CheckQuestion
from hardwon.domain.errors import (
    BelowStandardError,
    DuplicateError,
    ForbiddenError,
    NotFoundError,
    RuleError,
)
from hardwon.domain.lesson import Lesson
from hardwon.domain.planning import Invitation, ReviewPlan
from hardwon.domain.postmortem import Postmortem
from hardwon.usecases import (
    actions,
    artifacts,
    checks,
    inbox,
    incidents,
    indexing,
    links,
    outbox,
    postmortems,
    reviews,
)
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import ADMIN, NOW, OUTSIDER, RESPONDER, VIEWER

REVIEWER = Actor(id="rita", name="Rita", roles=("reviewer",), teams=("search",))


def declared(app: App, **fields: object) -> str:
    return incidents.declare(app, RESPONDER, NewIncident(title="Late", **fields)).id  # type: ignore[arg-type]


def draft(incident: str | None) -> Postmortem:
    return Postmortem(id="new", title="Mine", incident=incident, written_at=NOW, updated_at=NOW)


def test_nobody_ties_a_text_to_an_incident_they_do_not_see(app: App) -> None:
    hidden = declared(app, scope="team:search")
    for name in (hidden, "INC-9999"):
        with pytest.raises(NotFoundError, match="There is no incident"):
            artifacts.write(app, OUTSIDER, draft(name))
        lesson = Lesson(id="new", title="x", incidents=(name,), written_at=NOW, updated_at=NOW)
        with pytest.raises(NotFoundError):
            artifacts.write(app, OUTSIDER, lesson)
    own = artifacts.write(app, OUTSIDER, draft(None))
    with pytest.raises(NotFoundError):
        artifacts.revise(app, OUTSIDER, msgspec.structs.replace(own, incident=hidden), 1)


def test_an_incident_has_one_postmortem_which_is_seen_as_it_is(app: App) -> None:
    name = declared(app, scope="team:search")
    kept = artifacts.write(app, RESPONDER, draft(name))
    assert kept.scope == "team:search"
    with pytest.raises(DuplicateError, match="has a postmortem"):
        artifacts.write(app, RESPONDER, draft(name))
    assert postmortems.begin(app, RESPONDER, name).id == kept.id
    untied = artifacts.revise(app, RESPONDER, msgspec.structs.replace(kept, incident=None), 1)
    assert untied.incident == name


def test_the_standard_is_not_walked_round(app: App) -> None:
    unjudged = declared(app)
    with pytest.raises(BelowStandardError, match="Judge the severity"):
        incidents.advance(app, RESPONDER, unjudged, "closed", 1)
    small = declared(app, severity=5)
    closed = incidents.advance(app, RESPONDER, small, "closed", 1)
    graver = msgspec.structs.replace(closed, severity=1)
    with pytest.raises(BelowStandardError, match="Still missing"):
        incidents.revise(app, RESPONDER, graver, 2)
    assert incidents.revise(app, REVIEWER, graver, 2).severity == 1


def test_what_a_life_needs_stays(app: App) -> None:
    lesson = Lesson(id="new", title="x", reminded=9, written_at=NOW, updated_at=NOW)
    kept = artifacts.write(app, RESPONDER, lesson)
    assert kept.reminded == 0
    with pytest.raises(NotFoundError):
        artifacts.move(app, ADMIN, kept.id, "retired", 1, reason="Old.", successor="LES-9999")
    other = artifacts.write(app, RESPONDER, lesson)
    for state in ("in_review", "approved", "published"):
        kept = artifacts.move(app, ADMIN, kept.id, state, kept.revision)
    retired = artifacts.move(app, ADMIN, kept.id, "retired", kept.revision, reason="Old.", successor=other.id)
    back = artifacts.restore(app, RESPONDER, kept.id, 1, retired.revision)
    assert (back.state, back.retired_because, back.successor) == ("retired", "Old.", other.id)
    with pytest.raises(RuleError, match="is retired"):
        artifacts.revise(app, RESPONDER, back, back.revision)


def test_notices_are_of_what_their_reader_sees_now(app: App) -> None:
    name = declared(app, scope="team:search")
    promised = Action(id="new", title="Secret", owner="olu", incident=name, written_at=NOW, updated_at=NOW)
    kept = actions.promise(app, RESPONDER, promised)
    outbox.deliver(app)
    assert inbox.list_notices(app, OUTSIDER).rows == ()
    assert inbox.count_unread(app, OUTSIDER) == 0
    stored = actions.get_action(app, RESPONDER, kept.id)
    actions.revise(app, ADMIN, msgspec.structs.replace(stored, scope="everyone"), 1)
    assert {notice.record for notice in inbox.list_notices(app, OUTSIDER).rows} == {kept.id}


def test_a_seat_that_was_given_is_given_away_by_a_reviewer_alone(app: App) -> None:
    seats = (Invitation(perspective="security", person="rita"), Invitation(perspective="product"))
    kept = reviews.plan(app, RESPONDER, declared(app), ReviewPlan(seats=seats))
    with pytest.raises(ForbiddenError):
        reviews.invite(app, RESPONDER, kept.id, "security", "remi", 1)
    with pytest.raises(ForbiddenError):
        reviews.reschedule(app, RESPONDER, kept.id, ReviewPlan(seats=seats[1:]), 1)
    asked = reviews.invite(app, RESPONDER, kept.id, "product", "remi", 1)
    assert reviews.invite(app, REVIEWER, kept.id, "security", "olu", asked.revision).revision == 3


def test_marks_are_withheld_from_the_check_and_from_dead_links(app: App) -> None:
    lesson = Lesson(
        id="new",
        title="Never drain the vulture queue [[internal: KIWI]]",
        claim="Never drain the vulture queue by hand [[internal: KIWI]], see INC-0999.",
        services=("vultures",),
        written_at=NOW,
        updated_at=NOW,
    )
    kept = artifacts.write(app, RESPONDER, lesson)
    for state in ("in_review", "approved", "published"):
        kept = artifacts.move(app, ADMIN, kept.id, state, kept.revision)
    indexing.catch_up(app)
    question = CheckQuestion(text="drain the vulture queue by hand", services=("vultures",))
    answer = checks.check(app, VIEWER, question)
    assert kept.id in str(answer)
    assert "KIWI" not in str(answer)
    (dead,) = links.list_dead(app, VIEWER).rows
    assert "KIWI" not in dead.title
