"""Links and playbooks over HTTP."""

from __future__ import annotations

import json

PULL = "https://github.com/acme/ranker/pull/812"


def made(client, folder: str, **body: object) -> dict[str, object]:
    answer = client.post(f"/api/v1/{folder}", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_references_are_part_of_a_record(writer) -> None:
    note = made(writer, "notes", title="Pinned", references=[{"url": PULL}])
    assert note["references"] == [{"url": PULL, "kind": "change", "title": ""}]
    kept = {"title": "Pinned", "references": [{"url": PULL, "kind": "document", "title": "PR"}]}
    answer = writer.put(f"/api/v1/notes/{note['id']}", json=kept, headers={"If-Match": '"1"'})
    assert answer.json()["references"][0]["kind"] == "document"
    for wrong in (
        {"url": "javascript:alert(1)"},
        {"url": "https://ada:x@example.org/"},
        {"url": PULL, "kind": "song"},
        {"kind": "change"},
    ):
        refused = writer.post("/api/v1/notes", json={"title": "x", "references": [wrong]})
        assert refused.status_code in {400, 422}, wrong
    many = [{"url": f"https://example.org/{number}"} for number in range(201)]
    refused = writer.post("/api/v1/notes", json={"title": "x", "references": many})
    assert refused.status_code in {400, 422}


def test_who_points_there_is_listed_by_pages(writer) -> None:
    incident = writer.post("/api/v1/incidents", json={"title": "Slow"}).json()["id"]
    for number in range(5):
        made(writer, "notes", title=f"Note {number}", body=f"As in {incident}", references=[{"url": PULL}])
    made(writer, "actions", title="Alert", incident=incident)
    found, path = [], f"/api/v1/links?to={incident}&limit=4"
    while path:
        answer = writer.get(path)
        found += [(row["relation"], row["id"]) for row in answer.json()["rows"]]
        path = answer.links.get("next", {}).get("url", "")
    assert len(found) == len(set(found)) == 6
    assert found[0] == ("incident", "ACT-0001")
    rows = writer.get("/api/v1/links", params={"to": f"{PULL}/#discussion"}).json()["rows"]
    assert {row["relation"] for row in rows} == {"reference"}
    assert len(rows) == 5
    assert writer.get("/api/v1/links").status_code in {400, 422}
    assert writer.get("/api/v1/links", params={"to": "x" * 3_000}).status_code in {400, 422}


def test_a_reader_sees_only_what_points_there_visibly(writer, client, issue) -> None:
    incident = writer.post("/api/v1/incidents", json={"title": "Slow"}).json()["id"]
    made(writer, "notes", title="A draft", body=f"{incident} INC-0404")
    headers = issue("read")
    assert client.get("/api/v1/links", params={"to": incident}, headers=headers).json()["rows"] == []
    assert client.get("/api/v1/links/dead", headers=headers).json()["rows"] == []
    assert client.get("/api/v1/links/dead", headers={"Authorization": ""}).status_code == 401


def test_dead_links_name_their_owner(writer) -> None:
    note = made(writer, "notes", title="Old", body="See INC-0404", owner="mika")
    (row,) = writer.get("/api/v1/links/dead").json()["rows"]
    assert (row["record"], row["target"], row["fault"], row["owner"]) == (
        note["id"],
        "INC-0404",
        "missing",
        "mika",
    )
    assert row["fix"]


def test_a_runbook_is_read_as_a_playbook(writer) -> None:
    runbook = made(writer, "runbooks", title="Rebuild", steps=[{"text": "Look", "command": "ls"}])
    answer = writer.get(f"/api/v1/runbooks/{runbook['id']}/cacao")
    playbook = json.loads(answer.text)
    assert (playbook["spec_version"], playbook["name"]) == ("cacao-2.0", "Rebuild")
    empty = made(writer, "runbooks", title="Nothing yet")
    refused = writer.get(f"/api/v1/runbooks/{empty['id']}/cacao")
    assert (refused.status_code, "no steps" in refused.text) == (409, True)
    assert writer.get("/api/v1/runbooks/RB-0404/cacao").status_code == 404


def test_a_runbook_has_a_bound(writer) -> None:
    steps = [{"text": str(number)} for number in range(201)]
    refused = writer.post("/api/v1/runbooks", json={"title": "Long", "steps": steps})
    assert refused.status_code in {400, 422}
