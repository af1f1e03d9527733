"""Incidents over HTTP: written once, never overwritten unseen."""

from __future__ import annotations

from urllib.parse import urlsplit


def declare(client, **fields: object):
    answer = client.post("/api/v1/incidents", json={"title": "Ranker serves stale embeddings", **fields})
    assert answer.status_code == 201, answer.text
    return answer


def test_a_title_is_enough(writer):
    answer = declare(writer)
    assert answer.json()["id"] == "INC-0001"
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == "/api/v1/incidents/INC-0001"
    assert answer.json()["times"]["detected_at"] == "2026-11-20T09:30:00Z"


def test_a_write_names_its_revision(writer):
    incident = declare(writer).json()
    address = f"/api/v1/incidents/{incident['id']}"
    changed = {**incident, "title": "Ranker serves 31-hour-old embeddings"}
    assert writer.put(address, json=changed).status_code == 428
    first = writer.put(address, json=changed, headers={"If-Match": '"1"'})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    second = writer.put(address, json=incident, headers={"If-Match": '"1"'})
    assert (second.status_code, second.json()["code"]) == (412, "revision_conflict")
    kept = writer.get(address)
    assert kept.json()["incident"]["title"] == changed["title"]
    assert kept.headers["etag"] == '"2"'


def test_an_if_match_that_is_none(writer):
    incident = declare(writer).json()
    for header in ("3", "*", '"x"', '"1", "2"', '"99999999999999999999"'):
        answer = writer.put(
            f"/api/v1/incidents/{incident['id']}", json=incident, headers={"If-Match": header}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed"), header


def test_status_goes_forward(writer):
    declare(writer)
    forward = writer.patch(
        "/api/v1/incidents/INC-0001", json={"status": "mitigated"}, headers={"If-Match": '"1"'}
    )
    assert forward.json()["status"] == "mitigated"
    back = writer.patch(
        "/api/v1/incidents/INC-0001", json={"status": "acknowledged"}, headers={"If-Match": '"2"'}
    )
    assert (back.status_code, back.json()["code"]) == (409, "rule")
    assert back.json()["fix"]


def test_pages_follow_each_other(writer):
    for number in range(5):
        declare(writer, title=f"Incident {number}")
    seen = []
    address = "/api/v1/incidents?limit=2"
    while address:
        answer = writer.get(address)
        seen += [row["id"] for row in answer.json()["rows"]]
        link = answer.headers.get("link", "")
        assert bool(link) == bool(answer.json()["next"])
        target = urlsplit(link[1 : link.index(">")]) if link else None
        address = f"{target.path}?{target.query}" if target else ""
    assert sorted(seen) == [f"INC-000{number}" for number in range(1, 6)]
    assert len(seen) == 5


def test_what_is_not_there(writer):
    answer = writer.get("/api/v1/incidents/INC-0404")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_a_timeline_is_written_entry_by_entry(writer):
    declare(writer)
    address = "/api/v1/incidents/INC-0001/timeline"
    first = writer.post(address, json={"text": "The pager went", "at": "2026-11-20T09:00:00Z"})
    assert (first.status_code, first.headers["etag"]) == (201, '"2"')
    place = first.json()["place"]
    writer.post(address, json={"text": "A graph looked odd", "at": "2026-11-20T08:55:00Z"})
    where = f"{address}/{place['position']}?mark={place['mark']}"
    starred = writer.patch(where, json={"starred": False}).json()
    assert starred["place"]["position"] == 1
    again = writer.put(where, json={"text": "Overwritten"})
    assert (again.status_code, again.json()["code"]) == (412, "revision_conflict")
    now = f"{address}/1?mark={starred['place']['mark']}"
    gone = writer.delete(now).json()
    assert [entry["text"] for entry in gone["incident"]["timeline"]] == ["A graph looked odd"]
    assert writer.post(address, json={"text": "x", "at": "2026-11-20T09:00:00"}).status_code == 422


def test_incidents_merge_and_deployments_are_judged(writer):
    declare(writer)
    declare(writer, title="The same, declared twice")
    merged = writer.post(
        "/api/v1/incidents/INC-0001/merge", json={"incident": "INC-0002"}, headers={"If-Match": '"1"'}
    )
    assert (merged.status_code, merged.headers["etag"]) == (200, '"2"')
    assert writer.get("/api/v1/incidents/INC-0002").json()["incident"]["merged_into"] == "INC-0001"
    shipped = writer.post(
        "/api/v1/deployments", json={"title": "Ship", "finished_at": "2026-11-20T09:00:00Z"}
    )
    proposed = writer.get("/api/v1/incidents/INC-0001/candidates").json()["rows"]
    assert [row["deployment"]["id"] for row in proposed] == [shipped.json()["id"]]
    link = {"deployment": shipped.json()["id"], "relation": "caused", "confidence": "high"}
    judged = writer.post(
        "/api/v1/incidents/INC-0001/deployments", json=link, headers={"If-Match": '"2"'}
    ).json()
    assert judged["deployments"][0]["decided_by"]
