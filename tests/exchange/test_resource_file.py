"""Files of resource attributes in OpenTelemetry's names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hardwon.domain.catalog import Environment, Service
from hardwon.exchange.draft import ReadFile
from hardwon.exchange.importing import read

LINE = "OTEL_RESOURCE_ATTRIBUTES=service.name=Check%20out,service.namespace=shop,deployment.environment.name=production"


def one(folder: Path, text: str, name: str = "otel.env") -> ReadFile:
    path = folder / name
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    (found,) = read([path])
    return found


def test_lines_and_json_make_services_and_environments(tmp_path: Path) -> None:
    found = one(tmp_path, f"A=1\nexport {LINE},service.criticality=high\n")
    assert [draft.record for draft in found.drafts] == [
        Service(id="check-out", name="Check out", criticality="high", tags=("shop",)),
        Environment(id="production", name="production", production=True),
    ]
    otlp = {"attributes": [{"key": "service.name", "value": {"stringValue": "ledger"}}]}
    flat = {"service.name": "ranker", "deployment.environment": "staging"}
    value = {"resourceSpans": [{"resource": otlp}]}
    several = one(tmp_path, json.dumps([value, {"attributes": flat}, {"resource": flat}]), "r.json")
    assert (several.problems, several.understood) == ((), ("resources: 3",))
    assert [draft.record.id for draft in several.drafts] == ["ledger", "ranker", "staging"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.env", "OTEL_RESOURCE_ATTRIBUTES=", "line 1 it has attributes that are no name=value pairs"),
        (
            "a.env",
            "OTEL_RESOURCE_ATTRIBUTES=checkout",
            "line 1 it has attributes that are no name=value pairs",
        ),
        ("a.env", f"\n{LINE},x", "line 2 it has attributes that are no name=value pairs"),
        ("a.env", "OTEL_RESOURCE_ATTRIBUTES=service.version=4", "line 1 it names no service"),
        ("a.env", "OTEL_RESOURCE_ATTRIBUTES=service.name=%00", "line 1 it names no service"),
        ("a.env", f"{LINE}\x00", "line 1 it holds a NUL byte"),
        ("a.json", '{"service.name": "x"', "line 1 it is no JSON: Input data was truncated"),
        ("a.json", '{"service.name": ["x"]}', "line 1 it names no service"),
        ("a.json", '{"service.name": "x\\u0000"}', "line 1 it says of x what cannot be kept"),
        ("a.json", '[{"service.name": "x"}, 7]', "line 1 it names no service"),
        (
            "a.jsonl",
            '{"service.name": "x"}\n{"service.name": ',
            "line 2 it is no JSON: Input data was truncated",
        ),
        ("a.json", '{"service.name": ' + "[" * 5_000, "line 1 it is no JSON"),
    ],
)
def test_what_is_bent_is_refused_in_words(tmp_path: Path, name: str, text: str, said: str) -> None:
    problem = one(tmp_path, text, name).problems[0]
    assert f"line {problem.line} {problem.reason}".startswith(said)
    assert problem.fix
