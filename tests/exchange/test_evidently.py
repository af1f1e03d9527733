"""Evidently's report of a run, and the observation that is made of failed tests."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from hardwon.domain.observation import Observation
from hardwon.exchange.draft import ReadFile
from hardwon.exchange.importing import read

CONFIG = {"type": "evidently:metric_v2:ValueDrift", "column": "price"}
METRICS = [
    {"id": "m1", "metric_name": "ValueDrift(column=price)", "config": CONFIG, "value": 0.0004},
    {"id": "m2", "metric_name": "MissingValues", "config": CONFIG, "value": {"count": 3.0, "share": 0.1}},
]


def test_of(name: str, metric: str, status: str) -> dict[str, Any]:
    config = {"metric_id": metric, "params": CONFIG}
    return {
        "id": "t",
        "name": name,
        "description": f"{name}: seen",
        "metric_config": config,
        "status": status,
    }


test_of.__test__ = False  # type: ignore[attr-defined]
REPORT = {
    "metrics": METRICS,
    "tests": [
        test_of("Drift of price", "m1", "FAIL"),
        test_of("Missing share", "m2", "FAIL"),
        test_of("Rows", "none", "SUCCESS"),
    ],
}


def one(folder: Path, value: Any, mapping: dict[str, str] | None = None, name: str = "run.json") -> ReadFile:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    os.utime(path, (1_790_000_000, 1_790_000_000))
    (found,) = read([path], mapping)
    return found


def test_failed_tests_are_one_observation_with_their_figures(tmp_path: Path) -> None:
    found = one(tmp_path, REPORT, {"service": "Ranker"})
    assert (found.problems, found.understood) == ((), ("tests: 3, 1 passed, 2 failed",))
    (draft,) = found.drafts
    noted = draft.record
    assert isinstance(noted, Observation)
    assert (noted.title, noted.kind) == ("2 of 3 tests of the data failed: Drift of price", "near_miss")
    assert (noted.services, noted.tags) == (("ranker",), ("data-quality",))
    assert noted.text.splitlines() == [
        "- **Drift of price** (fail): Drift of price: seen `ValueDrift(column=price) = 0.0004`",
        '- **Missing share** (fail): Missing share: seen `MissingValues = {"count":3.0,"share":0.1}`',
    ]
    elsewhere = one(tmp_path, json.dumps(REPORT, indent=1), name="other.json")
    assert elsewhere.drafts[0].source_id == draft.source_id
    assert one(tmp_path, {**REPORT, "tests": REPORT["tests"][2:]}).drafts == ()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (json.dumps(REPORT)[:-1], "it is no JSON: Input data was truncated"),
        ({"metrics": METRICS}, "it has no list of tests"),
        ({"metrics": METRICS, "tests": {}}, "it has no list of tests"),
        ({"metrics": METRICS, "tests": None}, "it has no list of tests"),
        ({"metrics": METRICS, "tests": [7]}, "test 1 neither passed nor failed"),
        (
            {"metrics": METRICS, "tests": [None, test_of("a", "m1", "FAIL")]},
            "test 1 neither passed nor failed",
        ),
        ({"metrics": METRICS, "tests": [test_of("a", "m1", "maybe")]}, "test 1 neither passed nor failed"),
        (
            {"metrics": METRICS, "tests": [{**test_of("a", "m1", ""), "status": []}]},
            "test 1 neither passed nor failed",
        ),
        ('{"metrics": "evidently:", "tests": ' + "[" * 5_000, "it is no JSON"),
        ('{"metrics": "evidently:\x00"}', "it holds a NUL byte"),
    ],
)
def test_what_is_bent_is_refused_in_words(tmp_path: Path, value: Any, said: str) -> None:
    problem = one(tmp_path, value).problems[0]
    assert problem.reason.startswith(said)
    assert problem.fix


@pytest.mark.parametrize("bent", [None, 7, "m1", [], {"metric_id": []}, {"metric_id": "m1"}])
def test_a_failed_test_is_told_of_whatever_its_figures_are(tmp_path: Path, bent: Any) -> None:
    wrong = {"name": bent, "description": bent, "metric_config": bent, "status": "FAIL"}
    for metrics in (METRICS, [{**METRICS[0], "value": bent}], [bent, "evidently:"]):
        assert len(one(tmp_path, {"metrics": metrics, "tests": [wrong]}).drafts) == 1
