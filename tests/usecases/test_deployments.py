"""Deployments: what ran before one, to go back to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hardwon.domain.deployment import Deployment
from hardwon.usecases import deployments
from hardwon.usecases.app import App
from tests.usecases.conftest import ADMIN

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def ship(app: App, version: str, hours: float, **more: Any) -> str:
    known: dict[str, Any] = {"service": "ranker", "environment": "production", "outcome": "succeeded"}
    at = NOON + timedelta(hours=hours)
    shipped = Deployment(
        id="new", title=f"ranker {version}", version=version, finished_at=at, **(known | more)
    )
    return deployments.record(app, ADMIN, shipped).id


def test_one_goes_back_to_the_other_version_that_last_ran_there_well(app: App) -> None:
    first = ship(app, "1", -9)
    second = ship(app, "2", -8)
    ship(app, "3", -7, outcome="failed")
    ship(app, "4", -6, environment="staging")
    ship(app, "4", -5, service="mail")
    ship(app, "5", -3)
    ship(app, "5", -2, outcome="rolled_back")
    last = ship(app, "5", -1)
    ship(app, "6", 0)

    def back(name: str) -> str | None:
        found = deployments.get_deployment(app, ADMIN, name).rollback_to
        return found.id if found else None

    assert back(last) == second
    assert back(second) == first
    assert back(first) is None
    assert back(ship(app, "", 1)) is None
