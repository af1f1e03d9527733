"""`hardwon check` in a pipeline: what it reads, how it leaves, and never a silent pass."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

GIT = shutil.which("git") or "git"
CHANGE = "Bump the embedder from 53 to 54 in model.lock of the ranker"
ON = ("--service", "ranker", "--env", "prod", "--version", "v8.1.0")


@pytest.fixture
def check(hardwon, sample):
    def run(*arguments: str, given=CHANGE, **more: str):
        return hardwon("--workspace", sample, "check", *arguments, given=given, **more)

    return run


@pytest.fixture
def server():
    """Another Hardwon that answers what the test says."""
    answers = {"status": 200, "body": b"{}"}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(answers["status"])
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(answers["body"])

        def log_message(self, *_: object):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        answers["url"] = f"http://127.0.0.1:{made.server_port}"
        yield answers
        made.shutdown()
        thread.join()


def test_warns_passes_on_and_can_be_stricter(check):
    done = check(*ON)
    assert (done.returncode, done.stdout.split()[0]) == (0, "WARN"), done.stdout
    assert "ranker v8.1.0 -> prod" in done.stdout
    assert "Before it ships" in done.stdout
    assert check(*ON, "--fail-on", "warn").returncode == 6
    answer = json.loads(check(*ON, "--json").stdout)
    assert answer["verdict"] == "warn"


def test_reads_a_file_a_deployment_and_a_git_range(check, tmp_path, monkeypatch):
    file = tmp_path / "change.diff"
    file.write_text(
        "--- a/model.lock\n+++ b/model.lock\n@@ -1 +1 @@\n-embedder 53\n+embedder 54\n", encoding="utf-8"
    )
    assert check(str(file), *ON).returncode == 0
    assert "DEP-0001" in check("DEP-0001", given="").stdout
    assert check("DEP-9999", given="").returncode == 3
    assert check(str(tmp_path / "none")).returncode == 3
    monkeypatch.chdir(tmp_path)
    assert check("--git", "main..HEAD").returncode == 2
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], [*identity, "commit", "-qm", CHANGE]):
        subprocess.run([GIT, *words], cwd=tmp_path, check=True)
    assert check("--git", "HEAD", *ON).stdout.startswith("WARN")
    assert check("--git", "--output=/tmp/x", *ON).returncode == 2


def test_nothing_to_check_is_a_mistake_not_a_pass(check):
    assert check(given="").returncode == 2
    assert check(given=" \n").returncode == 2


def test_broken_bytes_and_a_large_diff_are_read(check):
    assert check(given="a\x00b\x1b[2J ranker embedder").returncode in {0, 6}
    assert check(*ON, given="+ line of a large diff\n" * 60_000).returncode in {0, 6}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (502, b"<html>"),
        (503, b'{"detail":"busy"}'),
        (404, b"nothing"),
        (200, b"not JSON"),
        (200, b"{}"),
        (302, b""),
    ],
)
def test_an_outage_is_unchecked(hardwon, server, status, body):
    server |= {"status": status, "body": body}
    done = hardwon("check", "--server", server["url"], "--json", given=CHANGE)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (7, "unchecked"), done.stderr
    allowed = hardwon("check", "--server", server["url"], "--fail-open", given=CHANGE)
    assert (allowed.returncode, allowed.stdout.startswith("UNCHECKED")) == (0, True)


def test_a_server_that_is_not_there(hardwon):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert hardwon("check", "--server", f"http://127.0.0.1:{port}", given=CHANGE).returncode == 7


def test_a_refusal_does_not_fail_open(hardwon, server):
    server |= {"status": 401, "body": b'{"detail":"no","code":"unauthenticated"}'}
    assert hardwon("check", "--server", server["url"], "--fail-open", given=CHANGE).returncode == 5


def test_a_token_goes_nowhere_in_clear(hardwon):
    done = hardwon("check", "--server", "http://example.org", given=CHANGE, HARDWON_TOKEN="hw_x")
    assert (done.returncode, "plain HTTP" in done.stderr) == (2, True)


def test_an_exported_library_answers(hardwon, sample, tmp_path):
    folder = str(tmp_path / "lessons")
    assert hardwon("--workspace", sample, "export", folder).returncode == 0
    done = hardwon("check", "--library", folder, *ON, "--json", given=CHANGE)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "warn"), done.stderr
