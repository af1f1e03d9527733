"""Reviews: planned by how grave it was, signed by whom they are asked of, closed with dissent kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.deployment import Deployment, Versions
from hardwon.domain.errors import ForbiddenError, HardwonError, InputError, RuleError
from hardwon.domain.incident import Incident, Times
from hardwon.domain.planning import (
    SHORTEST,
    Customs,
    Invitation,
    ReviewPlan,
    agenda_for,
    due_on,
    fitted,
    perspectives_for,
    plan,
    reschedule,
)
from hardwon.domain.review import (
    AgendaItem,
    Review,
    answer,
    ask,
    awaited,
    begin,
    cancel,
    close,
    days_late,
    decision_at,
    end,
    invite,
    sign,
    tie_action,
    write_decision,
)
from hardwon.domain.template import Template, TemplateSection

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
RESOLVED = NOW - timedelta(days=2)


def incident(severity: int | None = 2, **fields: object) -> Incident:
    times = Times(detected_at=NOW - timedelta(days=4), resolved_at=RESOLVED)
    return Incident(id="INC-0001", title="Late", severity=severity, **{"times": times, **fields})


def planned(**fields: object) -> Review:
    seats = (Invitation(perspective="reliability", person="remi"), Invitation(perspective="product"))
    return plan(incident(), "REV-0001", ReviewPlan(**{"seats": seats, **fields}), NOW)


def signed(review: Review, **fields: object) -> Review:
    given_fields = {"note": "", "by": "remi", "stands_in": False, "at": NOW, **fields}
    return sign(review, "reliability", given_fields.pop("verdict", "agrees"), **given_fields)


@pytest.mark.parametrize(("severity", "days"), [(1, 3), (2, 5), (3, 10), (4, 15), (5, 15), (None, 15)])
def test_the_graver_the_sooner(severity, days):
    assert due_on(incident(severity), NOW) == (RESOLVED + timedelta(days=days)).date()
    unresolved = incident(severity, times=Times(detected_at=NOW))
    assert due_on(unresolved, NOW) == (NOW + timedelta(days=days)).date()


@pytest.mark.parametrize(("outcome", "days"), [("rolled_back", 5), ("failed", 5), ("succeeded", 10)])
def test_a_deployment_that_went_wrong_is_looked_at_sooner(outcome, days):
    deployment = Deployment(id="DEP-0001", title="ranker 7", outcome=outcome, finished_at=RESOLVED)
    assert due_on(deployment, NOW) == (RESOLVED + timedelta(days=days)).date()
    review = plan(deployment, "REV-0001", ReviewPlan(), NOW)
    assert review.kind == {"rolled_back": "rollback", "failed": "launch", "succeeded": "success"}[outcome]


def test_the_right_perspectives_are_asked():
    assert perspectives_for(incident(1)) == ("reliability",)
    assert perspectives_for(incident(2, tags=("Embeddings", "customers"))) == (
        "reliability",
        "data",
        "product",
        "support",
    )
    assert perspectives_for(incident(4, tags=("security",))) == ("security",)
    assert perspectives_for(incident(None)) == ("reliability",)
    assert perspectives_for(incident(3), {"pipeline"}) == ("data",)
    assert perspectives_for(incident(4, detection="user")) == ("product", "support")
    model = Deployment(id="DEP-0001", title="ranker 7", versions=Versions(model="7"))
    assert perspectives_for(model) == ("reliability", "data")


def agenda(name: str, team: str | None = None, sections: int = 2) -> Template:
    points = (TemplateSection(name=f"p{n}", title=f"{name} {n}", ask="Why?") for n in range(sections))
    return Template(
        id=name,
        title=name,
        kind="review_agenda",
        team=team,
        sections=tuple(points),
        written_at=NOW,
        updated_at=NOW,
    )


def test_a_team_goes_through_its_own_points_else_through_everybodys():
    ours, theirs, shared = agenda("ours", "search"), agenda("theirs", "risk"), agenda("shared")
    assert [point.title for point in agenda_for([shared, theirs, ours], "search")] == ["ours 0", "ours 1"]
    assert [point.title for point in agenda_for([theirs, shared], "search")] == ["shared 0", "shared 1"]
    assert [point.title for point in agenda_for([theirs, shared], None)] == ["shared 0", "shared 1"]
    assert len(agenda_for([theirs], "search")) == 1
    assert len(agenda_for([agenda("long", sections=50)], None)) == 20


@given(st.integers(SHORTEST, 480))
def test_the_points_are_fitted_to_the_time(minutes):
    customs = Customs(points=agenda_for([agenda("shared", sections=7)], None))
    review = plan(incident(), "REV-0001", ReviewPlan(minutes=minutes), NOW, customs)
    assert len(review.agenda) == 7
    assert sum(point.minutes for point in review.agenda) == minutes


@given(st.lists(st.integers(1, 60), min_size=1, max_size=20), st.integers(20, 480))
def test_any_agenda_fits_any_time(lengths, minutes):
    points = [AgendaItem(title="x", minutes=length) for length in lengths]
    assert sum(point.minutes for point in fitted(points, minutes)) == minutes


def test_a_plan_that_cannot_be_held_is_refused():
    with pytest.raises(InputError, match="too few"):
        planned(minutes=14)
    with pytest.raises(InputError, match="takes 40"):
        planned(minutes=30, agenda=(AgendaItem(title="x", minutes=40),))
    twice = (Invitation(perspective="data"), Invitation(perspective="data"))
    with pytest.raises(InputError, match="twice"):
        planned(seats=twice)


def test_a_new_plan_keeps_the_day_and_the_points():
    own = planned(agenda=(AgendaItem(title="Ours", minutes=20), AgendaItem(title="Theirs", minutes=40)))
    moved = reschedule(own, ReviewPlan(starts_at=NOW + timedelta(days=1), minutes=30), NOW)
    assert (moved.due_on, moved.seats) == (own.due_on, own.seats)
    assert [(point.title, point.minutes) for point in moved.agenda] == [("Ours", 10), ("Theirs", 20)]
    with pytest.raises(RuleError):
        reschedule(begin(own, NOW), ReviewPlan(), NOW)


def test_from_plan_to_close():
    review = ask(planned(), "Who watches the age?", NOW)
    review = answer(begin(review, NOW), 1, "Nobody yet.", NOW)
    review = write_decision(review, "Alert on the age", "ada", NOW)
    review = tie_action(review, 1, "ACT-0001", NOW)
    with pytest.raises(RuleError, match="ACT-0001"):
        decision_at(review, 1)
    review = end(review, NOW)
    assert [seat.person for seat in awaited(review)] == ["remi"]
    with pytest.raises(RuleError, match="Not signed yet"):
        close(review, NOW)
    assert close(review, NOW, "Remi is away").closed_because == "Remi is away"
    closed = close(signed(review), NOW, "not needed")
    assert (closed.state, closed.closed_because) == ("closed", "")
    for step in (
        lambda: ask(closed, "More?", NOW),
        lambda: answer(closed, 1, "x", NOW),
        lambda: write_decision(closed, "x", "ada", NOW),
        lambda: invite(closed, "data", None, NOW),
        lambda: signed(closed),
        lambda: cancel(closed, "x", NOW),
        lambda: begin(closed, NOW),
    ):
        with pytest.raises(RuleError):
            step()


def test_nothing_is_decided_or_signed_before_it_begins():
    for step in (lambda: write_decision(planned(), "x", "ada", NOW), lambda: signed(planned())):
        with pytest.raises(RuleError, match="has not begun"):
            step()
    with pytest.raises(RuleError):
        end(planned(), NOW)


def test_a_dissent_says_why_and_stands():
    review = begin(planned(), NOW)
    with pytest.raises(InputError, match="says why"):
        signed(review, verdict="dissents", note="  ")
    kept = signed(review, verdict="dissents", note="The alert comes too late.")
    assert kept.seats[0].note == "The alert comes too late."
    assert signed(kept).seats[0].verdict == "agrees"


def test_only_the_seats_person_signs_it_and_an_empty_one_a_reviewer():
    review = begin(planned(), NOW)
    with pytest.raises(ForbiddenError, match="remi speaks"):
        signed(review, by="ada", stands_in=True)
    with pytest.raises(ForbiddenError):
        sign(review, "product", "agrees", note="", by="ada", stands_in=False, at=NOW)
    kept = sign(review, "product", "agrees", note="", by="ada", stands_in=True, at=NOW)
    assert kept.seats[1].person == "ada"
    with pytest.raises(InputError, match="not asked"):
        sign(review, "security", "agrees", note="", by="ada", stands_in=True, at=NOW)
    with pytest.raises(RuleError):
        invite(signed(review), "reliability", "olu", NOW)
    assert invite(review, "security", "olu", NOW).seats[-1].person == "olu"
    assert invite(review, "product", "pia", NOW).seats[1].person == "pia"


@pytest.mark.parametrize(
    "step",
    [
        lambda r: ask(r, " ", NOW),
        lambda r: answer(r, 1, "x", NOW),
        lambda r: answer(ask(r, "?", NOW), 0, "x", NOW),
        lambda r: write_decision(begin(r, NOW), "", "ada", NOW),
        lambda r: decision_at(begin(r, NOW), 1),
        lambda r: cancel(r, " ", NOW),
    ],
)
def test_what_says_nothing_is_refused(step):
    with pytest.raises(InputError):
        step(planned())


def test_a_review_is_late_until_it_begins():
    review = msgspec.structs.replace(planned(), due_on=date(2026, 11, 18))
    assert days_late(review, NOW.date()) == 2
    assert days_late(begin(review, NOW), NOW.date()) == 0
    assert days_late(cancel(review, "Not needed", NOW), NOW.date()) == 0


STEPS = {
    "begin": lambda r: begin(r, NOW),
    "end": lambda r: end(r, NOW),
    "close": lambda r: close(r, NOW, "away"),
    "cancel": lambda r: cancel(r, "away", NOW),
    "ask": lambda r: ask(r, "why?", NOW),
    "decide": lambda r: write_decision(r, "do", "ada", NOW),
    "dissent": lambda r: signed(r, verdict="dissents", note="no"),
    "plan": lambda r: reschedule(r, ReviewPlan(), NOW),
    "invite": lambda r: invite(r, "security", "olu", NOW),
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=25))
def test_no_order_of_steps_loses_what_was_said(names):
    review = planned()
    for name in names:
        before = review
        try:
            review = STEPS[name](review)
        except HardwonError:
            continue
        assert before.state not in {"closed", "cancelled"}
        assert review.questions[: len(before.questions)] == before.questions
        assert review.decisions[: len(before.decisions)] == before.decisions
        said = [seat for seat in before.seats if seat.verdict]
        assert {seat.perspective for seat in said} <= {
            seat.perspective for seat in review.seats if seat.verdict
        }
        assert review.state != "closed" or (review.began_at and review.ended_at)
