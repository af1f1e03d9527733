"""Whatever is sent, the answer is a problem document that says the fix, and never a 5xx."""

from __future__ import annotations

import pytest

DEEP = b'{"title":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BODIES = {
    "nothing": b"",
    "null": b"null",
    "not JSON": b"{",
    "a list": b"[]",
    "deep": DEEP,
    "deep in an unknown field": b'{"title":"x","zone":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    "NaN": b'{"title":"x","severity":NaN}',
    "infinite": b'{"title":"x","severity":1e999}',
    "huge integer": b'{"title":"x","severity":' + b"9" * 4_000 + b"}",
    "64 bits and more": b'{"title":"x","severity":18446744073709551617}',
    "lone surrogate": b'{"title":"\\ud800"}',
    "broken UTF-8": b'{"title":"\xff\xfe"}',
    "NUL": b'{"title":"a\\u0000b"}',
    "empty title": b'{"title":""}',
    "long title": b'{"title":"' + b"x" * 501 + b'"}',
    "unknown field": b'{"title":"x","colour":"red"}',
    "wrong type": b'{"title":7}',
    "year 0": b'{"title":"x","times":{"started_at":"0000-01-01T00:00:00Z"}}',
    "no zone": b'{"title":"x","times":{"started_at":"2026-01-01T00:00:00"}}',
    "backwards": b'{"title":"x","times":{"started_at":"2026-01-02T00:00:00Z","resolved_at":"2026-01-01T00:00:00Z"}}',
}
ADDRESSES = [
    "/api/v1/incidents?limit=0",
    "/api/v1/incidents?limit=99999999999999999999999",
    "/api/v1/incidents?severity=9223372036854775808",
    "/api/v1/incidents?since=yesterday",
    "/api/v1/incidents?since=0000-00-00",
    "/api/v1/incidents?after=%F0%28%8C%28",
    "/api/v1/incidents?after=AAAA",
    "/api/v1/incidents?after=W10",
    "/api/v1/incidents?after=" + "x" * 5_000,
    "/api/v1/incidents?status=nonsense",
    "/api/v1/incidents/%00",
    "/api/v1/incidents/%ED%A0%80",
    "/api/v1/incidents?tag=%00",
    "/api/v1/incidents?service=%ED%A0%80",
    "/api/v1/search",
    "/api/v1/search?q=%00",
    "/api/v1/search?q=" + "x" * 20_000,
    "/api/v1/search?q=x&offset=-1",
    "/api/v1/search?q=x&kind=nonsense",
    "/api/v1/lessons/LES-0001/revisions/99999999999999999999",
    "/api/v1/lessons/LES-99999999999999999999",
    "/api/v1/nothing",
]


def expect_problem(answer):
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["code"]
    assert problem["detail"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("name", BODIES)
def test_bodies(writer, name):
    answer = writer.post("/api/v1/incidents", content=BODIES[name])
    expect_problem(answer)
    assert writer.get("/api/v1/incidents").json()["rows"] == []


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address[:60])
def test_addresses(writer, address):
    answer = writer.get(address)
    if answer.status_code == 200:
        assert "rows" in answer.json() or "hits" in answer.json()
        return
    expect_problem(answer)


@pytest.mark.parametrize("query", ["AND OR NOT", '"', "((((", "*", "field:value^3~", "🔥", "a\u202eb", " "])
def test_queries_of_operators_are_just_words(writer, query):
    assert writer.get("/api/v1/search", params={"q": query}).status_code == 200


def test_a_body_over_its_bound(writer):
    answer = writer.post("/api/v1/notes", content=b'{"title":"' + b"x" * 1_100_000 + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_wrong_method(writer):
    answer = writer.delete("/api/v1/incidents")
    assert answer.status_code == 405


def test_the_last_moment_of_the_calendar_is_kept_or_refused(writer):
    moment = b'{"title":"x","times":{"started_at":"9999-12-31T23:59:59-12:00"}}'
    answer = writer.post("/api/v1/incidents", content=moment)
    assert answer.status_code < 500, answer.text
    assert writer.get("/api/v1/incidents").status_code == 200
