"""Who asks too often waits; nobody else does, and probes never."""

from __future__ import annotations

from pathlib import Path

import pytest
from litestar.testing import TestClient

from hardwon import throttle
from hardwon.asgi import create_asgi
from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from tests.fresh import fresh


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Four requests a second: sixty at once for each credential and for each stranger's address."""
    moment = [0.0]
    monkeypatch.setattr(throttle.time, "monotonic", lambda: moment[0])
    settings = Settings(home=fresh(tmp_path), meaning=False, sign_in="accounts", requests_per_minute=240)
    with (
        open_app(settings) as app,
        TestClient(create_asgi(app), base_url="https://hardwon.example") as opened,
    ):
        opened.moment = moment  # type: ignore[attr-defined]
        yield opened


def ask(client, count: int, **headers: str) -> list[int]:
    return [client.get("/api/v1/incidents", headers=headers).status_code for _ in range(count)]


def test_who_asks_too_often_is_told_when_to_come_again(client) -> None:
    answers = ask(client, 61, authorization="Bearer one")
    assert (answers.count(401), answers[-1]) == (60, 429)
    refused = client.get("/api/v1/incidents", headers={"authorization": "Bearer one"})
    assert (refused.headers["retry-after"], refused.json()["code"]) == ("1", "throttled")
    assert ask(client, 1, authorization="Bearer two") == [401]
    client.moment[0] += 1
    assert ask(client, 5, authorization="Bearer one") == [401] * 4 + [429]


def test_a_new_credential_each_time_does_not_help(client) -> None:
    answers = [code for number in range(601) for code in ask(client, 1, authorization=f"Bearer {number}")]
    assert (answers.count(401), answers[-1]) == (600, 429)


def test_a_stranger_without_one_is_bound_by_the_address(client) -> None:
    answers = [client.get("/sign-in").status_code for _ in range(61)]
    assert (answers.count(200), answers[-1]) == (60, 429)
    assert client.get("/livez").status_code == 200


def test_buckets_do_not_pile_up(client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_KEPT", 10)
    ask(client, 1)
    for number in range(50):
        ask(client, 1, authorization=f"Bearer {number}")
    handler = client.app.asgi_handler._served
    assert len(handler._buckets) == 10


def test_an_owner_at_their_own_machine_is_never_kept_waiting(tmp_path: Path) -> None:
    with open_app(Settings(home=fresh(tmp_path), meaning=False, requests_per_minute=1)) as app:
        assert not isinstance(create_asgi(app).asgi_handler._served, throttle.Throttle)  # type: ignore[attr-defined]


def test_even_the_smallest_bound_answers_once(tmp_path: Path) -> None:
    settings = Settings(home=fresh(tmp_path), meaning=False, sign_in="accounts", requests_per_minute=1)
    with (
        open_app(settings) as app,
        TestClient(create_asgi(app), base_url="https://hardwon.example") as client,
    ):
        assert [client.get("/sign-in").status_code for _ in range(2)] == [200, 429]
