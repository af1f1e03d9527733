"""Kubernetes events of both APIs, and what is read of them."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardwon.exchange.draft import ReadFile
from hardwon.exchange.importing import read

CORE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Event",
    "metadata": {
        "name": "scorer.17",
        "namespace": "risk",
        "uid": "u-1",
        "creationTimestamp": "2026-11-20T08:00:00Z",
    },
    "involvedObject": {"kind": "Pod", "namespace": "risk", "name": "scorer-7d9c5b6f4d-x2x9z"},
    "reason": "BackOff",
    "message": "Back-off restarting failed container",
    "type": "Warning",
    "count": 12,
    "firstTimestamp": "2026-11-20T08:00:00Z",
    "lastTimestamp": "2026-11-20T09:00:00Z",
    "eventTime": None,
}
NEWER: dict[str, Any] = {
    "apiVersion": "events.k8s.io/v1",
    "kind": "Event",
    "metadata": {"name": "web.18", "namespace": "shop", "uid": "u-2"},
    "regarding": {"kind": "StatefulSet", "namespace": "shop", "name": "ledger"},
    "reason": "FailedCreate",
    "note": "pods is forbidden",
    "type": "Warning",
    "eventTime": "2026-11-20T08:30:00.123456Z",
    "series": {"count": 3, "lastObservedTime": "2026-11-20T08:40:00Z"},
}


def one(folder: Path, value: Any) -> ReadFile:
    path = folder / "events.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    (found,) = read([path])
    return found


def listed(*events: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "items": list(events), "kind": "List"}


def without(event: dict[str, Any], *names: str, **said: Any) -> dict[str, Any]:
    kept = copy.deepcopy(event) | said
    for name in names:
        kept.pop(name)
    return kept


def test_warnings_of_both_apis_are_alerts_and_the_rest_is_counted(tmp_path: Path) -> None:
    found = one(tmp_path, listed(CORE, NEWER, without(CORE, type="Normal"), CORE))
    assert (found.problems, found.understood) == ((), ("events: 3, of which 2 are warnings",))
    assert found.left == (("events that are no warnings", "1: they tell of no trouble"),)
    core, newer = found.signals
    assert (core.key, core.title, core.service, core.severity) == ("u-1", "BackOff", "scorer", "warning")
    assert core.summary == "Back-off restarting failed container (12 times)"
    assert core.at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert core.ended_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert (newer.key, newer.service, newer.summary) == ("u-2", "ledger", "pods is forbidden (3 times)")
    assert newer.ended_at == datetime(2026, 11, 20, 8, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "name", "service"),
    [
        ("Pod", "scorer-7d9c5b6f4d-x2x9z", "scorer"),
        ("Pod", "ledger-0", "ledger"),
        ("Pod", "node-agent-4xk2p", "node-agent"),
        ("Pod", "nightly-29401920-bx7kd", "nightly"),
        ("Pod", "checkout", "checkout"),
        ("ReplicaSet", "scorer-7d9c5b6f4d", "scorer"),
        ("Job", "nightly-29401920", "nightly"),
        ("Deployment", "feature-store", "feature-store"),
        ("Node", "ip-10-0-0-7", ""),
    ],
)
def test_the_service_is_the_name_without_what_kubernetes_adds(
    tmp_path: Path, kind: str, name: str, service: str
) -> None:
    about = {"kind": kind, "namespace": "risk", "name": name}
    (signal,) = one(tmp_path, without(CORE, involvedObject=about)).signals
    assert signal.service == service
    labels = {"labels": {"app.kubernetes.io/name": "said", "job": "kubelet"}, "uid": "u"}
    (signal,) = one(tmp_path, without(CORE, involvedObject=about, metadata=labels)).signals
    assert signal.service == "said"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (json.dumps(listed(CORE))[:-2], "it is no JSON: Input data was truncated"),
        (listed(CORE, 7), "item 2 is nothing, and no event"),
        (listed(CORE, None), "item 2 is nothing, and no event"),
        (listed(CORE, {"kind": "Pod"}), "item 2 is a Pod, and no event"),
        (listed(without(CORE, "reason")), "item 1 is an event without a reason or an object"),
        (listed(without(CORE, "involvedObject"), NEWER), "item 1 is an event without a reason or an object"),
        (listed(without(CORE, involvedObject=[])), "item 1 is an event without a reason or an object"),
        (listed(without(CORE, "type")), "item 1 is of the type none"),
        (listed(without(CORE, type="Error")), "item 1 is of the type Error"),
        (listed(without(CORE, kind=["Event"], reason={})), "item 1 is nothing, and no event"),
        ('{"regarding": ' + "[" * 5_000, "it is no JSON"),
    ],
)
def test_what_is_bent_is_refused_in_words(tmp_path: Path, value: Any, said: str) -> None:
    problem = one(tmp_path, value).problems[0]
    assert problem.reason.startswith(said)
    assert problem.fix


ANY = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.lists(st.text(max_size=3), max_size=2)
)


@given(st.sampled_from([*CORE, *NEWER]), ANY)
@settings(max_examples=100, deadline=None)
def test_any_field_may_be_bent(tmp_path_factory: pytest.TempPathFactory, name: str, value: Any) -> None:
    found = one(tmp_path_factory.mktemp("events"), listed({**CORE, name: value}, {**NEWER, name: value}))
    assert found.problems or found.signals or found.left
