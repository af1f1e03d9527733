"""What happens is told to other systems: signed, again until it arrives, each once, never what is restricted."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from hardwon.bootstrap import open_app
from hardwon.domain.actor import system
from hardwon.domain.destination import MOST_FAILURES, SCHEDULE, Destination, wait_after
from hardwon.domain.errors import ForbiddenError, NotFoundError
from hardwon.domain.incident import Incident
from hardwon.settings import Settings
from hardwon.storage import dispatches as rows
from hardwon.storage.outbox import tell
from hardwon.storage.tables import source_secrets
from hardwon.usecases import destinations, dispatching, erasure, incidents, outbox
from hardwon.usecases.app import App
from hardwon.usecases.destinations import NewDestination
from hardwon.usecases.incidents import NewIncident
from tests.fresh import fresh
from tests.usecases.conftest import ADMIN, RESPONDER


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Receiver:
    """A real server that keeps what it is sent and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.headers = 204, dict[str, str]()
        held = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                held.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(held.status)
                for name, value in held.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[App]:
    url = request.getfixturevalue("postgres_workspace")() if request.param == "postgresql" else ""
    home = tmp_path if url else fresh(tmp_path, clock.now)
    settings = Settings(home=home, meaning=False, database_url=url, egress_allow="127.0.0.1")
    with open_app(settings, clock=clock) as opened:
        yield opened


def add(app: App, url: str, **more: Any) -> tuple[Destination, str]:
    return destinations.add(app, ADMIN, NewDestination(title="The status page", url=url, **more))


def declare(app: App, title: str = "Search is slow", **more: Any) -> str:
    return incidents.declare(app, RESPONDER, NewIncident(title=title, **more)).id


def work(app: App) -> None:
    outbox.deliver(app)
    dispatching.dispatch(app)


def is_signed(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """Verify as a receiver does, by the text of Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


def test_an_incident_arrives_once_and_signed(app: App, receiver: Receiver, clock: Clock) -> None:
    made, secret = add(app, receiver.url)
    name = declare(app)
    work(app)
    work(app)
    ((headers, body),) = receiver.got
    assert is_signed(headers, body, secret)
    assert not is_signed(headers, body + b" ", secret)
    assert headers["webhook-timestamp"] == str(int(clock.now.timestamp()))
    event = json.loads(body)
    assert event["context"]["id"] == headers["webhook-id"]
    assert event["subject"]["id"] == name
    (row,) = destinations.get_destination(app, ADMIN, made.id).dispatches.rows
    assert (row.state, row.status, row.attempts) == ("sent", 204, 1)


def test_while_a_secret_is_replaced_both_sign(app: App, receiver: Receiver) -> None:
    made, first = add(app, receiver.url)
    second = destinations.renew_secret(app, ADMIN, made.id)
    declare(app)
    work(app)
    assert all(is_signed(*receiver.got[0], secret) for secret in (first, second))
    third = destinations.renew_secret(app, ADMIN, made.id)
    declare(app, "Another")
    work(app)
    assert [is_signed(*receiver.got[1], one) for one in (first, second, third)] == [False, True, True]


def test_what_fails_is_sent_again_under_the_same_id(app: App, receiver: Receiver, clock: Clock) -> None:
    add(app, receiver.url)
    receiver.status = 500
    declare(app)
    work(app)
    work(app)
    assert len(receiver.got) == 1
    clock.on(6)
    receiver.status = 200
    work(app)
    assert len(receiver.got) == 2
    assert receiver.got[0][0]["webhook-id"] == receiver.got[1][0]["webhook-id"]


def test_a_receiver_that_asks_for_time_gets_it(app: App, receiver: Receiver, clock: Clock) -> None:
    add(app, receiver.url)
    receiver.status, receiver.headers = 503, {"Retry-After": "120"}
    declare(app)
    work(app)
    clock.on(110)
    work(app)
    assert len(receiver.got) == 1
    clock.on(11)
    work(app)
    assert len(receiver.got) == 2


def test_after_the_last_try_it_is_kept_and_sent_by_hand(app: App, receiver: Receiver, clock: Clock) -> None:
    made, _ = add(app, receiver.url)
    receiver.status = 500
    declare(app)
    for _ in range(len(SCHEDULE) + 2):
        work(app)
        clock.on(86_400 * 1.2)
    assert len(receiver.got) == len(SCHEDULE)
    page = destinations.get_destination(app, ADMIN, made.id, failed=True)
    (dead,) = page.dispatches.rows
    assert (page.failed, dead.status, dead.reason) == (1, 500, "answered 500")
    receiver.status = 200
    with pytest.raises(NotFoundError):
        destinations.redeliver(app, ADMIN, made.id, dead.id + 1)
    assert destinations.redeliver(app, ADMIN, made.id) == 1
    work(app)
    assert receiver.got[-1][0]["webhook-id"] == dead.event
    after = destinations.get_destination(app, ADMIN, made.id)
    assert (after.failed, after.failures) == (0, 0)


def test_one_that_is_gone_is_switched_off(app: App, receiver: Receiver, clock: Clock) -> None:
    made, _ = add(app, receiver.url)
    receiver.status = 410
    declare(app)
    work(app)
    found = destinations.get_destination(app, ADMIN, made.id).destination
    assert (found.active, found.paused) == (False, "its receiver is gone (410)")
    declare(app, "Another")
    clock.on(60)
    work(app)
    assert len(receiver.got) == 1


def test_one_that_fails_for_long_is_paused_until_it_is_saved(
    app: App, receiver: Receiver, clock: Clock
) -> None:
    made, _ = add(app, receiver.url)
    receiver.status = 500
    for number in range(MOST_FAILURES):
        declare(app, f"Incident {number}")
    for _ in range(MOST_FAILURES):
        work(app)
        clock.on(700)
    found = destinations.get_destination(app, ADMIN, made.id).destination
    assert found.active
    assert found.paused == f"{MOST_FAILURES} tries in a row failed"
    receiver.status, receiver.got = 200, []
    work(app)
    assert receiver.got == []
    destinations.change(app, ADMIN, found, found.revision)
    work(app)
    assert receiver.got


def test_a_dead_receiver_holds_up_no_other(app: App, receiver: Receiver) -> None:
    add(app, "http://127.0.0.1:9/")
    add(app, receiver.url)
    declare(app)
    work(app)
    assert len(receiver.got) == 1


def test_what_not_everyone_sees_is_never_sent(app: App, receiver: Receiver) -> None:
    add(app, receiver.url)
    declare(app, "Secret", scope="restricted")
    declare(app, "For a team", scope="team:search")
    work(app)
    assert receiver.got == []


def test_what_is_restricted_before_it_goes_out_stays(app: App, receiver: Receiver) -> None:
    made, _ = add(app, receiver.url)
    name = declare(app)
    outbox.deliver(app)
    with app.store.begin(ADMIN, app.now()) as tx:
        found = tx.get(Incident, name)
        hidden = msgspec.structs.replace(found, scope=f"restricted:{name}", members=("ada",))
        tx.save(hidden, (), found.revision)
    dispatching.dispatch(app)
    assert receiver.got == []
    assert not destinations.get_destination(app, ADMIN, made.id).dispatches.rows


def test_filters_hold(app: App, receiver: Receiver) -> None:
    add(app, receiver.url, events=("incident.resolved",))
    add(app, receiver.url, services=("risk",))
    declare(app, services=("search",))
    work(app)
    assert receiver.got == []
    declare(app, services=("risk",))
    work(app)
    assert len(receiver.got) == 1


def test_a_process_killed_between_telling_and_sending_loses_nothing(
    app: App, receiver: Receiver, clock: Clock
) -> None:
    made, _ = add(app, receiver.url)
    declare(app)
    outbox.deliver(app)
    with app.store.begin(ADMIN, clock.now) as tx:
        assert len(rows.lease(tx, [made.id], 5)) == 1
    work(app)
    assert receiver.got == []
    clock.on(61)
    work(app)
    assert len(receiver.got) == 1


def _tell_and_die(app: App, clock: Clock) -> None:
    with app.store.begin(ADMIN, clock.now) as tx:
        assert tell(tx)
        raise RuntimeError


def test_a_write_that_fails_after_telling_tells_again(app: App, receiver: Receiver, clock: Clock) -> None:
    add(app, receiver.url)
    declare(app)
    with pytest.raises(RuntimeError):
        _tell_and_die(app, clock)
    work(app)
    assert len(receiver.got) == 1


def test_a_sender_whose_lease_ran_out_changes_nothing(app: App, receiver: Receiver, clock: Clock) -> None:
    made, _ = add(app, receiver.url)
    declare(app)
    outbox.deliver(app)
    with app.store.begin(ADMIN, clock.now) as tx:
        (late,) = rows.lease(tx, [made.id], 5)
    clock.on(61)
    work(app)
    with app.store.begin(ADMIN, clock.now) as tx:
        assert rows.settle_failed(tx, late, wait_ms=None, status=500, reason="late") == 0
    (row,) = destinations.get_destination(app, ADMIN, made.id).dispatches.rows
    assert row.state == "sent"


def test_a_test_event_shows_the_answer(app: App, receiver: Receiver) -> None:
    made, secret = add(app, receiver.url)
    assert destinations.try_out(app, ADMIN, made.id).status == 204
    assert is_signed(*receiver.got[0], secret)
    lost, _ = add(app, "http://10.0.0.1/")
    answer = destinations.try_out(app, ADMIN, lost.id)
    assert answer.status == 0
    assert "not a public address" in answer.text


def test_only_admins_may() -> None:
    with pytest.raises(ForbiddenError):
        destinations.get_destinations(None, RESPONDER)  # type: ignore[arg-type]
    with pytest.raises(ForbiddenError):
        destinations.try_out(None, RESPONDER, "DST-0001")  # type: ignore[arg-type]


def test_waits_grow_and_are_spread() -> None:
    assert [wait_after(number, 0, 0) for number in (1, 2, 9)] == [5_000, 300_000, 86_400_000]
    assert wait_after(1, 0, 1) == 5_500
    assert wait_after(1, 60, 0) == 60_000
    assert wait_after(1, 10**9, 0) == 86_400_000
    assert wait_after(10, 60, 0) is None


def test_a_receiver_that_never_answers_is_given_up_and_holds_up_no_other(
    app: App, receiver: Receiver
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow, _ = add(app, f"http://127.0.0.1:{silent.getsockname()[1]}/hook")
        add(app, receiver.url)
        declare(app)
        began = time.monotonic()
        work(app)
        assert time.monotonic() - began < 4 * dispatching.SECONDS
    assert len(receiver.got) == 1
    (row,) = destinations.get_destination(app, ADMIN, slow.id).dispatches.rows
    assert (row.state, row.attempts) == ("waiting", 1)
    assert row.reason


def test_one_whose_secret_cannot_be_read_says_so_and_holds_up_no_other(
    app: App, receiver: Receiver, clock: Clock
) -> None:
    broken, _ = add(app, receiver.url)
    with app.store.begin(system(), clock.now) as tx:
        tx.connection.execute(update(source_secrets).values(sealed=b"x" * 60))
    add(app, receiver.url)
    declare(app)
    work(app)
    assert len(receiver.got) == 1
    (row,) = destinations.get_destination(app, ADMIN, broken.id).dispatches.rows
    assert "cannot be read" in row.reason


def test_words_are_erased_from_what_waits_to_be_sent(app: App, receiver: Receiver) -> None:
    add(app, receiver.url)
    declare(app, "Search leaks tok-4711aa to its log")
    outbox.deliver(app)
    erasure.erase_words(app, ADMIN, "tok-4711aa", "a token")
    dispatching.dispatch(app)
    ((headers, body),) = receiver.got
    assert b"tok-4711aa" not in body
    assert b"to its log" in body
    assert headers["webhook-id"]
