"""Reviews: seen by whom their subject is seen, told to who has a part, and nothing said in them is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import msgspec
import pytest

from hardwon.domain.actor import Actor
from hardwon.domain.catalog import Person, Service
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import (
    ForbiddenError,
    InputError,
    NotFoundError,
    RevisionConflictError,
    RuleError,
)
from hardwon.domain.incident import Incident
from hardwon.domain.planning import Invitation, ReviewPlan
from hardwon.domain.review import Review
from hardwon.usecases import (
    actions,
    calendars,
    catalog,
    deadlines,
    decisions,
    deployments,
    histories,
    home,
    inbox,
    incidents,
    outbox,
    reviews,
    templates,
)
from hardwon.usecases.app import App
from hardwon.usecases.decisions import Promised
from hardwon.usecases.incidents import NewIncident
from hardwon.usecases.templates import GivenTemplate
from tests.usecases.conftest import ADMIN, NOW, OUTSIDER, RESPONDER, VIEWER

REVIEWER = Actor(id="rita", name="Rita", roles=("reviewer",), teams=("search",))
SEATS = (Invitation(perspective="reliability", person="remi"), Invitation(perspective="product"))
TOMORROW = date(2026, 11, 21)


def declared(app: App, scope: str = "everyone", severity: int = 2) -> Incident:
    new = NewIncident(title="Late embeddings", severity=severity, team="search", scope=scope)
    return incidents.declare(app, RESPONDER, new)


def planned(app: App, scope: str = "everyone") -> Review:
    given = ReviewPlan(facilitator="rita", seats=SEATS)
    return reviews.plan(app, RESPONDER, declared(app, scope).id, given)


def begun(app: App, scope: str = "everyone") -> Review:
    return reviews.begin(app, RESPONDER, planned(app, scope).id, 1)


def later(app: App, days: int) -> App:
    return msgspec.structs.replace(app, clock=lambda: NOW + timedelta(days=days))


def told(app: App, actor: Actor) -> list[str]:
    outbox.deliver(app)
    return [row.text for row in inbox.list_notices(app, actor).rows]


def test_a_review_is_seen_by_whom_its_incident_is_seen(app: App) -> None:
    kept = planned(app, "team:search")
    assert kept.scope == "team:search"
    assert reviews.get_review(app, REVIEWER, kept.id).incident is not None
    assert [row.id for row in reviews.list_reviews(app, REVIEWER, mine=True).rows] == [kept.id]
    assert reviews.list_reviews(app, OUTSIDER).rows == ()
    said = []
    for name in (kept.id, "REV-9999"):
        with pytest.raises(NotFoundError) as read:
            reviews.get_review(app, OUTSIDER, name)
        with pytest.raises(NotFoundError) as asked:
            reviews.ask(app, OUTSIDER, name, "Why?")
        with pytest.raises(NotFoundError) as written:
            reviews.begin(app, OUTSIDER, name, 1)
        said.append([str(error.value).replace(name, "X") for error in (read, asked, written)])
    assert said[0] == said[1]
    with pytest.raises(NotFoundError):
        reviews.plan(app, OUTSIDER, kept.subject, ReviewPlan())
    with pytest.raises(ForbiddenError):
        reviews.plan(app, VIEWER, kept.subject, ReviewPlan())


def test_one_review_is_planned_at_a_time(app: App) -> None:
    kept = planned(app)
    with pytest.raises(RuleError, match="planned already"):
        reviews.plan(app, RESPONDER, kept.subject, ReviewPlan())
    reviews.cancel(app, RESPONDER, kept.id, "Folded into another", 1)
    assert reviews.plan(app, RESPONDER, kept.subject, ReviewPlan()).id == "REV-0002"
    with pytest.raises(InputError, match="cannot be reviewed"):
        reviews.plan(app, RESPONDER, "LES-0001", ReviewPlan())


def test_a_deployment_is_reviewed_too(app: App) -> None:
    shipped = Deployment(id="new", title="ranker 7", outcome="rolled_back", finished_at=NOW)
    name = deployments.record(app, ADMIN, shipped).id
    kept = reviews.plan(app, RESPONDER, name, ReviewPlan(facilitator="rita"))
    assert reviews.get_review(app, RESPONDER, kept.id).deployment is not None
    assert (kept.kind, kept.due_on) == ("rollback", (NOW + timedelta(days=5)).date())


def test_a_model_needs_the_view_of_those_who_know_its_data(app: App) -> None:
    catalog.put(app, ADMIN, Service(id="ranker", name="Ranker", kind="model"), None)
    new = NewIncident(title="Late", severity=1, services=("ranker", "unknown"))
    name = incidents.declare(app, RESPONDER, new).id
    proposed = reviews.propose(app, RESPONDER, name)
    kept = reviews.plan(app, RESPONDER, name, ReviewPlan())
    for review in (proposed, kept):
        assert [seat.perspective for seat in review.seats] == ["reliability", "data"]


def test_all_who_have_a_part_are_told(app: App) -> None:
    kept = planned(app)
    moved = ReviewPlan(facilitator="ada", starts_at=NOW + timedelta(days=1), minutes=30)
    reviews.reschedule(app, RESPONDER, kept.id, moved, 1)
    reviews.invite(app, RESPONDER, kept.id, "product", "vera", 2)
    for actor, number in ((RESPONDER, 0), (REVIEWER, 2), (ADMIN, 2), (VIEWER, 1)):
        assert sum("Review of" in text for text in told(app, actor)) == number, actor.id


def test_a_decision_becomes_an_action_that_leads_back(app: App) -> None:
    review = begun(app, "team:search")
    promised = Promised(owner="remi", due_on=TOMORROW)
    review = decisions.decide(app, REVIEWER, review.id, "Alert on the age", promised=promised)
    review = decisions.decide(app, REVIEWER, review.id, "Show the age on the panel")
    review = decisions.decide_to_action(app, REVIEWER, review.id, 2, promised, review.revision)
    first, second = (actions.get_action(app, RESPONDER, str(d.action)) for d in review.decisions)
    assert (first.title, first.owner, first.due_on) == ("Alert on the age", "remi", TOMORROW)
    assert (second.incident, second.scope, second.state) == (review.subject, "team:search", "open")
    assert second.source_id == f"{review.id}#2"
    assert set(reviews.get_review(app, REVIEWER, review.id).actions) == {first.id, second.id}
    with pytest.raises(RuleError):
        decisions.decide_to_action(app, REVIEWER, review.id, 2, promised)
    assert len(actions.list_actions(app, ADMIN).rows) == 2


def test_a_decision_that_fails_leaves_no_action_behind(app: App) -> None:
    review = decisions.decide(app, RESPONDER, begun(app).id, "Alert on the age")
    with pytest.raises(RevisionConflictError):
        decisions.decide_to_action(app, RESPONDER, review.id, 1, Promised(owner="remi", due_on=TOMORROW), 1)
    assert actions.list_actions(app, ADMIN).rows == ()


def test_who_writes_at_once_loses_nothing(app: App) -> None:
    review = begun(app)
    decisions.decide(app, RESPONDER, review.id, "One")
    reviews.ask(app, VIEWER, review.id, "Two?")
    with pytest.raises(RevisionConflictError):
        decisions.decide(app, RESPONDER, review.id, "Three", review.revision)
    kept = decisions.decide(app, REVIEWER, review.id, "Four")
    assert [decision.text for decision in kept.decisions] == ["One", "Four"]
    assert [decision.by for decision in kept.decisions] == ["remi", "rita"]
    assert kept.questions[0].text == "Two?"


def test_eight_at_once_lose_nothing(app: App) -> None:
    name = begun(app).id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: decisions.decide(app, RESPONDER, name, f"Decision {n}"), range(8)))
    kept = reviews.get_review(app, RESPONDER, name).review
    assert sorted(decision.text for decision in kept.decisions) == [f"Decision {n}" for n in range(8)]


def test_signatures_are_each_persons_own(app: App) -> None:
    review = begun(app)
    with pytest.raises(ForbiddenError):
        reviews.sign(app, REVIEWER, review.id, "reliability", "agrees")
    with pytest.raises(ForbiddenError):
        reviews.sign(app, RESPONDER, review.id, "product", "agrees")
    reviews.sign(app, REVIEWER, review.id, "product", "dissents", "The alert comes too late.")
    held = reviews.end(app, RESPONDER, review.id, 3)
    with pytest.raises(RuleError, match=r"reliability \(remi\)"):
        reviews.close(app, RESPONDER, review.id, held.revision)
    with pytest.raises(ForbiddenError):
        reviews.close(app, RESPONDER, review.id, held.revision, because="Remi is away")
    reviews.invite(app, REVIEWER, review.id, "reliability", "vera", held.revision)
    signed = reviews.sign(app, VIEWER, review.id, "reliability", "agrees")
    closed = reviews.close(app, RESPONDER, review.id, signed.revision)
    assert closed.state == "closed"
    assert [(seat.person, seat.verdict) for seat in closed.seats] == [
        ("vera", "agrees"),
        ("rita", "dissents"),
    ]
    trail = [(row.by, row.detail) for row in histories.get_history(app, ADMIN, review.id)]
    assert ("rita", "product dissents") in trail


def test_who_loses_access_mid_review_finds_nothing_and_nothing_is_lost(app: App) -> None:
    review = begun(app, "team:search")
    reviews.sign(app, RESPONDER, review.id, "reliability", "dissents", "Too late.")
    gone = Actor(id="remi", name="Remi", roles=("responder",), teams=())
    for step in (
        lambda: reviews.get_review(app, gone, review.id),
        lambda: reviews.sign(app, gone, review.id, "reliability", "agrees"),
        lambda: decisions.decide(app, gone, review.id, "x"),
    ):
        with pytest.raises(NotFoundError):
            step()
    assert reviews.list_reviews(app, gone, mine=True).rows == ()
    kept = reviews.get_review(app, REVIEWER, review.id).review
    assert (kept.seats[0].person, kept.seats[0].note) == ("remi", "Too late.")


def test_a_review_follows_its_incident_into_a_narrower_circle(app: App) -> None:
    review = begun(app)
    stored = incidents.get_incident(app, ADMIN, review.subject).incident
    incidents.revise(app, ADMIN, msgspec.structs.replace(stored, scope="team:search"), stored.revision)
    with pytest.raises(NotFoundError):
        reviews.get_review(app, OUTSIDER, review.id)
    with pytest.raises(NotFoundError, match="There is no review"):
        reviews.ask(app, OUTSIDER, review.id, "Why?")
    assert reviews.list_reviews(app, OUTSIDER).rows == ()
    assert reviews.ask(app, REVIEWER, review.id, "Why?").scope == "team:search"


def test_what_was_resolved_lately_is_reviewed_of_its_own_accord(app: App) -> None:
    grave, small, still = declared(app), declared(app, severity=4), declared(app)
    for incident in (grave, small):
        incidents.advance(app, RESPONDER, incident.id, "resolved", 1)
    assert deadlines.plan_due(app) == 1
    assert deadlines.plan_due(app) == 0
    (row,) = reviews.list_reviews(app, ADMIN).rows
    assert (row.subject, row.due_on) == (grave.id, (NOW + timedelta(days=5)).date())
    assert any("Review of" in text for text in told(app, RESPONDER))
    reviews.cancel(app, RESPONDER, row.id, "Nothing new in it", 1)
    assert deadlines.plan_due(app) == 0
    incidents.advance(app, RESPONDER, still.id, "resolved", 1)
    assert deadlines.plan_due(later(app, 31)) == 0
    assert deadlines.plan_due(later(app, 29)) == 1


def test_two_workers_plan_one_review_each_and_say_it_once(app: App) -> None:
    names = [declared(app).id for _ in range(6)]
    for name in names:
        incidents.advance(app, RESPONDER, name, "resolved", 1)
    with ThreadPoolExecutor(4) as pool:
        planned_by = list(pool.map(lambda _: deadlines.plan_due(app), range(4)))
    rows = reviews.list_reviews(app, ADMIN).rows
    assert sum(planned_by) == 6
    assert sorted(row.subject for row in rows) == names
    assert sorted(row.id for row in rows) == [f"REV-{number:04d}" for number in range(1, 7)]


def test_an_overdue_review_is_said_once_and_waits_at_home(app: App) -> None:
    kept = planned(app)
    then = later(app, 7)
    assert deadlines.remind(app) == 0
    assert deadlines.remind(then) == 1
    assert deadlines.remind(then) == 0
    assert deadlines.remind(later(app, 40)) == 0
    assert sum("overdue" in text for text in told(then, REVIEWER)) == 1
    page = home.get_home(then, REVIEWER)
    assert [(row.id, row.overdue_days) for row in page.debriefs] == [(kept.id, 2)]
    assert home.get_home(app, REVIEWER).debriefs == ()
    reviews.begin(then, RESPONDER, kept.id, 2)
    assert home.get_home(then, REVIEWER).debriefs == ()


@pytest.fixture
def people(app: App) -> App:
    for actor in (RESPONDER, REVIEWER):
        person = Person(id=actor.id, name=actor.name, roles=actor.roles, teams=actor.teams)
        catalog.put(app, ADMIN, person, None)
    return app


def test_a_feed_shows_what_its_person_may_see(people: App) -> None:
    app = people
    kept = planned(app, "team:search")
    other = reviews.plan(app, RESPONDER, declared(app).id, ReviewPlan(facilitator="ada"))
    secret = calendars.share(app, RESPONDER)
    assert len(secret) == 43
    text = calendars.feed(app, secret, "")
    assert f"/reviews/{kept.id}" in text
    assert other.id not in text
    stored = catalog.get_entry(app, ADMIN, Person, "remi")
    catalog.put(app, ADMIN, msgspec.structs.replace(stored, teams=()), 1)
    assert kept.id not in calendars.feed(app, secret, "")
    catalog.put(app, ADMIN, msgspec.structs.replace(stored, active=False), 2)
    with pytest.raises(NotFoundError, match="no such calendar"):
        calendars.feed(app, secret, "")


def test_a_secret_is_replaced_and_revoked_and_never_kept(people: App) -> None:
    app = people
    first, second = calendars.share(app, RESPONDER), calendars.share(app, RESPONDER)
    assert calendars.open_calendar(app, RESPONDER).shared
    calendars.feed(app, second, "")
    calendars.revoke(app, RESPONDER)
    calendars.revoke(app, RESPONDER)
    said = set()
    for secret in (first, second, "", "x", "\x00", "é" * 500):
        with pytest.raises(NotFoundError) as refused:
            calendars.feed(app, secret, "")
        said.add(str(refused.value))
    assert len(said) == 1
    assert not calendars.open_calendar(app, RESPONDER).shared
    raw = b"".join(path.read_bytes() for path in app.settings.home.glob("hardwon.db*"))
    assert first.encode() not in raw
    with pytest.raises(InputError):
        calendars.share(app, OUTSIDER)


def test_a_calendar_of_one_review_is_as_hidden_as_the_review(app: App) -> None:
    kept = planned(app, "team:search")
    assert "BEGIN:VEVENT" in calendars.one(app, REVIEWER, kept.id, "")
    with pytest.raises(NotFoundError):
        calendars.one(app, OUTSIDER, kept.id, "")


def test_a_review_goes_through_its_teams_own_points(app: App) -> None:
    points = "## Ours (10 min)\nWhat did we see?\n\n## Theirs (20 min)\nWhat did they see?"
    own = GivenTemplate(title="Ours", kind="review_agenda", team="search", text=points)
    shipped = [point.title for point in planned(app).agenda]
    assert len(shipped) == 7
    kept = templates.create(app, REVIEWER, own)
    other = planned(app)
    assert [(point.title, point.minutes) for point in other.agenda] == [("Ours", 20), ("Theirs", 40)]
    templates.move(app, REVIEWER, kept.id, "retired", 1)
    assert [point.title for point in planned(app).agenda] == shipped
