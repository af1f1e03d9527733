"""`hardwon check` where changes are reviewed: its forms, and one comment that is edited in place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardwon.render.check_comment import MARKER
from tests.forge import Forge, forging

CHANGE = "Bump the embedder from 53 to 54 in model.lock of the ranker"
ON = ("--service", "ranker", "--env", "prod", "--version", "v8.1.0")


@pytest.fixture
def check(hardwon, sample):
    def run(*arguments: str, given=CHANGE, **more: str):
        return hardwon("--workspace", sample, "check", *arguments, given=given, **more)

    return run


@pytest.fixture
def forge() -> Iterator[Forge]:
    with forging() as made:
        yield made


def github(forge: Forge, folder: Path) -> dict[str, str]:
    event = folder / "event.json"
    event.write_text(json.dumps({"action": "opened", "number": 7, "pull_request": {"number": 7}}), "utf-8")
    return {
        "GITHUB_API_URL": forge.address,
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "acme/ranker",
        "GITHUB_TOKEN": forge.token,
    }


def gitlab(forge: Forge) -> dict[str, str]:
    return {
        "CI_API_V4_URL": forge.address,
        "CI_PROJECT_ID": "3",
        "CI_MERGE_REQUEST_IID": "5",
        "GITLAB_TOKEN": forge.token,
        "GITHUB_REPOSITORY": "",
    }


def test_prints_a_comment_and_a_sarif_log(check):
    said = check(*ON, "--format", "markdown", "--server", "", HARDWON_BASE_URL="https://hardwon.test")
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith(f"{MARKER}\n## ⚠️ Warn: ")
    assert "https://hardwon.test/lessons/LES-" in said.stdout
    log = json.loads(check(*ON, "--format", "sarif").stdout)
    assert (log["version"], log["runs"][0]["results"][0]["level"]) == ("2.1.0", "warning")
    assert check(*ON, "--format", "json").stdout[:1] == check(*ON, "--json").stdout[:1] == "{"


def test_writes_one_comment_on_github_and_edits_it(check, forge, tmp_path):
    where = github(forge, tmp_path)
    for number in range(130):
        forge.add(f"Looks good {number}")
    theirs = forge.add(f"{MARKER}\nI am a stranger who wrote the marker")
    first = check(*ON, "--comment", **where)
    assert (first.returncode, "was written" in first.stderr) == (0, True), first.stderr
    second = check(*ON, "--fail-on", "warn", "--comment", **where)
    assert (second.returncode, "was edited" in second.stderr) == (6, True), second.stderr
    ours = [one for one in forge.comments if one["user"]["type"] == "Bot"]
    assert len(ours) == 1
    assert ours[0]["body"].startswith(f"{MARKER}\n## ⚠️ Warn")
    assert [one.method for one in forge.writes()] == ["POST", "PATCH"]
    assert next(one for one in forge.comments if one["id"] == theirs)["body"].endswith("the marker")


def test_writes_one_note_on_gitlab_and_edits_it(check, forge):
    forge.add(f"{MARKER}\nsomebody else's", author=2)
    for said in ("was written", "was edited"):
        done = check(*ON, "--comment", **gitlab(forge))
        assert (done.returncode, said in done.stderr) == (0, True), done.stderr
    assert [(one.method, one.path.rpartition("/")[2]) for one in forge.writes()] == [
        ("POST", "notes"),
        ("PUT", "101"),
    ]


@pytest.mark.parametrize("status", [401, 403, 404, 500, 302])
def test_a_forge_that_refuses_is_a_warning_alone(check, forge, tmp_path, status):
    forge.broken = status
    done = check(*ON, "--fail-on", "warn", "--comment", **github(forge, tmp_path))
    assert done.returncode == 6
    assert f"warning: no comment was written: GitHub answered {status}." in done.stderr
    assert forge.token not in done.stderr + done.stdout


def test_says_where_it_cannot_comment(check, forge, tmp_path):
    where = github(forge, tmp_path)
    for change, words in (
        ({"GITHUB_REPOSITORY": ""}, "Neither GitHub Actions nor GitLab CI"),
        ({"GITHUB_TOKEN": ""}, "There is no GITHUB_TOKEN."),
        ({"GITHUB_EVENT_PATH": str(tmp_path / "none")}, "The event of this run cannot be read."),
        ({"GITHUB_API_URL": "http://192.0.2.1/api"}, "takes no token safely"),
    ):
        done = check(*ON, "--comment", **{**where, **change})
        assert (done.returncode, words in done.stderr) == (0, True), done.stderr
    assert forge.sent == []


def test_says_that_nobody_could_be_asked(check, forge, tmp_path):
    done = check(*ON, "--server", "http://127.0.0.1:9", "--comment", **github(forge, tmp_path))
    assert done.returncode == 7
    assert "## ❔ Not checked" in forge.comments[0]["body"]


def test_asks_before_an_alias_is_moved(check):
    done = check("--model", "pkg:mlflow/ranker@8", "--alias", "champion", given="")
    assert done.returncode == 0, done.stderr
    assert "ranker 8 -> champion" in done.stdout
    assert check("--alias", "champion", given="").returncode == 2
