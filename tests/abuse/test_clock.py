"""Clocks that go wrong: an hour back, ten years ahead and back again, stopped, at the end of the calendar.

Nothing loses its order, no session outlives its time or lets somebody in, and nothing waits for a moment
that a wrong clock named.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from litestar.testing import TestClient

from hardwon.asgi import create_asgi
from hardwon.bootstrap import open_app
from hardwon.domain import sign_in as rules
from hardwon.domain.actor import Actor
from hardwon.domain.errors import ConflictError, ForbiddenError, HardwonError, NotFoundError
from hardwon.domain.incident import Incident
from hardwon.settings import Settings
from hardwon.storage import jobs
from hardwon.usecases import audit, evidence, incidents, outbox, people, sign_in, tokens
from hardwon.usecases.app import App
from hardwon.worker.loop import work_once
from tests.fresh import fresh

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
HOUR, YEARS = timedelta(hours=1), timedelta(days=3_653)
LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
PASSWORD = "four odd words zebra"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@contextmanager
def workspace(home: Path) -> Iterator[tuple[App, Clock, Actor]]:
    clock = Clock()
    settings = Settings(home=fresh(home, NOW), meaning=False, sign_in="accounts")
    with open_app(settings, clock=clock) as app:
        yield app, clock, people.local_owner(app)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[App, Clock, Actor]]:
    with workspace(tmp_path) as made:
        yield made


JUMPS = {
    "an hour back": (-HOUR, timedelta()),
    "ten years ahead and back": (YEARS, timedelta()),
    "stopped": (timedelta(), timedelta()),
    "a day back": (-24 * HOUR, -24 * HOUR),
}


@pytest.mark.parametrize("jump", JUMPS)
def test_nothing_loses_its_order_and_everything_is_told(opened, jump: str) -> None:
    app, clock, owner = opened
    names = []
    for step in (timedelta(), *JUMPS[jump]):
        clock.at = NOW + step
        for _ in range(3):
            made = incidents.declare(app, owner, incidents.NewIncident(title="Slow", team="search"))
            evidence.attach_file(app, owner, made.id, b"log", made.revision, filename="log.txt")
            names.append(made.id)
        work_once(app)
    assert names == sorted(names)
    with app.store.read(None) as reading:
        ask = reading.connection.exec_driver_sql
        told = ask("SELECT record FROM notices ORDER BY id").scalars().all()
        order = ask("SELECT record FROM audit WHERE kind = 'incident' ORDER BY position").scalars().all()
        waiting = ask("SELECT count(*) FROM jobs WHERE state = 'waiting'").scalar()
    assert list(told) == names
    assert list(order) == [name for name in names for _ in range(2)]
    assert waiting == 0
    assert audit.verify(app, owner).problems == ()


def test_the_trail_is_signed_again_after_the_clock_was_ahead(opened) -> None:
    app, clock, owner = opened
    clock.at = NOW + YEARS
    incidents.declare(app, owner, incidents.NewIncident(title="Slow"))
    work_once(app)
    clock.at = NOW
    incidents.declare(app, owner, incidents.NewIncident(title="Slow again"))
    audit.sequence(app)
    assert audit.checkpoint(app)


def enter(app: App, owner: Actor) -> str:
    return sign_in.redeem(app, sign_in.invite(app, owner, owner.id), PASSWORD, "Firefox")


def test_a_session_outlives_no_wrong_clock(opened) -> None:
    app, clock, owner = opened
    secret = enter(app, owner)
    clock.at = NOW - HOUR
    assert sign_in.resolve_session(app, secret).id == owner.id, "an hour back is no reason to sign in again"
    clock.at = NOW + YEARS
    with pytest.raises(ForbiddenError):
        sign_in.resolve_session(app, secret)
    ahead = enter(app, owner)
    clock.at = NOW
    with pytest.raises(ForbiddenError):
        sign_in.resolve_session(app, ahead)


def test_a_session_of_a_wrong_clock_that_lives_on_is_caught(opened, monkeypatch) -> None:
    app, clock, owner = opened
    monkeypatch.setattr(rules, "SKEW", timedelta(days=40_000))
    clock.at = NOW + YEARS
    ahead = enter(app, owner)
    clock.at = NOW
    assert sign_in.resolve_session(app, ahead).id == owner.id, "the bound is not what ends it"


def test_links_and_tokens_end_by_the_clock_and_work_once(opened) -> None:
    app, clock, owner = opened
    link = sign_in.invite(app, owner, owner.id)
    token, _ = tokens.issue(app, owner, "ci", ("read",), days=30)
    clock.at = NOW + YEARS
    with pytest.raises(NotFoundError):
        sign_in.redeem(app, link, PASSWORD, "")
    with pytest.raises(ForbiddenError):
        people.resolve_token(app, token)
    clock.at = NOW - HOUR
    assert people.resolve_token(app, token).permissions
    sign_in.redeem(app, link, PASSWORD, "")
    with pytest.raises(NotFoundError):
        sign_in.redeem(app, link, PASSWORD, "")


def test_nobody_is_shut_out_by_attempts_that_a_wrong_clock_counted(opened) -> None:
    app, clock, owner = opened
    enter(app, owner)
    clock.at = NOW + YEARS
    for _ in range(rules.MOST_BY_PERSON + 1):
        with pytest.raises(HardwonError):
            sign_in.sign_in(app, owner.id, "a wrong password", address="192.0.2.1")
    clock.at = NOW
    assert sign_in.sign_in(app, owner.id, PASSWORD, address="192.0.2.1")


def test_a_lease_of_a_wrong_clock_is_taken_over(opened) -> None:
    app, _, owner = opened
    with app.store.begin(owner, NOW) as tx:
        jobs.enqueue(tx, "mail", {}, NOW)
    with app.store.begin(owner, NOW + YEARS) as tx:
        stuck = jobs.claim(tx, "ahead", timedelta(minutes=5), kinds=("mail",))
    with app.store.begin(owner, NOW) as tx:
        taken = jobs.claim(tx, "right", timedelta(minutes=5), kinds=("mail",))
    assert stuck is not None
    assert taken is not None
    with app.store.begin(owner, NOW) as tx, pytest.raises(ConflictError):
        jobs.finish(tx, stuck)


def test_the_end_of_the_calendar_is_no_error_of_ours(tmp_path: Path) -> None:
    clock = Clock()
    settings = Settings(home=fresh(tmp_path, NOW), meaning=False)
    with open_app(settings, clock=clock) as app:
        owner = people.local_owner(app)
        made: Incident = incidents.declare(app, owner, incidents.NewIncident(title="Slow"))
        secret, _ = tokens.issue(app, owner, "test", ("read", "write", "review"))
        with TestClient(
            create_asgi(app), base_url="http://127.0.0.1", raise_server_exceptions=False
        ) as client:
            client.headers["Authorization"] = f"Bearer {secret}"
            for at in (NOW, datetime(1971, 1, 1, tzinfo=UTC), LAST):
                clock.at = at
                for path in (
                    f"incidents/{made.id}",
                    "incidents",
                    "actions",
                    "reviews",
                    "runbooks",
                    "search?q=slow",
                ):
                    assert client.get(f"/api/v1/{path}").status_code < 500, (at, path)
                sent = client.post("/api/v1/incidents", json={"title": "At the end"})
                assert sent.status_code < 500, (at, sent.text)
        clock.at = NOW
        outbox.deliver(app)
        work_once(app)
        assert audit.verify(app, owner).problems == ()
