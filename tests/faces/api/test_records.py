"""Deployments, actions, the catalogue, the inbox, recall, import and the audit trail over HTTP."""

from __future__ import annotations

import msgspec
import pytest

from hardwon.usecases import indexing


def test_a_deployment_delivered_twice_is_kept_once(writer):
    sent = {"title": "ranker v8", "service": "ranker", "source": "ci", "source_id": "run-1"}
    first, second = (writer.post("/api/v1/deployments", json=sent) for _ in range(2))
    assert first.json()["id"] == second.json()["id"] == "DEP-0001"
    assert len(writer.get("/api/v1/deployments?service=ranker").json()["rows"]) == 1
    assert writer.get("/api/v1/deployments/DEP-0001").json()["deployment"]["title"] == "ranker v8"


def test_an_action_is_promised_and_done(writer):
    made = writer.post("/api/v1/actions", json={"title": "Alert on age", "due_on": "2026-11-01"})
    assert made.status_code == 201, made.text
    rows = writer.get("/api/v1/actions?unfinished=true&state=open").json()["rows"]
    assert [(row["id"], row["overdue_days"]) for row in rows] == [("ACT-0001", 19)]
    done = writer.patch("/api/v1/actions/ACT-0001", json={"state": "done"}, headers={"If-Match": '"1"'})
    assert done.json()["done_at"] == "2026-11-20T09:30:00Z"
    verified = writer.patch(
        "/api/v1/actions/ACT-0001", json={"state": "verified"}, headers={"If-Match": '"2"'}
    )
    assert (verified.status_code, verified.json()["code"]) == (409, "rule")


@pytest.mark.parametrize("folder", ["services", "teams", "environments", "people"])
def test_the_catalogue_is_added_to_and_replaced(writer, folder):
    address = f"/api/v1/{folder}/ranker"
    assert writer.put(address, json={"id": "ranker", "name": "Ranker"}).status_code == 428
    new = {"If-None-Match": "*"}
    assert writer.put(address, json={"id": "ranker", "name": "Ranker"}, headers=new).status_code == 200
    again = writer.put(address, json={"id": "ranker", "name": "Ranker"}, headers=new)
    assert again.status_code == 409
    changed = writer.put(address, json={"id": "ranker", "name": "R"}, headers={"If-Match": '"1"'})
    assert (changed.json()["name"], changed.headers["etag"]) == ("R", '"2"')
    assert "ranker" in [row["id"] for row in writer.get(f"/api/v1/{folder}").json()["rows"]]
    assert writer.get(address).json()["name"] == "R"
    other = writer.put(address, json={"id": "x", "name": "R"}, headers={"If-Match": '"2"'})
    assert other.status_code == 400


def test_services_that_nobody_owns_are_listed_and_claimed_and_other_names_are_left_out(writer):
    new, known = {"If-None-Match": "*"}, {"If-Match": '"1"'}
    for name in ("ranker", "rankr", "scorer"):
        address = f"/api/v1/services/{name}"
        assert writer.put(address, json={"id": name, "name": name}, headers=new).status_code == 200

    def waiting() -> list[str]:
        return [row["id"] for row in writer.get("/api/v1/services?unclaimed=true").json()["rows"]]

    assert waiting() == ["ranker", "rankr", "scorer"]
    owned = {"id": "ranker", "name": "Ranker", "team": "search"}
    assert writer.put("/api/v1/services/ranker", json=owned, headers=known).status_code == 200
    writer.post("/api/v1/deployments", json={"title": "8", "service": "rankr"})
    same = {"id": "rankr", "name": "rankr", "same_as": "ranker"}
    assert writer.put("/api/v1/services/rankr", json=same, headers=known).status_code == 200
    assert waiting() == ["scorer"]
    assert [row["id"] for row in writer.get("/api/v1/services").json()["rows"]] == ["ranker", "scorer"]
    assert writer.get("/api/v1/deployments/DEP-0001").json()["deployment"]["service"] == "ranker"
    chained = {"id": "scorer", "name": "scorer", "same_as": "rankr"}
    refused = writer.put("/api/v1/services/scorer", json=chained, headers=known)
    assert (refused.status_code, refused.json()["code"]) == (409, "rule")


def test_recall_answers_with_reasons(writer, app):
    writer.post("/api/v1/incidents", json={"title": "Stale embeddings in ranker", "services": ["ranker"]})
    indexing.catch_up(app)
    found = writer.get("/api/v1/search", params={"q": "stale embeddings", "kind": "incident"}).json()
    assert [hit["id"] for hit in found["hits"]] == ["INC-0001"]
    assert found["hits"][0]["reasons"]
    like = writer.post("/api/v1/similar", json={"title": "embeddings are stale", "services": ["ranker"]})
    assert [hit["id"] for hit in like.json()["hits"]] == ["INC-0001"]
    answer = writer.post("/api/v1/check", json={"text": "Bump the embedder", "services": ["ranker"]}).json()
    assert answer["verdict"] in {"pass", "warn", "block"}
    assert writer.post("/api/v1/check", json={}).status_code == 422


def test_import_looks_first(writer):
    line = msgspec.json.encode({"id": "w-1", "kind": "incident", "title": "Disk full", "date": "2025-01-02"})
    look = writer.post("/api/v1/import", content=line)
    assert (look.status_code, look.json()["written"]) == (200, False), look.text
    assert writer.get("/api/v1/incidents").json()["rows"] == []
    kept = writer.post("/api/v1/import?write=true", content=line).json()
    assert (kept["written"], kept["new"]) == (True, {"incident": 1})
    again = writer.post("/api/v1/import?write=true", content=line).json()
    assert (again["new"], again["known"]) == ({}, 1)
    assert writer.post("/api/v1/import", content=b"").status_code == 400


def test_the_audit_trail_verifies(writer):
    writer.post("/api/v1/notes", json={"title": "A note"})
    report = writer.get("/api/v1/audit/verify")
    assert report.json()["problems"] == []


def test_the_inbox_is_ones_own(writer):
    assert writer.get("/api/v1/inbox").json() == {"rows": [], "next": None}
    assert writer.post("/api/v1/inbox/read", json={"ids": [1, 2]}).json() == {"read": 0}


def test_probes_schemas_and_description(client):
    assert client.get("/livez").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    for address in client.get("/schemas").json()["schemas"]:
        assert client.get(address).json()["$id"].startswith("urn:hardwon:schema:")
    assert client.get("/schemas/nothing.json").status_code == 404
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/incidents/{incident_id}" in described["paths"]
    page = client.get("/api/docs").text
    assert "/api/v1/check" in page
    assert "//cdn" not in page
