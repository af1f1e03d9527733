"""Retention and erasing over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.testing import TestClient

from tests.faces.api.conftest import Issue

RULES = '[[rules]]\nname = "Logs"\nwhen = "severity > 0"\nafter_days = 30\ndrop = ["log"]\n'


def test_rules_are_read_tried_and_replaced(client: TestClient[Any], issue: Issue) -> None:
    client.headers.update(issue("administer"))
    read = client.get("/api/v1/retention").json()
    assert (read["revision"], read["rules"]["rules"], read["due"]) == (0, [], [])
    assert (
        client.post("/api/v1/retention/trial", json={"text": RULES}).json()["rules"]["rules"][0]["name"]
        == "Logs"
    )
    broken = client.put("/api/v1/retention", json={"text": "rules = 1"}, headers={"If-Match": '"0"'})
    assert (broken.status_code, bool(broken.json()["fix"])) == (422, True)
    kept = client.put("/api/v1/retention", json={"text": RULES}, headers={"If-Match": '"0"'})
    assert (kept.status_code, kept.headers["etag"]) == (200, '"1"')
    again = client.put("/api/v1/retention", json={"text": RULES}, headers={"If-Match": '"0"'})
    assert again.status_code in {409, 412}


def test_words_are_previewed_and_erased(client: TestClient[Any], issue: Issue) -> None:
    client.headers.update(issue("administer", "write", "read"))
    made = client.post("/api/v1/incidents", json={"title": "Pasted s3cr3t-words"}).json()
    asked = {"words": "s3cr3t-words"}
    preview = client.post("/api/v1/erasures/preview", json=asked).json()
    assert preview["found"]["records"] == [made["id"]]
    found = client.post("/api/v1/erasures", json={**asked, "reason": "a leak"}).json()
    assert found["revisions"] == 1
    incident = client.get(f"/api/v1/incidents/{made['id']}").json()["incident"]
    assert incident["title"] == "Pasted [erased]"


@pytest.mark.parametrize(
    "body", [{}, {"words": "a b c d", "person": "ada"}, {"words": "x"}, {"person": "ada", "x": 1}]
)
def test_what_is_unclear_is_refused_with_the_fix(
    client: TestClient[Any], issue: Issue, body: dict[str, Any]
) -> None:
    client.headers.update(issue("administer"))
    for path in ("/api/v1/erasures", "/api/v1/erasures/preview"):
        answer = client.post(path, json=body)
        assert 400 <= answer.status_code < 500
        assert answer.json()["fix"]


def test_who_may_write_may_not_erase(client: TestClient[Any], issue: Issue) -> None:
    client.headers.update(issue("write", "read", "review"))
    assert client.get("/api/v1/retention").status_code == 403
    assert client.post("/api/v1/erasures", json={"words": "anything"}).status_code == 403
    assert client.post("/api/v1/erasures/preview", json={"person": "owner"}).status_code == 403
