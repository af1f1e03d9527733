"""`hardwon serve`: one server a workspace, an address, and a clean end."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pysqlite3
import pytest

from tests.program import PROGRAM


@pytest.fixture
def served(environment, sample):
    """The sample, served on a free port: the process and its address."""
    command = [*PROGRAM, "--workspace", sample, "serve", "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process, process.stdout.readline().strip()
        process.kill()


def test_serves_answers_a_check_and_refuses_a_second(served, hardwon, sample):
    process, address = served
    with urllib.request.urlopen(f"{address}/readyz", timeout=30) as answer:  # noqa: S310
        assert answer.status == 200
    change = ("--service", "ranker", "--env", "prod", "--fail-on", "warn")
    given = "Bump the embedder from 53 to 54 in model.lock of the ranker"
    here = hardwon("--workspace", sample, "check", *change, given=given)
    there = hardwon("check", "--server", address, *change, given=given)
    assert (there.returncode, there.stdout) == (6, here.stdout), there.stderr
    second = hardwon("--workspace", sample, "serve", "--port", "0")
    assert second.returncode == 1
    assert "already serves" in second.stderr
    assert "fix:" in second.stderr
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) in {0, -signal.SIGTERM}
    assert "Traceback" not in process.stderr.read()


def test_no_request_is_logged(served):
    """An access log would tell who asked without a name, and when."""
    process, address = served
    sent = {"artifact": "PM-0042", "kind": "question", "text": "Who was told?", "anonymous": True}
    for path in ("/api/v1/openapi.json", "/postmortems/PM-0042", "/nowhere"):
        with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(f"{address}{path}"):  # noqa: S310
            pass
    asked = urllib.request.Request(  # noqa: S310
        f"{address}/api/v1/threads", json.dumps(sent).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
        assert json.load(answer) == {"taken": True}
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
    assert process.stderr.read().strip() == "Stop with Ctrl-C."
    assert process.stdout.read() == ""


def test_a_taken_port_is_named(served, hardwon, sample):
    port = served[1].rpartition(":")[2]
    done = hardwon("--workspace", sample, "serve", "--port", port)
    assert (done.returncode, "--port" in done.stderr) == (1, True)


def test_a_stop_ends_what_is_under_way(environment, hardwon, tmp_path):
    """SIGTERM: not ready, the request in flight is answered and kept, the trail signed, within ten seconds."""
    home = str(tmp_path / "home")
    hardwon("--workspace", home, "init")
    body = json.dumps({"title": "Search is slow"}).encode()
    command = [*PROGRAM, "--workspace", home, "serve", "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        port = int(process.stdout.readline().strip().rpartition(":")[2])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30):
            pass
        with socket.create_connection(("127.0.0.1", port), timeout=10) as sent:
            head = f"POST /api/v1/incidents HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            sent.sendall(head.encode() + body[:5])
            time.sleep(0.3)
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5)
            assert refused.value.code == 503
            refused.value.close()
            time.sleep(1.2)
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(("127.0.0.1", port), timeout=5)
            sent.sendall(body[5:])
            assert sent.recv(100).startswith(b"HTTP/1.1 201 ")
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - begun < 10
        assert process.stderr.read().strip() == "Stop with Ctrl-C."
    database = pysqlite3.connect(f"{home}/hardwon.db")
    counted = database.execute(
        "SELECT (SELECT count(*) FROM incidents), (SELECT count(*) FROM audit), (SELECT max(size) FROM checkpoints)"
    ).fetchone()
    database.close()
    assert counted[0] == 1
    assert counted[1] == counted[2] > 0


def test_a_log_for_programs_holds_nothing_else(environment, hardwon, tmp_path):
    home = str(tmp_path / "home")
    hardwon("--workspace", home, "init")
    more = {"HARDWON_LOG_FORMAT": "json", "HARDWON_LOG_LEVEL": "info"}
    command = [*PROGRAM, "--workspace", home, "serve", "--port", "0"]
    with subprocess.Popen(
        command, env={**environment, **more}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        address = process.stdout.readline().strip()
        with urllib.request.urlopen(f"{address}/livez", timeout=30) as answer:  # noqa: S310
            asked = answer.headers["X-Request-ID"]
        second = hardwon("--workspace", home, "serve", "--port", "0", **more)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        said = [json.loads(text) for text in process.stderr.read().splitlines()]
    assert [line["route"] for line in said if line.get("request_id") == asked] == ["/livez"]
    refused = [json.loads(text) for text in second.stderr.splitlines()]
    assert "already serves" in refused[-1]["event"]
