"""`hardwon links` and playbooks in the command line."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Site(BaseHTTPRequestHandler):
    """Answers 404 below `/gone`, else 200."""

    def do_HEAD(self) -> None:
        self.send_response(404 if self.path.startswith("/gone") else 200)
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()
    thread.join(5)


@pytest.fixture
def workspace(hardwon, tmp_path):
    """A workspace made of some Markdown, and a function that runs a command in it."""

    def make(text: str):
        home = str(tmp_path / "home")
        (tmp_path / "notes").mkdir()
        (tmp_path / "notes" / "a.md").write_text(f"# What we know\n\n{text}\n")
        assert hardwon("--workspace", home, "import", str(tmp_path / "notes"), "--yes").returncode == 0
        return lambda *arguments: hardwon("--workspace", home, *arguments)

    return make


def test_dead_links_are_named_and_leave_with_1(workspace) -> None:
    run = workspace("As in INC-0404.")
    shown = run("links")
    assert shown.returncode == 1
    assert "INC-0404" in shown.stdout
    assert "owner nobody; Correct the id in its text" in shown.stdout
    report = json.loads(run("links", "--json").stdout)
    assert [link["target"] for link in report["dead"]] == ["INC-0404"]
    assert report["external"] is None


def test_without_a_dead_link_it_leaves_with_0(workspace) -> None:
    shown = workspace("Nothing else.")("links")
    assert (shown.returncode, shown.stdout) == (0, "0 dead links between records.\n")


def test_addresses_are_asked_only_on_request(workspace, server) -> None:
    run = workspace(f"Read {server}/here and {server}/gone.")
    assert run("links").returncode == 0
    shown = run("links", "--external")
    assert shown.returncode == 1
    assert shown.stdout.count("refused") == 2
    assert "not a public address" in shown.stdout
    shown = run("links", "--external", "--allow-private", "--json")
    report = json.loads(shown.stdout)["external"]
    assert (report["asked"], [item["url"] for item in report["dead"]]) == (2, [f"{server}/gone"])
    assert report["dead"][0]["fault"] == "gone"
    assert report["dead"][0]["records"][0][0].startswith("NTE-")
    shown = run("links", "--external", "--allow-private", "--limit", "1")
    assert "1 address asked" in shown.stdout
    assert "1 more were not asked" in shown.stderr
    assert run("links", "--allow-private").returncode == 2


def test_a_runbook_leaves_and_comes_as_a_playbook(hardwon, sample, tmp_path) -> None:
    shown = hardwon("--workspace", sample, "show", "RB-0003", "--format", "cacao")
    assert shown.returncode == 0, shown.stderr
    file = tmp_path / "playbook.json"
    file.write_text(shown.stdout)
    home = str(tmp_path / "home")
    look = hardwon("--workspace", home, "import", str(file))
    assert (look.returncode, "New: 1 runbook" in look.stdout) == (0, True), look.stdout
    assert hardwon("--workspace", home, "import", str(file), "--yes").returncode == 0
    again = hardwon("--workspace", home, "import", str(file), "--yes")
    assert "Known already: 1" in again.stdout
    mine = json.loads(hardwon("--workspace", home, "show", "RB-0001", "--json").stdout)
    theirs = json.loads(hardwon("--workspace", sample, "show", "RB-0003", "--json").stdout)
    assert (mine["title"], mine["steps"]) == (theirs["title"], theirs["steps"])
    assert hardwon("--workspace", sample, "show", "LES-0011", "--format", "cacao").returncode == 3
    wrong = hardwon("--workspace", sample, "show", "RB-0003", "--format", "cacao", "--history")
    assert wrong.returncode == 2
