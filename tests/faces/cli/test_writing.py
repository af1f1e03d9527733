"""Writing from the command line: an incident from the first line to the promise that was kept."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def place(hardwon, tmp_path):
    """A workspace of its own, and a function that runs a command in it."""

    def run(*arguments: str):
        return hardwon("--workspace", str(tmp_path), *arguments)

    assert run("init").returncode == 0
    return run


def test_an_incident_is_declared_logged_promised_and_moved(place):
    declared = place(
        "declare", "Search is slow", "--severity", "3", "--service", "search", "--tag", "latency"
    )
    assert (declared.returncode, declared.stdout.strip()) == (0, "INC-0001")
    logged = place("log", "INC-0001", "Rolled back", "--at", "2026-11-23T10:20+01:00", "--kind", "mitigation")
    assert logged.stdout.strip() == "INC-0001 entry 1 of 1"
    shown = json.loads(place("show", "INC-0001", "--json").stdout)
    assert shown["timeline"][0]["at"] == "2026-11-23T09:20:00Z"
    assert shown["timeline"][0]["written_at"] == "2026-11-23T10:20+01:00"
    promised = place(
        "promise",
        "Alert on age",
        "--incident",
        "INC-0001",
        "--due",
        "2026-12-24",
        "--metric",
        "age",
        "--threshold",
        "6",
    )
    assert promised.stdout.strip() == "ACT-0001"
    assert place("move", "ACT-0001", "done").stdout.strip() == "ACT-0001 is done, revision 2"
    moved = place("move", "INC-0001", "resolved")
    assert moved.stdout.strip() == "INC-0001 is resolved, revision 3"


def test_an_incident_is_corrected_and_the_rest_stays(place):
    place("declare", "Search is slow", "--service", "search", "--tag", "latency")
    corrected = place(
        "edit", "INC-0001", "--severity", "2", "--service", "search", "--service", "ranker",
        "--impact", "One page in ten", "--started", "2026-11-23T09:00+01:00",
    )  # fmt: skip
    assert corrected.stdout.strip() == "INC-0001, revision 2"
    shown = json.loads(place("show", "INC-0001", "--json").stdout)
    assert (shown["title"], shown["severity"], shown["services"], shown["tags"]) == (
        "Search is slow", 2, ["search", "ranker"], ["latency"],
    )  # fmt: skip
    assert shown["times"]["started_at"] == "2026-11-23T08:00:00Z"
    assert shown["times"]["detected_at"]
    assert shown["impact"]["text"] == "One page in ten"
    for wrong, said in (
        (("edit", "INC-0001"), "Nothing is given"),
        (("edit", "INC-0001", "--started", "noon"), "is no time"),
        (("edit", "INC-0001", "--resolved", "2020-01-01"), "before"),
        (("edit", "INC-0001", "--title", "x" * 600), "title"),
        (("edit", "INC-0999", "--severity", "1"), "There is no incident"),
    ):
        refused = place(*wrong)
        assert refused.returncode != 0, wrong
        assert said in refused.stderr, refused.stderr
        assert "Traceback" not in refused.stderr


def test_an_observation_is_noted_and_found(place):
    noted = place("note", "The canary watches latency only", "--kind", "threat", "--service", "ranker")
    assert (noted.returncode, noted.stdout.strip()) == (0, "OBS-0001")
    assert "waits for triage" in noted.stderr
    shown = json.loads(place("show", "OBS-0001", "--json").stdout)
    assert (shown["kind"], shown["state"]) == ("threat", "noted")
    assert "The canary" in place("show", "OBS-0001").stdout
    assert "OBS-0001" in place("search", "--kind", "observation", "canary").stdout
    refused = place("note", "A talk", "--url", "example.com")
    assert refused.returncode == 2
    assert "https://" in refused.stderr


def test_the_standard_holds_here_too_and_an_exception_is_kept(place):
    place("declare", "Search is slow", "--severity", "1")
    refused = place("move", "INC-0001", "closed")
    assert refused.returncode == 4
    assert "Still missing for a SEV1" in refused.stderr
    assert place("move", "INC-0001", "closed", "--exception", "A drill").returncode == 0
    assert "exception: A drill" in place("show", "INC-0001", "--history").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("log", "INC-0009", "x"), 3, "no incident INC-0009"),
        (("log", "INC-0001", " "), 2, "what happened"),
        (("log", "INC-0001", "x", "--at", "noon"), 2, "no time"),
        (("declare", ""), 2, "length"),
        (("move", "INC-0001", "gone"), 2, "There are: open"),
        (("promise", "x", "--metric", "age"), 2, "--threshold"),
        (("move", "nothing", "published"), 2, "names no artifact"),
    ],
)
def test_a_mistake_names_its_fix(place, arguments, code, said):
    place("declare", "Search is slow")
    answer = place(*arguments)
    assert answer.returncode == code, answer.stderr
    assert said in answer.stderr


def test_any_record_is_shown_by_its_id(place):
    assert json.loads(place("show", "TPL-0002", "--json").stdout)["title"] == "For models"
    assert json.loads(place("show", "TRM-0001", "--json").stdout)["axis"] == "factor"
    assert "For models" in place("show", "TPL-0002").stdout
