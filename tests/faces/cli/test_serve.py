"""`hardwon serve`: one server a workspace, an address, and a clean end."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import urllib.error
import urllib.request

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
