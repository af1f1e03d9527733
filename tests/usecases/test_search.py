"""Search as people type it: conditions beside words, and what was promised and not kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.action import Action
from hardwon.domain.incident import Times
from hardwon.domain.search import Filters
from hardwon.settings import Settings
from hardwon.usecases import actions, incidents, indexing, people
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from hardwon.usecases.search import search
from tests.usecases.conftest import NOW

INCIDENTS = (
    ("Stale embeddings in the feed", "ranker", 1),
    ("Stale prices at checkout", "checkout", 3),
    ("Embeddings of the wrong model", "ranker", 4),
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """Three incidents, in January, February and March, and a promise after the first and the last."""
    with open_app(Settings(home=tmp_path, meaning=False), clock=lambda: NOW) as app:
        owner = people.local_owner(app)
        for month, (title, service, severity) in enumerate(INCIDENTS, 1):
            times = Times(started_at=datetime(2026, month, 10, tzinfo=UTC))
            new = NewIncident(title=title, services=(service,), severity=severity, times=times)
            incidents.declare(app, owner, new)
        for incident, due in (("INC-0001", date(2026, 3, 1)), ("INC-0003", date(2027, 3, 1))):
            promised = Action(
                id="new",
                title="Watch their age",
                incident=incident,
                due_on=due,
                written_at=NOW,
                updated_at=NOW,
            )
            actions.promise(app, owner, promised)
        indexing.catch_up(app)
        yield app


def found(app: App, text: str, **filters: tuple[str, ...]) -> list[str]:
    page = search(app, people.local_owner(app), text, filters=Filters(kinds=("incident",), **filters))  # type: ignore[arg-type]
    assert page.total == len(page.hits)
    return sorted(hit.id for hit in page.hits)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stale", ["INC-0001", "INC-0002"]),
        ("stale sev:<=2", ["INC-0001"]),
        ("service:ranker", ["INC-0001", "INC-0003"]),
        ("service:ranker service:checkout sev:3..4", ["INC-0002", "INC-0003"]),
        ("embeddings -feed", ["INC-0003"]),
        ('"stale prices"', ["INC-0002"]),
        ("before:2026-02", ["INC-0001"]),
        ("since:2026-02 before:2026-03", ["INC-0002"]),
        ("has:open-action", ["INC-0001", "INC-0003"]),
        ("has:overdue-action", ["INC-0001"]),
        ("embedings ", ["INC-0001", "INC-0003"]),
        ("has:open-action sev:2", []),
    ],
)
def test_conditions_are_typed_among_the_words(app: App, text: str, expected: list[str]) -> None:
    assert found(app, text) == expected


def test_what_was_chosen_and_what_was_typed_count_together(app: App) -> None:
    assert found(app, "sev:<=2", services=("ranker",)) == ["INC-0001"]


def test_what_was_not_understood_is_told_and_left_out(app: App) -> None:
    page = search(app, people.local_owner(app), "stale sev:high")
    assert page.asked.unclear == ("sev:high is no severity; write sev:2, sev:<=2 or sev:1..3",)
    assert {hit.id for hit in page.hits} >= {"INC-0001", "INC-0002"}


def test_a_kept_promise_is_searched_for_no_longer(app: App) -> None:
    owner = people.local_owner(app)
    actions.move(app, owner, "ACT-0001", "done", 1)
    assert found(app, "has:overdue-action") == []
