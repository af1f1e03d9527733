"""Each command answers on stdout, speaks on stderr, and leaves with its code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import import_module

import click
import pytest

from hardwon.cli.exits import code_of
from hardwon.cli.root import COMMANDS
from hardwon.domain import errors
from tests.program import PROGRAM


def asked(hardwon, sample, *arguments: str, **more: str):
    return hardwon("--workspace", sample, *arguments, **more)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_says_what_it_does(name):
    command = import_module(f"hardwon.cli.{COMMANDS[name].module}").command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help


def test_help_names_every_command(hardwon):
    shown = hardwon("--help")
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in COMMANDS)


def test_help_loads_nothing_heavy(environment):
    program = "import sys\nfrom hardwon.cli import main\ntry: main()\nfinally: print(*sys.modules)"
    command = [sys.executable, "-c", program, "--help"]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in shown.stdout.splitlines()[-1].split()}
    assert "click" in loaded
    assert loaded.isdisjoint({"sqlalchemy", "numpy", "tantivy", "litestar", "alembic", "rich", "onnxruntime"})


def test_a_table_is_read_by_a_mapping(hardwon, tmp_path):
    table = tmp_path / "log.csv"
    table.write_text("Nr;Was;Start time;Team\n7;Mail bounced;2026-03-04 10:00+01:00;post\n")
    home = str(tmp_path / "home")
    hardwon("--workspace", home, "init")
    plain = hardwon("--workspace", home, "import", str(table))
    assert (plain.returncode, "--map text=" in plain.stdout) == (1, True), plain.stdout
    mapping = ["--map", "id=Nr", "--map", "title=Was", "--map", "started_at=Start time"]
    done = hardwon("--workspace", home, "import", str(table), *mapping, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    shown = json.loads(hardwon("--workspace", home, "show", "INC-0001", "--json").stdout)
    assert (shown["title"], shown["source_id"]) == ("Mail bounced", "7")
    assert shown["times"]["started_at"] == "2026-03-04T09:00:00Z"
    assert "post" in shown["summary"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.HardwonError, 1),
        (errors.InputError, 2),
        (errors.TooLargeError, 2),
        (errors.NotFoundError, 3),
        (errors.ConflictError, 4),
        (errors.RevisionConflictError, 4),
        (errors.DuplicateError, 4),
        (errors.RuleError, 4),
        (errors.ForbiddenError, 5),
        (errors.UnavailableError, 1),
        (errors.BusyError, 1),
        (errors.WorkspaceLockedError, 1),
        (errors.UnsafeStoreError, 1),
    ],
)
def test_every_error_has_its_code(error, code):
    assert code_of(error("x")) == code


def test_without_a_workspace_nothing_is_made_by_accident(hardwon, tmp_path):
    empty = tmp_path / "nowhere"
    for words in (["search", "x"], ["check", "-"], ["show", "INC-0001"], ["serve"], ["worker"], ["reindex"]):
        done = hardwon("--workspace", str(empty), *words, given="a change")
        assert done.returncode == 3, (words, done.stderr)
        assert "fix:" in done.stderr
        assert done.stdout == ""
    assert not empty.exists()


def test_search_finds_the_failure_and_its_unfinished_action(hardwon, sample):
    found = asked(hardwon, sample, "search", "stale embeddings")
    assert found.returncode == 0
    assert "INC-0017" in found.stdout
    assert "still open ACT-0058" in found.stdout
    assert "\x1b" not in found.stdout
    as_json = json.loads(
        asked(hardwon, sample, "search", "stale embeddings", "--kind", "incident", "--json").stdout
    )
    assert {hit["kind"] for hit in as_json["hits"]} == {"incident"}


def test_similar_reads_stdin_and_stored_incidents(hardwon, sample):
    piped = asked(hardwon, sample, "similar", "--json", given="the ranker serves old embeddings\nsince 6:40")
    assert json.loads(piped.stdout)["hits"]
    stored = json.loads(asked(hardwon, sample, "similar", "--incident", "INC-0042", "--json").stdout)
    assert "INC-0042" not in [hit["id"] for hit in stored["hits"]]
    assert asked(hardwon, sample, "similar", "--incident", "INC-9999").returncode == 3


@pytest.mark.parametrize(
    "name", ["INC-0042", "LES-0007", "ACT-0058", "DEP-0001", "RB-0007", "REV-0001", "ranker"]
)
def test_show_any_record(hardwon, sample, name):
    text = asked(hardwon, sample, "show", name)
    assert text.stdout.startswith(name)
    assert json.loads(asked(hardwon, sample, "show", name, "--json").stdout)["id"] == name


def test_reviews_that_are_overdue(hardwon, sample):
    shown = hardwon("--workspace", sample, "reviews", "--overdue")
    assert shown.returncode == 0, shown.stderr
    assert "REV-0003" in shown.stdout
    assert "days overdue" in shown.stdout
    assert "1 review overdue" in shown.stderr
    rows = json.loads(hardwon("--workspace", sample, "reviews", "--json").stdout)
    assert [(row["id"], row["subject"]) for row in rows] == [("REV-0003", "INC-0042")]


def test_show_what_is_not_there(hardwon, sample):
    for name in ("INC-9999", "nobody", "LES-9999"):
        done = asked(hardwon, sample, "show", name)
        assert (done.returncode, done.stdout) == (3, ""), name
    assert asked(hardwon, sample, "show", "LES-0007", "--revision", "9").returncode == 3


def test_tokens_are_shown_once_and_audited(hardwon, sample):
    made = asked(hardwon, sample, "token", "issue", "ci")
    assert re.fullmatch(r"hw_\S{40,}", made.stdout.strip())
    listed = asked(hardwon, sample, "token", "list", "--json")
    assert made.stdout.strip() not in listed.stdout
    name = json.loads(listed.stdout)[0]["id"]
    assert asked(hardwon, sample, "token", "revoke", name).returncode == 0
    assert asked(hardwon, sample, "token", "revoke", name).returncode == 3
    assert asked(hardwon, sample, "audit", "verify").returncode == 0


def test_export_comes_back_whole(hardwon, sample, tmp_path):
    folder, other = str(tmp_path / "out"), str(tmp_path / "other")
    assert asked(hardwon, sample, "export", folder).returncode == 0
    look = hardwon("--workspace", other, "import", folder, "--json")
    assert (look.returncode, json.loads(look.stdout)["written"]) == (0, False)
    kept = hardwon("--workspace", other, "import", folder, "--yes", "--json")
    assert kept.returncode == 0, kept.stdout[-500:]
    again = json.loads(hardwon("--workspace", other, "import", folder, "--yes", "--json").stdout)
    assert again["new"] == {}
    assert hardwon("--workspace", other, "show", "INC-0042").returncode == 0


def test_a_bad_file_is_named_and_the_rest_goes_on(hardwon, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.md").write_text("# Disk full\n\n## Summary\n\nThe disk was full.\n", encoding="utf-8")
    (folder / "bad.jsonl").write_text('{"title": "x"\n', encoding="utf-8")
    done = hardwon("--workspace", str(tmp_path / "w"), "import", str(folder), "--yes", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["problems"] > 0, report["new"] != {}) == (1, True, True)


@pytest.mark.parametrize(
    "words",
    [
        ["srch"],
        ["search"],
        ["search", "x", "--limit", "0"],
        ["import"],
        ["import", "x", "--map", "nonsense"],
        ["--nope"],
    ],
)
def test_usage(hardwon, words):
    done = hardwon(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_doctor_and_reindex(hardwon, sample):
    assert asked(hardwon, sample, "reindex").returncode == 0
    examined = asked(hardwon, sample, "doctor", "--json")
    assert (examined.returncode, all(row["ok"] for row in json.loads(examined.stdout))) == (0, True)


def test_a_reader_that_leaves_early_is_no_error(environment, sample):
    process = subprocess.Popen(
        [*PROGRAM, "--workspace", sample, "search", "the", "--limit", "100", "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.read(1)
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    process.wait(timeout=60)
    assert "Traceback" not in said
    assert "Exception" not in said


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_token_without_a_proper_name_is_refused(hardwon, sample, name):
    refused = asked(hardwon, sample, "token", "issue", name)
    assert refused.returncode != 0
    assert refused.stdout == ""
    assert "needs a name" in refused.stderr
