"""A witness: another workspace over real HTTP signs each checkpoint, and finds a trail that was set back."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.errors import UnavailableError
from hardwon.settings import Settings
from hardwon.usecases import audit, exports, people, witnessing
from hardwon.usecases.app import App
from tests.serving import serving
from tests.usecases.conftest import ADMIN


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Two:
    """A workspace, and another one that is its witness; the first is opened anew with other settings."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.clock, self.stack, self.folder = Clock(), stack, folder
        with open_app(Settings(home=folder / "a", meaning=False), clock=self.clock) as first:
            key = audit.get_key(first, ADMIN)
        there = Settings(home=folder / "b", meaning=False, witness_for=key)
        self.witness = stack.enter_context(open_app(there, clock=self.clock))
        self.address = stack.enter_context(serving(self.witness))
        self.key = witnessing.get_witness_key(self.witness, ADMIN)

    def open(self, **more: str) -> App:
        told = {
            "witness_url": f"{self.address}/witness",
            "witness_key": self.key,
            "egress_allow": "127.0.0.1",
        }
        settings = Settings(home=self.folder / "a", meaning=False, **(told | more))  # type: ignore[arg-type]
        return self.stack.enter_context(open_app(settings, clock=self.clock))

    def grow(self, app: App) -> None:
        with app.store.begin(ADMIN, self.clock()) as tx:
            tx.audit("granted", "token", "one")
        audit.sequence(app)
        audit.checkpoint(app, at_once=True)
        self.clock.now += timedelta(minutes=2)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with ExitStack() as stack:
        yield Two(tmp_path, stack)


def test_each_checkpoint_is_signed_once_and_an_export_shows_it(two: Two, tmp_path: Path) -> None:
    app = two.open()
    for _ in range(3):
        two.grow(app)
        assert witnessing.hand_out(app)
        assert not witnessing.hand_out(app)
    owner = people.local_owner(app)
    audit.sequence(app)
    audit.checkpoint(app, at_once=True)
    two.clock.now += timedelta(minutes=2)
    assert witnessing.hand_out(app)
    exports.export(app, owner, tmp_path / "out")
    program = tmp_path / "verify.py"
    program.write_text(audit.get_verifier(), "utf-8")
    command = [sys.executable, "-I", str(program), str(tmp_path / "out"), "--key", audit.get_key(app, owner)]
    done = subprocess.run([*command, "--witness", two.key], capture_output=True, text=True, check=False)
    assert (done.returncode, "goes on from all before" in done.stdout) == (0, True), done
    other = str(two.key).replace("+", "x+", 1)
    done = subprocess.run([*command, "--witness", other], capture_output=True, text=True, check=False)
    assert (done.returncode, "NOT VERIFIED" in done.stdout) == (1, True), done
    assert audit.verify(app, owner).problems == ()


def test_a_trail_that_was_set_back_is_not_signed(two: Two, tmp_path: Path) -> None:
    app = two.open()
    two.grow(app)
    witnessing.hand_out(app)
    app.store.empty_log()
    shutil.copy(tmp_path / "a" / "hardwon.db", tmp_path / "old.db")
    for _ in range(2):
        two.grow(app)
        witnessing.hand_out(app)
    app.store.close()
    for file in (tmp_path / "a").glob("hardwon.db*"):
        file.unlink()
    shutil.copy(tmp_path / "old.db", tmp_path / "a" / "hardwon.db")
    two.grow(app)
    with pytest.raises(UnavailableError, match="set back"):
        witnessing.hand_out(app)


def test_a_witness_signs_no_fork(two: Two) -> None:
    app = two.open()
    two.grow(app)
    witnessing.hand_out(app)
    url = f"{two.address}/witness/add-checkpoint"
    note = audit.get_checkpoint(app, ADMIN)
    signed = note.split("\n\n")[0].split("\n")[1]
    assert httpx.post(url, content=f"old 0\n\n{note}").status_code == 409
    assert httpx.post(url, content=f"old 0\n\n{note}").text == f"{signed}\n"
    assert httpx.post(url, content=f"old {signed}\n\n{note}").status_code == 200
    two.grow(app)
    longer = audit.get_checkpoint(app, ADMIN)
    assert httpx.post(url, content=f"old {signed}\n{'A' * 43}=\n\n{longer}").status_code == 422
    changed = longer.replace("\n", "\n1", 1)
    assert httpx.post(url, content=f"old {signed}\n\n{changed}").status_code == 403
    assert httpx.post(url, content=f"old {signed}\n\nx{longer}").status_code == 404
    for broken in (
        b"",
        b"old",
        b"old x\n\n",
        b"\xff\xfe",
        b"old 1\n!\n\n" + note.encode(),
        b"old 1\n\n" + b"x" * 70_000,
    ):
        assert httpx.post(url, content=broken).status_code in {400, 413}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"witness_key": "x"}, "no witness's key"),
        ({"egress_allow": ""}, "cannot be sent"),
        ({"witness_url": "http://127.0.0.1:9"}, "cannot be sent"),
        ({"witness_url": "http://127.0.0.1:PORT"}, "answers 405|answers 404"),
    ],
)
def test_what_fails_is_said_and_tried_again_a_minute_later(
    two: Two, given: dict[str, str], said: str
) -> None:
    port = two.address.rsplit(":", 1)[1]
    app = two.open(**{name: value.replace("PORT", port) for name, value in given.items()})
    two.grow(app)
    with pytest.raises(Exception, match=said):
        witnessing.hand_out(app)
    assert not witnessing.hand_out(app)
    two.clock.now += timedelta(minutes=1)
    with pytest.raises(Exception, match=said):
        witnessing.hand_out(app)


def test_a_checkpoint_is_sent_to_an_address_until_it_is_taken(two: Two) -> None:
    taken: list[bytes] = []

    class Sink(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503 if not taken else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()
            taken.append(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    sink = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    Thread(target=sink.serve_forever, daemon=True).start()
    app = two.open(witness_url="", anchor_url=f"http://127.0.0.1:{sink.server_port}/in")
    two.grow(app)
    with pytest.raises(UnavailableError, match="503"):
        witnessing.hand_out(app)
    two.clock.now += timedelta(minutes=1)
    assert witnessing.hand_out(app)
    assert not witnessing.hand_out(app)
    sink.shutdown()
    sink.server_close()
    assert taken == [audit.get_checkpoint(app, ADMIN).encode()] * 2
