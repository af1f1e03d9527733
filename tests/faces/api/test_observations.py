"""Observations over HTTP: noted, corrected and triaged, each write on the revision it names."""

from __future__ import annotations

import pytest

AT = "/api/v1/observations"


def noted(writer, **fields: object) -> str:
    answer = writer.post(AT, json={"title": "The canary watches latency only", **fields})
    assert answer.status_code == 201, answer.text
    assert (answer.headers["location"], answer.headers["etag"]) == (f"{AT}/OBS-0001", '"1"')
    return f"{AT}/OBS-0001"


def test_an_observation_from_note_to_action(writer):
    address = noted(writer, kind="threat", services=["ranker"])
    body = {"title": "The canary watches latency and errors only", "kind": "threat"}
    assert writer.put(address, json=body).status_code == 428
    assert writer.put(address, json=body, headers={"If-Match": '"1"'}).json()["revision"] == 2
    refused = writer.patch(address, json={"to": "dismissed"}, headers={"If-Match": '"2"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "rule")
    answer = writer.patch(address, json={"to": "action"}, headers={"If-Match": '"2"'})
    assert (answer.json()["state"], answer.json()["became"]) == ("became", "ACT-0001")
    assert writer.get("/api/v1/actions/ACT-0001").json()["source_id"] == "OBS-0001"
    rows = writer.get(f"{AT}?state=became&kind=threat").json()["rows"]
    assert [row["became"] for row in rows] == ["ACT-0001"]
    assert len(writer.get(f"{address}/revisions").json()) >= 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "x", "kind": "feeling"},
        {"title": "x", "state": "became"},
        {"title": "x", "services": ["a"] * 101},
    ],
)
def test_what_is_no_observation_is_refused(writer, body):
    answer = writer.post(AT, json=body)
    assert answer.status_code in {400, 422}
    assert writer.get(AT).json()["rows"] == []
