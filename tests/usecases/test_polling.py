"""Sources are asked: what is found is kept once, nothing is lost in between, and nobody is asked too often.

The peers are made-up servers that speak the parts of Prometheus's and GitHub's API that are asked; the real MLflow,
Prometheus and Alertmanager are asked in `tests/journeys/test_polling.py`.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.errors import (
    ForbiddenError,
    InputError,
    NotFoundError,
    RevisionConflictError,
    RuleError,
)
from hardwon.domain.incident import Incident
from hardwon.domain.source import Poll, Source
from hardwon.exchange.pollers import ask
from hardwon.settings import Settings
from hardwon.storage.polls import PollState
from hardwon.storage.queries.records import count_records, get_record
from hardwon.usecases import audit, capture, polling, receiving, sources
from hardwon.usecases.app import App
from hardwon.usecases.sources import NewSource
from hardwon.worker.loop import run
from tests.fresh import fresh
from tests.peer import Asked, Peer, Told, peering
from tests.servers import wait_for
from tests.usecases.conftest import ADMIN, RESPONDER
from tests.usecases.test_capture import Clock
from tests.usecases.test_erasure import left_of

TOKEN = "a-token-that-nobody-guesses"
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, clock: Clock) -> Settings:
    return Settings(home=fresh(tmp_path, clock.now), meaning=False, egress_allow="127.0.0.1")


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Iterator[App]:
    with open_app(settings, clock=clock) as opened:
        yield opened


@pytest.fixture(params=KINDS)
def either(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[App]:
    url = request.getfixturevalue("postgres_workspace")() if request.param == "postgresql" else ""
    home = tmp_path if url else fresh(tmp_path, clock.now)
    given = Settings(home=home, meaning=False, egress_allow="127.0.0.1", database_url=url)
    with open_app(given, clock=clock) as opened:
        yield opened


@pytest.fixture
def peer() -> Iterator[Peer]:
    with peering(lambda _: firing()) as made:
        yield made


def alert(name: str, since: str = "2026-11-20T09:50:00.390151638Z", state: str = "firing") -> dict[str, Any]:
    labels = {"alertname": name, "service": "scorer", "severity": "critical"}
    return {"labels": labels, "annotations": {"summary": "It fires"}, "state": state, "activeAt": since}


def firing(*alerts: dict[str, Any], headers: tuple[tuple[str, str], ...] = ()) -> Told:
    """Return what Prometheus answers to /api/v1/alerts."""
    return Told({"status": "success", "data": {"alerts": list(alerts)}}, headers=headers)


def asked_source(app: App, peer: Peer, kind: str = "prometheus", path: str = "", minutes: int = 5) -> str:
    source, _ = sources.add(app, ADMIN, NewSource(title=f"Our {kind}", kind=kind, opens="true"))  # type: ignore[arg-type]
    polling.set_up(app, ADMIN, source.id, Poll(address=peer.address + path, minutes=minutes), TOKEN, 1)
    return source.id


def state_of(app: App, source: str) -> PollState:
    state = polling.get_polling(app, ADMIN, source).state
    assert state is not None
    return state


def rows_of(app: App, source: str) -> list[tuple[str, str]]:
    rows = sources.get_source(app, ADMIN, source).deliveries.rows
    return [(row.event, row.state) for row in rows]


def count(app: App, kind: str) -> int:
    with app.store.read(None) as reading:
        return count_records(reading)[kind]  # type: ignore[index]


def test_what_fires_opens_an_incident_and_what_fires_no_more_ends_it(
    either: App, peer: Peer, clock: Clock
) -> None:
    app, source = either, asked_source(either, peer)
    peer.answer = lambda _: firing(alert("Stale"), alert("Late", state="pending"))
    assert polling.poll_due(app)
    capture.digest(app)
    (asked,) = peer.take()
    assert (asked.path, asked.headers["authorization"]) == ("/api/v1/alerts", f"Bearer {TOKEN}")
    with app.store.read(None) as reading:
        opened = get_record(reading, Incident, "INC-0001")
    assert (opened.title, opened.times.started_at) == (
        "Stale on scorer",
        datetime(2026, 11, 20, 9, 50, 0, 390_000, UTC),
    )
    assert not polling.poll_due(app)
    clock.now += timedelta(minutes=5)
    assert polling.poll_due(app)
    assert len(rows_of(app, source)) == 1
    peer.answer = lambda _: firing()
    clock.now += timedelta(minutes=5)
    assert polling.poll_due(app)
    capture.digest(app)
    clock.now += timedelta(minutes=1_000_000)
    capture.settle(app)
    with app.store.read(None) as reading:
        assert get_record(reading, Incident, "INC-0001").status == "resolved"
    assert count(app, "incident") == 1
    rows = sources.get_source(app, ADMIN, source).deliveries.rows
    assert [row.polled for row in rows] == [True, True]
    audit.sequence(app)
    assert audit.verify(app, ADMIN).problems == ()


def test_a_system_that_is_down_is_asked_ever_more_rarely_and_at_once_when_a_person_says_so(
    app: App, peer: Peer, clock: Clock
) -> None:
    source = asked_source(app, peer)
    peer.answer = lambda _: Told({"error": "no"}, 503)
    waits = []
    for _ in range(9):
        clock.now = state_of(app, source).next_at
        assert polling.poll_due(app)
        waits.append((state_of(app, source).next_at - clock.now).total_seconds() / 60)
    assert waits == [5, 10, 20, 40, 80, 160, 320, 360, 360]
    told = state_of(app, source)
    assert (told.failures, told.reason, told.last_at) == (9, "it answers 503 Service Unavailable", None)
    polling.poll_now(app, ADMIN, source)
    peer.answer = lambda _: firing(alert("Stale"))
    assert polling.poll_due(app)
    told = state_of(app, source)
    assert (told.failures, told.reason, told.last_at) == (0, "", clock.now)
    assert told.next_at == clock.now + timedelta(minutes=5)
    assert len(rows_of(app, source)) == 1


def test_nobody_there_is_said_in_words(app: App) -> None:
    with peering(lambda _: firing()) as gone:
        source = asked_source(app, gone)
    assert polling.poll_due(app)
    assert state_of(app, source).reason == "it cannot be asked: Connection refused"


def test_our_own_network_is_not_asked_unless_the_settings_name_it(
    tmp_path: Path, peer: Peer, clock: Clock
) -> None:
    with open_app(Settings(home=fresh(tmp_path, clock.now), meaning=False), clock=clock) as app:
        source = asked_source(app, peer)
        assert polling.poll_due(app)
        assert "not a public address" in state_of(app, source).reason
    assert peer.asked == []


@pytest.mark.parametrize(
    ("told", "minutes"),
    [
        (Told({}, 429, (("Retry-After", "1800"),)), 30),
        (Told({}, 503, (("Retry-After", "Fri, 20 Nov 2026 10:30:00 GMT"),)), 30),
        (Told({}, 403, (("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1795170600"))), 30),
        (Told({}, 429, (("Retry-After", "99999999999"),)), 24 * 60),
        (Told({}, 429, (("Retry-After", "soon"),)), 5),
        (Told({}, 403, (("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "-7"))), 5),
    ],
)
def test_a_system_that_wants_to_be_left_alone_is(
    app: App, peer: Peer, clock: Clock, told: Told, minutes: int
) -> None:
    source = asked_source(app, peer)
    peer.answer = lambda _: told
    assert polling.poll_due(app)
    state = state_of(app, source)
    assert state.next_at == clock.now + timedelta(minutes=minutes)
    assert state.failures == 1
    if state.held_until:
        with pytest.raises(RuleError, match="left alone"):
            polling.poll_now(app, ADMIN, source)
    clock.now += timedelta(minutes=minutes)
    peer.answer = lambda _: firing(alert("Stale"))
    assert polling.poll_due(app)
    assert (state_of(app, source).failures, len(rows_of(app, source))) == (0, 1)


@pytest.mark.parametrize(
    ("left", "limit", "minutes"),
    [
        ("0", "", 30),
        ("250", "5000", 30),
        ("251", "5000", 5),
        ("1", "", 5),
        ("-1", "x", 5),
        ("many", "5000", 5),
    ],
)
def test_an_answer_that_uses_up_the_rate_is_good_and_the_next_waits(
    app: App, peer: Peer, clock: Clock, left: str, limit: str, minutes: int
) -> None:
    source = asked_source(app, peer)
    rate = (
        ("X-RateLimit-Remaining", left),
        ("X-RateLimit-Limit", limit),
        ("X-RateLimit-Reset", "1795170600"),
    )
    peer.answer = lambda _: firing(alert("Stale"), headers=rate)
    assert polling.poll_due(app)
    state = state_of(app, source)
    assert (state.failures, state.next_at) == (0, clock.now + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "told",
    [
        Told(b"x" * (11 << 20)),
        Told(b"<html>sign in</html>"),
        Told(b"[" * 100_000),
        Told(b"\xff\xfe"),
        firing(alert("\ud800")),
        Told([]),
        Told("success"),
        Told({"status": "success", "data": {"alerts": {"labels": {}}}}),
        Told({"status": "error", "data": {"alerts": []}}),
        Told({}, 302, (("Location", "http://169.254.169.254/"),)),
        Told({}, 401),
        Told({}, 304),
        Told(b"\x1f\x8b", 200, (("Content-Encoding", "gzip"),)),
    ],
)
def test_a_system_that_lies_is_told_of_and_ends_nothing(
    app: App, peer: Peer, clock: Clock, told: Told
) -> None:
    source = asked_source(app, peer)
    peer.answer = lambda _: firing(alert("Stale"))
    assert polling.poll_due(app)
    peer.answer = lambda _: told
    clock.now += timedelta(minutes=5)
    assert polling.poll_due(app)
    assert state_of(app, source).reason
    assert TOKEN not in state_of(app, source).reason
    assert len(rows_of(app, source)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"labels": None},
        {"labels": {"alertname": 7}},
        {"labels": {"alertname": "x", "deep": {"a": []}}},
        {"labels": {}},
        {"state": ["firing"]},
        {"activeAt": 7},
        {"activeAt": "yesterday"},
        {"annotations": [1]},
        {"labels": {f"l{number}": "x" * 5_000 for number in range(200)}},
    ],
)
def test_an_alert_of_wrong_types_does_not_keep_the_others_from_being_read(
    app: App, peer: Peer, wrong: dict[str, Any]
) -> None:
    source = asked_source(app, peer)
    peer.answer = lambda _: firing({**alert("Wrong"), **wrong}, alert("Stale"), 7)  # type: ignore[arg-type]
    assert polling.poll_due(app)
    assert state_of(app, source).failures == 0
    capture.digest(app)
    with app.store.read(None) as reading:
        titles = {
            get_record(reading, Incident, f"INC-{n:04d}").title for n in range(1, count(app, "incident") + 1)
        }
    assert "Stale on scorer" in titles
    assert all(state == "done" for _, state in rows_of(app, source))


def test_a_storm_comes_in_deliveries_of_a_bounded_size_and_does_not_end_what_fires(
    app: App, peer: Peer, clock: Clock
) -> None:
    source = asked_source(app, peer)
    peer.answer = lambda _: firing(*(alert(f"A{number}") for number in range(5_200)))
    assert polling.poll_due(app)
    assert len(rows_of(app, source)) == 10
    peer.answer = lambda _: firing(*(alert(f"A{number}") for number in reversed(range(5_200))))
    clock.now += timedelta(minutes=5)
    assert polling.poll_due(app)
    assert len(rows_of(app, source)) == 10


def test_two_processes_do_not_ask_twice_and_who_is_late_is_not_believed(
    either: App, peer: Peer, clock: Clock
) -> None:
    app, source = either, asked_source(either, peer)
    here, go = threading.Event(), threading.Event()

    def slow(_: Asked) -> Told:
        here.set()
        go.wait(9)
        return firing(alert("Old"))

    peer.answer = slow
    late = threading.Thread(target=polling.poll_due, args=(app,))
    late.start()
    assert here.wait(5)
    assert not polling.poll_due(app)
    assert len(peer.take()) == 1
    clock.now += timedelta(minutes=4)
    peer.answer = lambda _: firing(alert("New"))
    assert polling.poll_due(app)
    go.set()
    late.join(10)
    ((event, _),) = rows_of(app, source)
    assert event == ""
    body = sources.get_body(app, ADMIN, source, 1)[1]
    assert json.loads(body)["alerts"][0]["labels"]["alertname"] == "New"


_CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import polling
settings = Settings(home=Path(sys.argv[1]), meaning=False, egress_allow="127.0.0.1")
with open_app(settings, clock=lambda: datetime(2026, 11, 20, 10, tzinfo=UTC)) as app:
    polling.poll_due(app)
"""


def test_a_process_that_is_killed_while_it_asks_loses_nothing(
    settings: Settings, peer: Peer, clock: Clock
) -> None:
    with open_app(settings, clock=clock) as app:
        source = asked_source(app, peer)
    here, go = threading.Event(), threading.Event()

    def slow(_: Asked) -> Told:
        here.set()
        go.wait(20)
        return firing(alert("Stale"))

    peer.answer = slow
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(settings.home)])
    assert here.wait(30)
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    go.set()
    peer.answer = lambda _: firing(alert("Stale"))
    with open_app(settings, clock=clock) as app:
        assert not polling.poll_due(app)
        assert rows_of(app, source) == []
        clock.now += timedelta(minutes=4)
        assert polling.poll_due(app)
        assert len(rows_of(app, source)) == 1


def test_what_was_found_and_how_far_it_came_are_kept_together_or_not_at_all(
    app: App, peer: Peer, clock: Clock
) -> None:
    from sqlalchemy import text

    source = asked_source(app, peer)
    peer.answer = lambda _: firing(alert("Stale"))
    full = "CREATE TRIGGER full BEFORE INSERT ON deliveries BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    with app.store.engine.begin() as connection:
        connection.execute(text(full))
    with pytest.raises(Exception, match="disk full"):
        polling.poll_due(app)
    with app.store.engine.begin() as connection:
        assert connection.scalar(text("SELECT cursor FROM polls")) == b""
        connection.execute(text("DROP TRIGGER full"))
    clock.now += timedelta(minutes=4)
    assert polling.poll_due(app)
    assert len(rows_of(app, source)) == 1


def test_a_token_is_nowhere_in_the_database_and_goes_with_its_address(app: App, peer: Peer) -> None:
    source = asked_source(app, peer)
    assert left_of(app, TOKEN) == []
    assert state_of(app, source).has_token
    saved = polling.set_up(app, ADMIN, source, Poll(address=peer.address, minutes=7), "", 2)
    assert polling.poll_due(app)
    assert peer.take()[0].headers["authorization"] == f"Bearer {TOKEN}"
    polling.set_up(app, ADMIN, source, Poll(address=f"{peer.address}/other"), "", saved.revision)
    assert not state_of(app, source).has_token
    assert polling.poll_due(app)
    assert "authorization" not in peer.take()[0].headers
    polling.set_up(app, ADMIN, source, Poll(address=peer.address), "ada:secret", saved.revision + 1)
    assert polling.poll_due(app)
    assert peer.take()[0].headers["authorization"] == "Basic YWRhOnNlY3JldA=="


def test_a_key_that_is_gone_is_one_sources_trouble_alone(app: App, peer: Peer, clock: Clock) -> None:
    source = asked_source(app, peer)
    (app.settings.home / "secrets.key").write_bytes(b"x" * 32)
    other = asked_source(app, peer)
    clock.now += timedelta(seconds=1)
    assert polling.poll_due(app)
    assert polling.poll_due(app)
    assert "cannot be read" in state_of(app, source).reason
    assert state_of(app, other).reason == ""


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("prometheus", "ftp://host/"),
        ("prometheus", "http://ada:secret@host/"),
        ("prometheus", "http://host/?x=1"),
        ("prometheus", "http://host/#x"),
        ("prometheus", "http://ho st/"),
        ("prometheus", "http://[::1"),
        ("prometheus", "host"),
        ("mlflow", "https://"),
        ("github", "https://api.github.com/repos/shop/scorer"),
        ("github", "https://github.com/shop/scorer/settings/hooks/7"),
        ("generic", "https://host"),
    ],
)
def test_an_address_that_cannot_be_asked_is_refused(app: App, kind: str, address: str) -> None:
    source, _ = sources.add(app, ADMIN, NewSource(title="x", kind=kind))  # type: ignore[arg-type]
    with pytest.raises(InputError):
        polling.set_up(app, ADMIN, source.id, Poll(address=address), "", 1)
    assert polling.get_polling(app, ADMIN, source.id).state is None


@pytest.mark.parametrize("token", ["two words", "ends\nhere: x", "é", "x" * 1_001])
def test_a_token_that_no_header_holds_is_refused(app: App, peer: Peer, token: str) -> None:
    source, _ = sources.add(app, ADMIN, NewSource(title="x", kind="prometheus"))
    with pytest.raises(InputError, match="no token"):
        polling.set_up(app, ADMIN, source.id, Poll(address=peer.address), token, 1)


def test_who_is_switched_off_or_taken_off_is_not_asked(app: App, peer: Peer, clock: Clock) -> None:
    import msgspec

    source = asked_source(app, peer)
    with app.store.read(None) as reading:
        stored = get_record(reading, Source, source)
    off = sources.change(
        app, ADMIN, msgspec.structs.replace(stored, active=False, poll=None), stored.revision
    )
    assert off.poll == stored.poll
    assert polling.poll_due(app)
    assert peer.asked == []
    assert state_of(app, source).last_at is None
    with pytest.raises(RuleError, match="switched off"):
        polling.poll_now(app, ADMIN, source)
    with pytest.raises(RevisionConflictError):
        polling.stop(app, ADMIN, source, 1)
    assert polling.stop(app, ADMIN, source, off.revision).poll is None
    with pytest.raises(NotFoundError):
        polling.poll_now(app, ADMIN, source)
    clock.now += timedelta(days=1)
    assert not polling.poll_due(app)


def test_only_an_admin_says_who_is_asked(app: App, peer: Peer) -> None:
    source = asked_source(app, peer)
    for asked in (
        lambda: polling.set_up(app, RESPONDER, source, Poll(address=peer.address), "", 2),
        lambda: polling.stop(app, RESPONDER, source, 2),
        lambda: polling.poll_now(app, RESPONDER, source),
        lambda: polling.get_polling(app, RESPONDER, source),
    ):
        with pytest.raises(ForbiddenError):
            asked()


def test_a_slow_system_keeps_no_other_work_waiting(app: App, peer: Peer) -> None:
    source = asked_source(app, peer)
    here, go, stop = threading.Event(), threading.Event(), threading.Event()

    def slow(_: Asked) -> Told:
        here.set()
        go.wait(20)
        return firing(alert("Stale"))

    peer.answer = slow
    worker = threading.Thread(target=run, args=(app, stop))
    worker.start()
    assert here.wait(10)
    generic, secret = sources.add(app, ADMIN, NewSource(title="CI", kind="generic"))
    told = json.dumps({"type": "deployment", "key": "b7", "title": "Ship", "outcome": "planned"}).encode()
    receiving.receive(app, generic.id, {"authorization": f"Bearer {secret}"}, told).result(10)
    wait_for(lambda: count(app, "deployment") == 1)
    assert rows_of(app, source) == []
    go.set()
    wait_for(lambda: count(app, "incident") == 1)
    stop.set()
    worker.join(20)
    assert not worker.is_alive()


# GitHub: a faithful peer of the two endpoints that list and give back deliveries.


class Hook:
    """A webhook's deliveries as GitHub's API lists them: newest first, in pages, with an ETag."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self.sent: list[dict[str, Any]] = []
        self.size, self.limit, self.gone = 100, 10**6, set[int]()

    def send(self, number: int, minute: float, **more: Any) -> dict[str, Any]:
        """Let a deployment be told of, and its delivery fail."""
        when = (self.start + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")
        payload = {
            "action": "created",
            "deployment": {"id": number, "sha": "a" * 40, "ref": "main", "environment": "production"},
            "deployment_status": {"state": "success", "updated_at": when},
            "repository": {"full_name": "shop/scorer", "html_url": "https://github.com/shop/scorer"},
        }
        headers = {
            "Accept": "*/*",
            "X-GitHub-Delivery": f"guid-{number}",
            "X-GitHub-Event": "deployment_status",
            "X-Hub-Signature-256": "sha256=0000",
            "content-type": "application/json",
        }
        sent = {
            "id": 1_000 + number,
            "guid": f"guid-{number}",
            "delivered_at": when,
            "status_code": 502,
            "event": "deployment_status",
            "request": {"headers": headers, "payload": payload},
            **more,
        }
        self.sent.insert(0, sent)
        return sent

    def __call__(self, asked: Asked) -> Told:
        self.limit -= 1
        rate = (("X-RateLimit-Remaining", str(max(0, self.limit))), ("X-RateLimit-Reset", "1795170600"))
        if self.limit < 0:
            return Told({"message": "API rate limit exceeded"}, 403, rate)
        if not asked.path.startswith("/repos/shop/scorer/hooks/7/deliveries"):
            return Told({"message": "Not Found"}, 404, rate)
        name = asked.path.rpartition("/")[2]
        if name != "deliveries":
            one = next((one for one in self.sent if one["id"] == int(name)), None)
            found = one is not None and one["id"] not in self.gone
            return Told(one, 200, rate) if found else Told({"message": "Not Found"}, 404, rate)
        tag = f'W/"{len(self.sent)}"'
        first = int(asked.query.get("cursor", "v0").removeprefix("v"))
        if not first and asked.headers.get("if-none-match") == tag:
            return Told(b"", 304, rate)
        listed = [
            {k: v for k, v in one.items() if k != "request"} for one in self.sent[first : first + self.size]
        ]
        link: tuple[tuple[str, str], ...] = ()
        if first + self.size < len(self.sent):
            target = f"<https://elsewhere.example.org{asked.path}?per_page=100&cursor=v{first + self.size}>"
            link = (("Link", f'{target}; rel="next"'),)
        return Told(listed, 200, (*rate, *link, ("ETag", tag)))


@pytest.fixture
def hook(peer: Peer, clock: Clock) -> Hook:
    made = Hook(clock.now - timedelta(hours=1))
    peer.answer = made
    return made


HOOK = "/repos/shop/scorer/hooks/7"


def test_a_delivery_that_never_came_is_fetched_and_one_that_came_is_not(
    app: App, peer: Peer, hook: Hook, clock: Clock
) -> None:
    import hashlib
    import hmac

    source = asked_source(app, peer, "github", HOOK)
    secret = sources.renew_secret(app, ADMIN, source)
    for number in range(3):
        hook.send(number, number)
    body = json.dumps(hook.sent[1]["request"]["payload"]).encode()
    signed = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "x-github-delivery": "guid-1",
        "x-github-event": "deployment_status",
        "x-hub-signature-256": signed,
    }
    receiving.receive(app, source, headers, body).result(10)
    assert polling.poll_due(app)
    assert [one.path.rpartition("/")[2] for one in peer.take()] == ["deliveries", "1000", "1002"]
    capture.digest(app)
    assert count(app, "deployment") == 3
    rows = sources.get_source(app, ADMIN, source).deliveries.rows
    assert [(row.key, row.polled, row.event) for row in rows] == [
        ("guid-2", True, "deployment_status.created"),
        ("guid-0", True, "deployment_status.created"),
        ("guid-1", False, "deployment_status.created"),
    ]
    assert not receiving.receive(app, source, {**headers, "x-github-delivery": "guid-2"}, body).result(10)
    clock.now += timedelta(minutes=5)
    assert polling.poll_due(app)
    (asked,) = peer.take()
    assert asked.headers["if-none-match"] == 'W/"3"'
    assert asked.headers["x-github-api-version"] == "2022-11-28"
    hook.send(3, 30)
    clock.now += timedelta(minutes=5)
    assert polling.poll_due(app)
    assert [one.path.rpartition("/")[2] for one in peer.take()] == ["deliveries", "1003"]


def test_many_that_were_missed_take_several_rounds_and_each_is_fetched_once(
    app: App, peer: Peer, hook: Hook, clock: Clock
) -> None:
    source = asked_source(app, peer, "github", HOOK)
    hook.size = 20
    for number in range(90):
        hook.send(number, number / 2)
    rounds = 0
    while polling.poll_due(app):
        rounds += 1
        assert len([one for one in peer.asked if "cursor" not in one.query]) <= 40 * rounds
        clock.now += timedelta(seconds=2)
    assert rounds == 3
    fetched = [one.path for one in peer.take() if not one.path.endswith("deliveries")]
    assert (len(fetched), len(set(fetched))) == (90, 90)
    while capture.digest(app):
        pass
    assert count(app, "deployment") == 90
    assert state_of(app, source).failures == 0


def test_a_rate_that_is_used_up_keeps_what_was_fetched_until_then(
    app: App, peer: Peer, hook: Hook, clock: Clock
) -> None:
    source = asked_source(app, peer, "github", HOOK)
    for number in range(8):
        hook.send(number, number)
    hook.limit = 4
    assert polling.poll_due(app)
    state = state_of(app, source)
    assert (len(rows_of(app, source)), state.next_at) == (3, clock.now + timedelta(minutes=30))
    assert not polling.poll_due(app)
    clock.now, hook.limit = state.next_at, 1_000
    peer.take()
    assert polling.poll_due(app)
    assert len(peer.take()) == 6
    assert len(rows_of(app, source)) == 8


def test_a_list_without_an_end_is_left_after_a_while_and_read_anew_later(
    app: App, peer: Peer, hook: Hook, clock: Clock
) -> None:
    source = asked_source(app, peer, "github", HOOK)
    hook.send(1, 0)
    honest = peer.answer

    def endless(asked: Asked) -> Told:
        told = honest(Asked(asked.path, {}, asked.headers))
        return told._replace(headers=(("Link", '<http://x/?cursor=v1>; rel="next"'),))

    peer.answer = endless
    while state_of(app, source).failures == 0:
        assert polling.poll_due(app)
        clock.now += timedelta(seconds=2)
    assert "does not end" in state_of(app, source).reason
    assert len(peer.asked) < 120
    peer.answer = honest
    clock.now = state_of(app, source).next_at
    assert polling.poll_due(app)
    assert state_of(app, source).failures == 0
    assert len(rows_of(app, source)) == 1


@pytest.mark.parametrize(
    "lie",
    [
        {"id": "7/../../../user"},
        {"id": True},
        {"id": None},
        {"guid": ["x"]},
        {"delivered_at": "soon"},
        {"request": {"headers": "none", "payload": "text"}},
        {"request": None},
        {"request": {"headers": {"X-GitHub-Event": 7}, "payload": {}}},
        {"guid": "x" * 5_000},
    ],
)
def test_a_delivery_of_wrong_types_is_left_out_and_the_others_are_not(
    app: App, peer: Peer, hook: Hook, lie: dict[str, Any]
) -> None:
    source = asked_source(app, peer, "github", HOOK)
    hook.send(1, 0)
    hook.send(2, 1, **lie)
    hook.send(3, 2)
    assert polling.poll_due(app)
    assert state_of(app, source).failures == 0
    assert {"guid-1", "guid-3"} <= {row.key for row in sources.get_source(app, ADMIN, source).deliveries.rows}
    assert all(one.path.startswith(f"{HOOK}/deliveries") for one in peer.asked)


def test_what_github_no_longer_keeps_or_is_too_large_is_passed_over(app: App, peer: Peer, hook: Hook) -> None:
    source = asked_source(app, peer, "github", HOOK)
    hook.send(1, 0)
    hook.gone.add(1_001)
    large = hook.send(2, 1)
    large["request"]["payload"]["pad"] = "x" * (6 << 20)
    huge = hook.send(3, 2)
    huge["request"]["payload"]["pad"] = "x" * (11 << 20)
    hook.send(4, 3)
    assert polling.poll_due(app)
    assert [row.key for row in sources.get_source(app, ADMIN, source).deliveries.rows] == ["guid-4"]
    assert state_of(app, source).failures == 0


def test_a_delivery_that_cannot_be_fetched_now_keeps_no_other_back_and_is_asked_for_again(
    app: App, peer: Peer, hook: Hook, clock: Clock
) -> None:
    source = asked_source(app, peer, "github", HOOK)
    for number in range(1, 5):
        hook.send(number, number)
    peer.answer = lambda asked: Told({}, 502) if asked.path.endswith("/1002") else hook(asked)
    assert polling.poll_due(app)
    assert len(rows_of(app, source)) == 3
    assert state_of(app, source).reason == "it answers 502 Bad Gateway"
    peer.answer = lambda asked: hook(asked) if asked.path.endswith("deliveries") else Told({}, 502)
    for number in range(5, 8):
        hook.send(number, number)
    peer.take()
    clock.now = state_of(app, source).next_at
    assert polling.poll_due(app)
    assert len(peer.take()) == 4
    peer.answer = hook
    clock.now = state_of(app, source).next_at
    assert polling.poll_due(app)
    assert (state_of(app, source).failures, len(rows_of(app, source))) == (0, 7)


def test_deliveries_that_hold_nothing_are_asked_for_once(
    app: App, peer: Peer, hook: Hook, clock: Clock
) -> None:
    source = asked_source(app, peer, "github", HOOK)
    for number in range(100):
        hook.send(number, number / 2, request=None)
    assert sweep(app, clock) == 3
    assert (state_of(app, source).failures, rows_of(app, source)) == (0, [])
    hook.send(100, 50)
    peer.take()
    clock.now = state_of(app, source).next_at
    assert sweep(app, clock) == 1
    assert [one.path.rpartition("/")[2] for one in peer.take()] == ["deliveries", "1100"]


def test_what_would_not_be_read_is_not_fetched(app: App, peer: Peer, hook: Hook) -> None:
    asked_source(app, peer, "github", HOOK)
    hook.send(1, 0, event="push")
    hook.send(2, 1, event=None)
    hook.send(3, 2)
    assert polling.poll_due(app)
    assert [one.path.rpartition("/")[2] for one in peer.asked] == ["deliveries", "1003"]


@pytest.mark.slow
def test_a_slow_system_is_given_up_in_time(app: App, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask._SECONDS == 10
    monkeypatch.setattr(ask, "_SECONDS", 2.0)
    source = asked_source(app, peer)
    go = threading.Event()
    peer.answer = lambda _: Told(str(go.wait(30)).encode())
    began = time.monotonic()
    assert polling.poll_due(app)
    go.set()
    assert 2 <= time.monotonic() - began < 4
    assert state_of(app, source).reason == "it does not answer in time"


# MLflow: what the real server in the journeys does not do. The peer pages as MLflow does.


class Registry:
    """A registry of made-up models, a hundred on a page."""

    def __init__(self, models: int) -> None:
        self.aliases = {f"model-{number:05d}": "1" for number in range(models)}
        self.down_at = ""
        self.lie: Any = None

    def __call__(self, asked: Asked) -> Told:
        if not asked.path.endswith("registered-models/search") or "filter" in asked.query:
            return Told({})
        first = int(asked.query.get("page_token", "0"))
        if self.down_at and asked.query.get("page_token", "0") == self.down_at:
            return Told({"error_code": "INTERNAL_ERROR"}, 500)
        models = [
            {
                "name": name,
                "creation_timestamp": 1_795_000_000_000,
                "aliases": [{"alias": "champion", "version": version}],
                "latest_versions": [{"version": version, "creation_timestamp": 1_795_000_000_000}],
            }
            for name, version in list(self.aliases.items())[first : first + 100]
        ]
        more = {"next_page_token": str(first + 100)} if first + 100 < len(self.aliases) else {}
        return Told({"registered_models": models, **more, **(self.lie or {})})


def sweep(app: App, clock: Clock) -> int:
    """Ask until nothing is left to ask at once, and return in how many rounds."""
    rounds = 0
    while polling.poll_due(app):
        rounds += 1
        clock.now += timedelta(seconds=2)
        while capture.digest(app):
            pass
    return rounds


def test_a_large_registry_is_swept_in_several_rounds_of_a_bounded_size(
    app: App, peer: Peer, clock: Clock
) -> None:
    source = asked_source(app, peer, "mlflow", minutes=60)
    registry = peer.answer = Registry(9_000)
    assert sweep(app, clock) == 3
    assert len(peer.take()) == 92
    for name in ("model-00000", "model-04500", "model-08999"):
        registry.aliases[name] = "2"
    clock.now = state_of(app, source).next_at
    assert sweep(app, clock) == 3
    assert count(app, "deployment") == 3
    assert state_of(app, source).failures == 0


def test_a_registry_that_fails_on_the_way_is_swept_anew_and_nothing_is_told_twice(
    app: App, peer: Peer, clock: Clock
) -> None:
    source = asked_source(app, peer, "mlflow")
    registry = peer.answer = Registry(300)
    sweep(app, clock)
    registry.aliases["model-00000"] = registry.aliases["model-00299"] = "2"
    registry.down_at = "200"
    clock.now = state_of(app, source).next_at
    assert sweep(app, clock) == 1
    assert (state_of(app, source).failures, count(app, "deployment")) == (1, 1)
    registry.down_at = ""
    clock.now = state_of(app, source).next_at
    assert sweep(app, clock) == 1
    assert (state_of(app, source).failures, count(app, "deployment")) == (0, 2)
    assert len(rows_of(app, source)) == 2


def test_a_registry_without_an_end_is_left_after_a_while(app: App, peer: Peer, clock: Clock) -> None:
    source = asked_source(app, peer, "mlflow", minutes=60)
    registry = peer.answer = Registry(10)
    sweep(app, clock)
    peer.take()
    registry.lie = {"next_page_token": "0"}
    clock.now = state_of(app, source).next_at
    assert sweep(app, clock) == 6
    assert len(peer.take()) == 200
    assert "does not end" in state_of(app, source).reason
    registry.lie, registry.aliases["model-00003"] = None, "2"
    clock.now = state_of(app, source).next_at
    sweep(app, clock)
    assert (state_of(app, source).failures, count(app, "deployment")) == (0, 1)


@pytest.mark.parametrize(
    "lie",
    [
        {"registered_models": {"name": "x"}},
        {"registered_models": "x"},
        {"next_page_token": 7},
        {"next_page_token": "x" * 5_000},
    ],
)
def test_a_registry_that_lies_is_told_of_and_what_stood_still_stands(
    app: App, peer: Peer, clock: Clock, lie: dict[str, Any]
) -> None:
    source = asked_source(app, peer, "mlflow")
    registry = peer.answer = Registry(3)
    sweep(app, clock)
    registry.lie = lie
    clock.now = state_of(app, source).next_at
    sweep(app, clock)
    assert "not MLflow's" in state_of(app, source).reason
    registry.lie, registry.aliases["model-00001"] = None, "2"
    clock.now = state_of(app, source).next_at
    sweep(app, clock)
    assert count(app, "deployment") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        7,
        {},
        {"name": ["x"], "aliases": [{"alias": "champion", "version": "1"}]},
        {"name": "x", "aliases": "champion"},
        {"name": "x", "aliases": [7, {"alias": None}, {"alias": "a"}, {"version": "1"}]},
        {"name": "x" * 9_000, "aliases": [{"alias": "y" * 9_000, "version": 3}], "latest_versions": 7},
        {
            "name": "x",
            "aliases": [{"alias": "a", "version": 3}],
            "latest_versions": [{"creation_timestamp": "then"}],
        },
    ],
)
def test_a_model_of_wrong_types_does_not_keep_the_others_from_being_read(
    app: App, peer: Peer, clock: Clock, wrong: Any
) -> None:
    source = asked_source(app, peer, "mlflow")
    registry = peer.answer = Registry(2)
    sweep(app, clock)
    good = {"name": "model-00001", "aliases": [{"alias": "champion", "version": "2"}]}
    registry.lie = {"registered_models": [wrong, good]}
    clock.now = state_of(app, source).next_at
    sweep(app, clock)
    assert state_of(app, source).failures == 0
    assert ("model_version_alias.created", "done") in rows_of(app, source)
    assert {state for _, state in rows_of(app, source)} == {"done"}
