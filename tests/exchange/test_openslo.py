"""OpenSLO files, and what is kept of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardwon.domain.catalog import Objective, Service
from hardwon.exchange.draft import ReadFile
from hardwon.exchange.importing import read

OBJECTS = """\
apiVersion: openslo/v1
kind: Service
metadata: {name: Check_Out, displayName: Checkout}
spec: {description: Takes the orders.}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: orders, displayName: Availability}
spec:
  service: Check_Out
  indicator: {metadata: {name: good-orders}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: latency}
spec:
  service: ledger
  indicatorRef: latency-sli
  timeWindow: [{duration: 1Q}]
  budgetingMethod: Timeslices
  objectives:
  - {displayName: fast, op: lt, value: 0.1, targetPercent: 95}
  - {displayName: bearable, op: lt, value: 1, target: 1}
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: page-somebody}
"""
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: a}
spec: {service: s, objectives: [{target: 0.5}]}
"""


def one(folder: Path, text: str) -> ReadFile:
    path = folder / "slo.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    (found,) = read([path])
    return found


def test_services_and_their_objectives_are_read(tmp_path: Path) -> None:
    found = one(tmp_path, OBJECTS)
    assert (found.problems, found.understood) == ((), ("services: 2, objectives: 3",))
    checkout, ledger = (draft.record for draft in found.drafts)
    availability = Objective(
        name="Availability",
        target=0.999,
        indicator="good-orders",
        window="28 d, rolling",
        budgeting="Occurrences",
    )
    assert checkout == Service(
        id="check-out", name="Checkout", description="Takes the orders.", objectives=(availability,)
    )
    assert isinstance(ledger, Service)
    assert [(one.name, one.target, one.indicator, one.window) for one in ledger.objectives] == [
        ("latency: fast", 0.95, "latency-sli", "1 Q"),
        ("latency: bearable", 1.0, "latency-sli", "1 Q"),
    ]
    assert found.left == (
        ("AlertPolicy page-somebody", "objectives alone are kept of OpenSLO, with their indicator's name"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SLO.replace("v1\n", "v2alpha1\n"), "it is of the version openslo/v2alpha1, not of openslo/v1"),
        (SLO.replace("kind: SLO\n", ""), "it is no object of OpenSLO: its kind or name is missing"),
        (SLO.replace("name: a", "title: a"), "it is no object of OpenSLO: its kind or name is missing"),
        (SLO.replace("service: s, ", ""), "it is the SLO a without a service or an objective"),
        (SLO.replace("[{target: 0.5}]", "[]"), "it is the SLO a without a service or an objective"),
        (SLO.replace("0.5", "99.9"), "it is the SLO a, whose objective 1 promises what is no share"),
        (SLO.replace("0.5", ".nan"), "it is the SLO a, whose objective 1 promises what is no share"),
        (SLO.replace("0.5", "high"), "it is the SLO a, whose objective 1 has no target"),
        (
            SLO.replace("0.5", "0x" + "f" * 5_000),
            "it is the SLO a, whose objective 1 promises what is no share",
        ),
        (SLO.replace("{name: a}", "&b {name: a}"), "it uses an anchor or alias"),
        (SLO + "x: [", "it is no YAML: expected the node content, but found '<stream end>'"),
        (SLO + "kind: SLO", "it has the key `kind` twice"),
        (SLO.replace("name: a", 'name: "a\\ud800"'), "says of s what cannot be kept"),
    ],
)
def test_what_is_bent_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    found = one(tmp_path, text)
    assert said in found.problems[0].reason
    assert found.problems[0].fix
    assert found.drafts == ()


@given(st.text(max_size=80), st.sampled_from(["SLO", "Service"]))
@settings(max_examples=60, deadline=None)
def test_any_text_in_any_place_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, kind: str
) -> None:
    bent = (
        OBJECTS.replace("Occurrences", text).replace("Checkout", text).replace("kind: SLO", f"kind: {kind}")
    )
    found = one(tmp_path_factory.mktemp("slo"), bent)
    assert found.problems or found.drafts
