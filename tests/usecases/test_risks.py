"""The risk of a deployment: kept as said, made of what its time knew, and of what its reader may see."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from hardwon.domain.action import Action
from hardwon.domain.change import Change
from hardwon.domain.check import CheckQuestion
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import NotFoundError
from hardwon.domain.event import Event
from hardwon.domain.incident import DeploymentLink, Times
from hardwon.usecases import actions, checks, deployments, incidents, links, relations, risks
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import ADMIN, NOW, OUTSIDER, VIEWER

FILE = "ranker/model.lock"


def shipped(app: App, days: float, *, failed: bool = False, **fields: object) -> Deployment:
    at = NOW - timedelta(days=days)
    given = {"title": "ranker to prod", "service": "ranker", "started_at": at, "finished_at": at, **fields}
    outcome = "failed" if failed else "succeeded"
    commit = f"{days}-{given['title']}"
    given.setdefault("changes", (Change(commit=commit, files=(FILE,)),))
    return deployments.record(app, ADMIN, Deployment(id="new", outcome=outcome, **given))


def factor(risk, text: str):
    return next((part for part in risk.factors if part.text == text), None)


def test_the_first_deployment_is_told_that_nothing_is_known(app: App) -> None:
    first = shipped(app, 9)
    assert first.risk is not None
    assert (first.risk.band, first.risk.probability) == ("unknown", None)
    assert risks.get_risk(app, VIEWER, first.id).said == first.risk


def test_a_sender_cannot_say_its_own_risk(app: App) -> None:
    honest = shipped(app, 9)
    lie = msgspec.structs.replace(honest.risk, band="low", probability=0.0, points=-600)
    again = shipped(app, 8, risk=lie)
    assert again.risk is not None
    assert again.risk.points != -600


def test_what_was_said_stays_and_later_failures_play_no_part(app: App) -> None:
    first = shipped(app, 9)
    second = shipped(app, 6)
    said = second.risk
    times = Times(detected_at=NOW - timedelta(days=5))
    hurt = NewIncident(title="Ranker is down", times=times, services=("ranker",))
    incident = incidents.declare(app, ADMIN, hurt)
    relations.decide(
        app, ADMIN, incident.id, DeploymentLink(deployment=first.id, relation="caused"), incident.revision
    )
    page = risks.get_risk(app, VIEWER, second.id)
    assert page.said == said
    assert page.risk.points == said.points  # type: ignore[union-attr]
    third = shipped(app, 1)
    because = factor(third.risk, f"Earlier changes to {FILE}")
    assert because is not None
    assert (because.because, because.records) == ("1 of 2 failed", (first.id,))


def test_a_revert_says_that_a_deployment_failed_whichever_comes_first(app: App) -> None:
    reverter = shipped(app, 3, title="Back to 7", changes=(Change(commit="b", files=("x",), reverts="a"),))
    taken = shipped(app, 4, title="ranker 8", changes=(Change(commit="a", files=("y",)),))
    last = shipped(app, 1, title="again", changes=(Change(commit="c", files=("y",)),))
    said = factor(last.risk, "Earlier changes to y")
    assert said is not None
    assert said.records == (taken.id,)
    deployments.record(app, ADMIN, Deployment(id="new", title="other"))
    assert reverter.id not in said.records


def test_what_a_reader_may_not_see_does_not_speak(app: App) -> None:
    for days in range(20, 8, -1):
        shipped(app, days, failed=True, scope="team:search")
    hidden = shipped(app, 5, scope="team:search")
    open_one = shipped(app, 4)
    assert hidden.risk is not None
    assert hidden.risk.known == 12
    assert open_one.risk is not None
    assert open_one.risk.known == 0
    with pytest.raises(NotFoundError):
        risks.get_risk(app, OUTSIDER, hidden.id)
    answer = checks.check(app, OUTSIDER, CheckQuestion(title="ranker to prod", files=(FILE,)))
    assert answer.risk_known == 1
    assert {name for part in answer.risk_factors for name in part.records} == {open_one.id}


def test_a_planned_deployment_is_no_history(app: App) -> None:
    deployments.record(app, ADMIN, Deployment(id="new", title="soon", outcome="planned"))
    assert shipped(app, 0).risk.known == 0  # type: ignore[union-attr]


def test_the_list_foretells_what_came_by_import_and_is_still_to_ship(app: App) -> None:
    shipped(app, 3)
    with app.store.begin(ADMIN, NOW) as tx:
        fields = {"title": "ranker to prod", "finished_at": NOW + timedelta(days=1)}
        soon = Deployment(id="DEP-0500", outcome="planned", **fields)
        tx.save_many([soon, Deployment(id="DEP-0501", **fields)], Event(verb="imported"))
    bands = {row.id: row.risk for row in deployments.list_deployments(app, VIEWER).rows}
    assert bands["DEP-0500"] == risks.get_risk(app, VIEWER, "DEP-0500").risk.band
    assert bands["DEP-0501"] is None


def test_what_is_still_open_is_a_factor(app: App) -> None:
    shipped(app, 9)
    promised = Action(
        id="new", title="Compare versions", services=("ranker",), written_at=NOW, updated_at=NOW
    )
    action = actions.promise(app, ADMIN, promised)
    incident = incidents.declare(app, ADMIN, NewIncident(title="Ranker is slow", services=("ranker",)))
    risk = shipped(app, 1).risk
    assert factor(risk, "Promises still open").records == (action.id,)
    assert factor(risk, "Incidents still open on the service").records == (incident.id,)


def test_a_freeze_is_a_factor(app: App) -> None:
    settings = msgspec.structs.replace(app.settings, freezes="2026-11-19/2026-11-21")
    frozen = msgspec.structs.replace(app, settings=settings)
    assert factor(shipped(frozen, 0).risk, "Inside a freeze").because == "2026-11-19/2026-11-21"


def test_a_teams_rule_sees_the_percent(app: App) -> None:
    for days in range(30, 1, -1):
        shipped(app, days, failed=days % 2 == 0)
    answer = checks.check(
        app, VIEWER, CheckQuestion(title="ranker to prod", files=(FILE,), services=("ranker",))
    )
    assert 30 < answer.risk < 70
    (app.settings.home / checks.RULES_FILE).write_text(
        f'[[rules]]\nwhen = "risk == {answer.risk}"\nverdict = "block"\nbecause = "risky"\n'
    )
    assert (
        checks.check(
            app, VIEWER, CheckQuestion(title="ranker to prod", files=(FILE,), services=("ranker",))
        ).verdict
        == "block"
    )


def test_what_was_stored_before_counts_after_a_reindex(app: App) -> None:
    with app.store.begin(ADMIN, NOW) as tx:
        at = NOW - timedelta(days=3)
        old = Deployment(id="DEP-0500", title="ranker to prod", outcome="failed", finished_at=at)
        tx.save_many([old], Event(verb="imported"))
        for table in ("risk_traits", "failures"):
            tx.connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608  (a constant)
    assert not factor(shipped(app, 2).risk, "How often changes fail here").records
    links.relink(app, ADMIN)
    assert factor(shipped(app, 1).risk, "How often changes fail here").records == ("DEP-0500",)
