"""Incidents through the front door: who may declare, revise and see them, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from hardwon.domain.action import Action
from hardwon.domain.catalog import Person
from hardwon.domain.errors import (
    ForbiddenError,
    InputError,
    NotFoundError,
    RevisionConflictError,
    RuleError,
)
from hardwon.domain.incident import Times
from hardwon.domain.lesson import Lesson
from hardwon.domain.planning import ReviewPlan
from hardwon.domain.timeline import TimelineEntry
from hardwon.usecases import (
    actions,
    artifacts,
    audit,
    catalog,
    histories,
    incidents,
    indexing,
    people,
    postmortems,
    reviews,
    search,
    similar,
)
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import ADMIN, NOW, OUTSIDER, RESPONDER, VIEWER


def declare(app: App, title: str = "The ranker serves old vectors", **fields: object) -> str:
    new = NewIncident(title=title, **fields)  # type: ignore[arg-type]
    return incidents.declare(app, RESPONDER, new).id


def test_a_title_is_enough_and_the_clock_dates_it(app: App) -> None:
    page = incidents.get_incident(app, VIEWER, declare(app))
    assert page.incident.id == "INC-0001"
    assert page.incident.times.detected_at == NOW
    assert page.incident.revision == 1


def test_a_viewer_may_not_declare(app: App) -> None:
    with pytest.raises(ForbiddenError):
        incidents.declare(app, VIEWER, NewIncident(title="x"))
    assert incidents.list_incidents(app, ADMIN).rows == ()


def test_a_stale_revision_never_overwrites(app: App) -> None:
    incident_id = declare(app)
    first = incidents.get_incident(app, RESPONDER, incident_id).incident
    mine = msgspec.structs.replace(first, summary="mine")
    theirs = msgspec.structs.replace(first, summary="theirs")
    assert incidents.revise(app, RESPONDER, mine, 1).revision == 2
    with pytest.raises(RevisionConflictError):
        incidents.revise(app, ADMIN, theirs, 1)
    assert incidents.get_incident(app, VIEWER, incident_id).incident.summary == "mine"


def test_another_teams_incident_is_not_there(app: App) -> None:
    incident_id = declare(app, "Secret partner outage", scope="team:search")
    indexing.catch_up(app)
    assert incidents.get_incident(app, RESPONDER, incident_id)
    with pytest.raises(NotFoundError):
        incidents.get_incident(app, OUTSIDER, incident_id)
    assert incidents.list_incidents(app, OUTSIDER).rows == ()
    assert search.search(app, OUTSIDER, "secret partner outage").total == 0
    assert similar.similar(app, OUTSIDER, text="secret partner outage").hits == ()
    assert search.search(app, RESPONDER, "secret partner outage").total == 1


def test_nobody_writes_into_a_scope_they_do_not_hold(app: App) -> None:
    with pytest.raises(ForbiddenError):
        incidents.declare(app, OUTSIDER, NewIncident(title="x", scope="team:search"))
    incident_id = declare(app)
    stored = incidents.get_incident(app, OUTSIDER, incident_id).incident
    moved = msgspec.structs.replace(stored, scope="team:search")
    with pytest.raises(ForbiddenError):
        incidents.revise(app, OUTSIDER, moved, 1)


def test_what_hangs_on_it_is_hidden_with_it(app: App) -> None:
    name = declare(app, severity=2)
    action = actions.promise(
        app, RESPONDER, Action(id="new", title="Alert", incident=name, written_at=NOW, updated_at=NOW)
    )
    own = actions.promise(
        app,
        RESPONDER,
        Action(id="new", title="Own", incident=name, scope="team:search", written_at=NOW, updated_at=NOW),
    )
    written = postmortems.begin(app, RESPONDER, name)
    written = artifacts.move(app, RESPONDER, written.id, "in_review", 1)
    review = reviews.plan(app, RESPONDER, name, ReviewPlan(facilitator="remi"))
    lesson = Lesson(id="new", title="Count partitions", incidents=(name,), written_at=NOW, updated_at=NOW)
    kept = artifacts.write(app, RESPONDER, lesson)
    artifacts.move(app, RESPONDER, kept.id, "in_review", 1)
    stored = incidents.get_incident(app, RESPONDER, name).incident
    asked = (
        lambda: actions.get_action(app, OUTSIDER, action.id),
        lambda: postmortems.get_postmortem(app, OUTSIDER, written.id),
        lambda: reviews.get_review(app, OUTSIDER, review.id),
        lambda: histories.get_history(app, OUTSIDER, review.id),
    )
    for ask in asked:
        ask()
    hidden = msgspec.structs.replace(stored, scope="team:search")
    incidents.revise(app, RESPONDER, hidden, stored.revision)
    for ask in asked:
        with pytest.raises(NotFoundError):
            ask()
    assert actions.get_action(app, RESPONDER, own.id).revision == 1
    assert artifacts.get_artifact(app, OUTSIDER, kept.id).artifact.title == "Count partitions"
    indexing.catch_up(app)
    assert search.search(app, OUTSIDER, "alert").total == 0


def test_a_status_goes_forward_only(app: App) -> None:
    incident_id = declare(app)
    assert incidents.advance(app, RESPONDER, incident_id, "mitigated", 1).times.mitigated_at == NOW
    with pytest.raises(RuleError):
        incidents.advance(app, RESPONDER, incident_id, "open", 2)


def test_backward_times_are_refused_and_nothing_is_kept(app: App) -> None:
    times = Times(started_at=NOW, resolved_at=NOW - timedelta(hours=2))
    with pytest.raises(InputError, match="resolved_at"):
        incidents.declare(app, RESPONDER, NewIncident(title="x", times=times))
    assert incidents.list_incidents(app, ADMIN).rows == ()


def test_a_revision_cannot_change_status_or_source(app: App) -> None:
    incident_id = declare(app)
    stored = incidents.get_incident(app, RESPONDER, incident_id).incident
    sly = msgspec.structs.replace(stored, status="closed", source="pagerduty")
    saved = incidents.revise(app, RESPONDER, sly, 1)
    assert (saved.status, saved.source) == ("open", "typed")


def test_the_timeline_is_kept_in_order(app: App) -> None:
    late = TimelineEntry(text="late", at=NOW)
    early = TimelineEntry(text="early", at=NOW - timedelta(hours=1))
    page = incidents.get_incident(app, ADMIN, declare(app, timeline=(late, early)))
    assert [entry.text for entry in page.incident.timeline] == ["early", "late"]


def test_every_write_is_in_the_audit_trail(app: App) -> None:
    audit.sequence(app)
    begun = audit.verify(app, ADMIN).size
    incident_id = declare(app)
    incidents.advance(app, RESPONDER, incident_id, "resolved", 1)
    audit.sequence(app)
    report = audit.verify(app, ADMIN)
    assert (report.size - begun, report.unplaced, report.problems) == (2, 0, ())
    with pytest.raises(ForbiddenError):
        audit.verify(app, RESPONDER)


def test_a_restricted_incident_is_its_members(app: App) -> None:
    for name, roles in (("remi", ("responder",)), ("olu", ("responder",)), ("vera", ("viewer",))):
        catalog.put(app, ADMIN, Person(id=name, name=name, roles=roles))
    new = NewIncident(title="Keys were copied", scope="restricted", members=("vera",), severity=1)
    kept = incidents.declare(app, people.act_as(app, "remi"), new)
    assert (kept.scope, kept.members) == (f"restricted:{kept.id}", ("vera", "remi"))
    written = postmortems.begin(app, people.act_as(app, "remi"), kept.id)
    artifacts.move(app, people.act_as(app, "remi"), written.id, "in_review", 1)
    for name, sees in (("remi", True), ("vera", True), ("olu", False)):
        actor = people.act_as(app, name)
        assert (kept.id in {row.id for row in incidents.list_incidents(app, actor).rows}) is sees
        if sees:
            assert postmortems.get_postmortem(app, actor, written.id).incident == kept.id
        else:
            with pytest.raises(NotFoundError):
                incidents.get_incident(app, actor, kept.id)
            with pytest.raises(NotFoundError):
                postmortems.get_postmortem(app, actor, written.id)
    with pytest.raises(ForbiddenError):
        incidents.revise(app, people.act_as(app, "vera"), kept, 1)
    let_in = msgspec.structs.replace(kept, members=("olu",))
    kept = incidents.revise(app, people.act_as(app, "remi"), let_in, 1)
    assert kept.members == ("olu", "remi"), "nobody shuts themselves out"
    assert incidents.get_incident(app, people.act_as(app, "olu"), kept.id).incident.id == kept.id
    with pytest.raises(NotFoundError):
        incidents.get_incident(app, people.act_as(app, "vera"), kept.id)
    with pytest.raises(ForbiddenError):
        incidents.revise(
            app, people.act_as(app, "olu"), msgspec.structs.replace(kept, scope="restricted:INC-0099"), 2
        )
    other = incidents.declare(app, people.act_as(app, "olu"), NewIncident(title="Other"))
    grabbed = msgspec.structs.replace(other, scope=kept.scope)
    assert incidents.revise(app, people.act_as(app, "olu"), grabbed, 1).scope == kept.scope
    open_again = msgspec.structs.replace(kept, scope="everyone")
    incidents.revise(app, people.act_as(app, "olu"), open_again, 2)
    assert postmortems.get_postmortem(app, people.act_as(app, "vera"), written.id).incident == kept.id
