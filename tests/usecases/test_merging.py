"""Two incidents that were one, and what they are tied to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hardwon.domain.action import Action
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import ForbiddenError, NotFoundError, RevisionConflictError, RuleError
from hardwon.domain.incident import DeploymentLink, Times
from hardwon.domain.planning import ReviewPlan
from hardwon.domain.timeline import TimelineEntry
from hardwon.usecases import actions, deployments, incidents, merging, postmortems, relations, reviews
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import ADMIN, NOW, OUTSIDER, RESPONDER, VIEWER

HOUR = timedelta(hours=1)


def declare(app: App, title: str, **fields: object) -> str:
    return incidents.declare(app, RESPONDER, NewIncident(title=title, **fields)).id  # type: ignore[arg-type]


def ship(app: App, service: str, at=NOW) -> str:
    made = Deployment(id="new", title=f"Ship {service}", service=service, finished_at=at)
    return deployments.record(app, ADMIN, made).id


def test_nothing_of_either_is_lost(app: App) -> None:
    entry = TimelineEntry(text="The pager went", at=NOW)
    kept = declare(
        app, "Search is slow", severity=3, services=("search",), timeline=(entry,), summary="Slow."
    )
    given = declare(
        app,
        "Ranker is slow",
        severity=2,
        services=("ranker",),
        timeline=(entry, TimelineEntry(text="A shop wrote", at=NOW - HOUR)),
        times=Times(started_at=NOW - 2 * HOUR),
        summary="The ranker waits.",
    )
    promised = Action(id="new", title="Alert", incident=given, written_at=NOW, updated_at=NOW)
    action = actions.promise(app, RESPONDER, promised).id
    written = postmortems.begin(app, RESPONDER, given).id
    merged = merging.merge(app, RESPONDER, kept, given, 1)
    assert (merged.severity, merged.services) == (2, ("search", "ranker"))
    assert [e.text for e in merged.timeline] == ["A shop wrote", "The pager went"]
    assert merged.times.started_at == NOW - 2 * HOUR
    assert "Slow." in merged.summary
    assert "The ranker waits." in merged.summary
    assert actions.get_action(app, RESPONDER, action).incident == kept
    assert postmortems.get_postmortem(app, RESPONDER, written).incident == kept
    pointing = incidents.get_incident(app, RESPONDER, given).incident
    assert (pointing.merged_into, pointing.status, len(pointing.timeline)) == (kept, "closed", 2)
    with pytest.raises(RuleError, match="was merged"):
        merging.merge(app, RESPONDER, kept, given, merged.revision)


def test_reviews_move_along_and_one_stays_planned(app: App) -> None:
    kept, given = declare(app, "Search is slow"), declare(app, "Ranker is slow")
    held = reviews.plan(app, RESPONDER, given, ReviewPlan(facilitator="remi"))
    held = reviews.end(app, RESPONDER, reviews.begin(app, RESPONDER, held.id, 1).id, 2)
    second = reviews.plan(app, RESPONDER, given, ReviewPlan(facilitator="remi"))
    first = reviews.plan(app, RESPONDER, kept, ReviewPlan(facilitator="remi"))
    merging.merge(app, RESPONDER, kept, given, 1)
    found = {row.id: (row.subject, row.state) for row in reviews.list_reviews(app, RESPONDER).rows}
    assert found == {
        held.id: (kept, "held"),
        second.id: (kept, "cancelled"),
        first.id: (kept, "planned"),
    }


def test_what_must_not_merge(app: App) -> None:
    one, other = declare(app, "One"), declare(app, "Other")
    secret = declare(app, "Secret", scope="team:search")
    with pytest.raises(RuleError, match="itself"):
        merging.merge(app, RESPONDER, one, one, 1)
    with pytest.raises(RuleError, match="different people"):
        merging.merge(app, RESPONDER, one, secret, 1)
    with pytest.raises(NotFoundError):
        merging.merge(app, OUTSIDER, one, secret, 1)
    with pytest.raises(ForbiddenError):
        merging.merge(app, VIEWER, one, other, 1)
    with pytest.raises(RevisionConflictError):
        merging.merge(app, RESPONDER, one, other, 7)
    assert incidents.get_incident(app, RESPONDER, other).incident.merged_into is None


def test_deployments_are_proposed_and_decided_by_a_person(app: App) -> None:
    near = ship(app, "search", NOW - HOUR)
    other = ship(app, "mail", NOW - HOUR)
    ship(app, "search", NOW - 90 * HOUR)
    incident = declare(app, "Search is slow", services=("search",), times=Times(started_at=NOW))
    found = relations.propose(app, VIEWER, incident)
    assert [(c.deployment.id, c.tie.confidence) for c in found] == [(near, "medium"), (other, "low")]
    assert "only the time speaks for it" in found[1].because
    link = DeploymentLink(deployment=near, relation="suspected", method="service", confidence="low")
    decided = relations.decide(app, RESPONDER, incident, link, 1)
    assert decided.deployments[0].decided_by == RESPONDER.id
    again = DeploymentLink(deployment=near, relation="dismissed", decided_by="somebody")
    decided = relations.decide(app, ADMIN, incident, again, 2)
    assert [(d.relation, d.decided_by) for d in decided.deployments] == [("dismissed", ADMIN.id)]
    assert [c.deployment.id for c in relations.propose(app, VIEWER, incident)] == [other]
    with pytest.raises(NotFoundError):
        relations.decide(
            app, RESPONDER, incident, DeploymentLink(deployment="DEP-0999", relation="caused"), 3
        )
    with pytest.raises(ForbiddenError):
        relations.decide(app, VIEWER, incident, link, 3)
