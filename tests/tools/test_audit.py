"""The audit finds what is missing and what is not allowed."""

from __future__ import annotations

import copy
import json

import pytest

from tools import audit


@pytest.fixture(scope="module")
def bill():
    return audit.write()


def test_the_bill_is_whole(bill) -> None:
    assert list(audit.faults(bill)) == []
    named = {component["name"] for component in bill["components"]}
    assert {"litestar", "structlog", "opentelemetry-sdk", "psycopg", "h11"} <= named
    assert "pytest" not in named


@pytest.mark.parametrize("name", ["structlog", "h11"])
def test_a_missing_package_is_found(bill, name: str) -> None:
    less = copy.deepcopy(bill)
    less["components"] = [one for one in less["components"] if one["name"] != name]
    assert next(line.split(",")[0] for line in audit.faults(less)) == name


def test_a_licence_that_is_not_allowed_is_found(bill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(audit._SAID_ELSEWHERE, "pysqlite3", "AGPL-3.0-only")
    assert list(audit.faults(bill)) == ["pysqlite3 is under 'AGPL-3.0-only', which is not allowed"]
    monkeypatch.setitem(audit._SAID_ELSEWHERE, "pysqlite3", "")
    assert list(audit.faults(bill)) == ["pysqlite3 names no licence"]


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", True),
        ("Apache-2.0 OR BSD-3-Clause", True),
        ("GPL-3.0-only", False),
        ("MIT AND AGPL-3.0-only", False),
        ("Proprietary", False),
    ],
)
def test_every_part_of_an_expression_counts(licence: str, *, allowed: bool) -> None:
    assert audit.is_allowed(licence) is allowed


@pytest.mark.parametrize(
    ("told", "known", "said"),
    [
        ([{"name": "a", "version": "1", "vulns": [{"id": "X-1"}]}], ["a 1: X-1"], "1 vulnerabilities in 1"),
        ([{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "?"}], [], "1 SKIPPED"),
        ([{"name": "b", "skip_reason": "?"}], [], "SKIPPED: none of 1"),
    ],
)
def test_what_could_not_be_asked_is_not_called_safe(told, known: list[str], said: str) -> None:
    assert audit.read_answer(json.dumps({"dependencies": told}))[0] == known
    assert said in audit.read_answer(json.dumps({"dependencies": told}))[1]
    assert "SKIPPED" in audit.read_answer("no such command")[1]
