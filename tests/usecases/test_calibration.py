"""The check measured on a workspace's own changes: how many of them would have raised an alert."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hardwon.domain.catalog import Service, Team
from hardwon.domain.check import CheckQuestion
from hardwon.domain.deployment import Deployment
from hardwon.domain.event import Event
from hardwon.domain.incident import DeploymentLink, Times
from hardwon.usecases import calibration, catalog, checks, incidents, indexing
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import ADMIN, NOW

LIKE = "Raise the connection pool of the ranker"
OTHER = "Reword the imprint of the shop"


def ships(app: App, first: int, count: int, title: str, service: str = "ranker") -> list[Deployment]:
    made = [
        Deployment(
            id=f"DEP-{number:04d}",
            title=f"{title} {number}",
            service=service,
            outcome="succeeded",
            finished_at=NOW - timedelta(minutes=number),
        )
        for number in range(first, first + count)
    ]
    with app.store.begin(ADMIN, NOW) as tx:
        tx.save_many(made, Event(verb="imported"))
    return made


def measured(app: App) -> int:
    indexing.catch_up(app)
    rounds = 0
    while calibration.measure(app):
        rounds += 1
    return rounds


@pytest.fixture
def app(app: App) -> App:
    catalog.put(app, ADMIN, Team(id="search", name="Search"))
    catalog.put(app, ADMIN, Service(id="ranker", name="Ranker", team="search"))
    started = Times(started_at=NOW - timedelta(days=300))
    incidents.declare(
        app,
        ADMIN,
        NewIncident(title="Connection pool of the ranker exhausted", services=("ranker",), times=started),
    )
    return app


def asks(app: App, title: str) -> checks.CheckAnswer:
    return checks.check(app, ADMIN, CheckQuestion(title=title, services=("ranker",)))


def test_changes_that_harm_nothing_raise_the_bar_until_few_of_them_alert(app: App) -> None:
    indexing.catch_up(app)
    before = asks(app, LIKE)
    assert [finding.id for finding in before.incidents] == ["INC-0001"]
    assert before.measured == 0
    ships(app, 1, 30, LIKE)
    ships(app, 31, 90, OTHER)
    assert measured(app) == 24
    after = asks(app, f"{LIKE} 7")
    assert after.incidents == ()
    assert after.measured == 120
    assert after.bar > before.bar


def test_what_few_changes_touch_is_told_as_before(app: App) -> None:
    ships(app, 1, 5, LIKE)
    ships(app, 6, 115, OTHER)
    measured(app)
    after = asks(app, LIKE)
    assert [finding.id for finding in after.incidents] == ["INC-0001"]
    assert after.measured == 120


def test_a_change_that_did_harm_is_not_counted(app: App) -> None:
    ships(app, 1, 120, LIKE)
    measured(app)
    stored = incidents.get_incident(app, ADMIN, "INC-0001").incident
    caused = tuple(
        DeploymentLink(deployment=f"DEP-{number:04d}", relation="caused") for number in range(1, 31)
    )
    with app.store.begin(ADMIN, NOW) as tx:
        tx.save(
            type(stored)(
                **{**{f: getattr(stored, f) for f in stored.__struct_fields__}, "deployments": caused}
            ),
            (),
            1,
        )
    assert asks(app, LIKE).measured == 0


def test_a_team_with_few_changes_is_measured_by_everybodys(app: App) -> None:
    ships(app, 1, 120, OTHER, service="shop")
    ships(app, 121, 5, LIKE)
    measured(app)
    answer = asks(app, LIKE)
    assert answer.measured == 125
    assert [finding.id for finding in answer.incidents] == ["INC-0001"]


def test_a_team_owns_its_budget(app: App) -> None:
    ships(app, 1, 30, LIKE)
    ships(app, 31, 90, OTHER)
    measured(app)
    assert asks(app, f"{LIKE} 7").incidents == ()
    rules = "revision = 3\n[budgets]\nsearch = 0.4\n"
    (app.settings.home / checks.RULES_FILE).write_text(rules)
    answer = asks(app, f"{LIKE} 7")
    assert answer.budget == 0.4
    assert [finding.id for finding in answer.incidents] == ["INC-0001"]
