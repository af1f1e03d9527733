"""The audit trail over HTTP."""

from __future__ import annotations

from hardwon.domain.checkpoint import is_signed_by, read_key, read_notes
from hardwon.storage.keys import is_signed
from hardwon.usecases import audit


def test_the_trail_is_listed_by_pages_and_filters(writer) -> None:
    for number in range(3):
        assert writer.post("/api/v1/incidents", json={"title": f"Slow {number}"}).status_code == 201
    answer = writer.get("/api/v1/audit", params={"kind": "incident", "limit": 2})
    assert [row["record"] for row in answer.json()["rows"]] == ["INC-0003", "INC-0002"]
    assert answer.json()["rows"][0]["title"] == "Slow 2"
    following = writer.get(answer.links["next"]["url"]).json()
    assert ([row["record"] for row in following["rows"]], following["next"]) == (["INC-0001"], None)
    asked = {"record": "INC-0002", "verb": "created", "since": "2026-11-20", "until": "2026-11-20"}
    assert len(writer.get("/api/v1/audit", params=asked).json()["rows"]) == 1
    assert writer.get("/api/v1/audit", params={"by": "nobody"}).json()["rows"] == []
    for wrong in ({"since": "yesterday"}, {"limit": 0}, {"after": "x"}, {"by": "x" * 300}):
        assert writer.get("/api/v1/audit", params=wrong).status_code in {400, 422}, wrong


def test_a_stranger_sees_nothing_and_a_reader_no_tokens(client, issue) -> None:
    assert client.get("/api/v1/audit").status_code == 401
    assert client.get("/api/v1/audit/checkpoint").status_code == 401
    assert client.get("/api/v1/audit", headers=issue("write")).status_code == 403
    reader, admin = issue("read"), issue("read", "administer")
    assert client.get("/api/v1/audit?kind=token", headers=reader).json()["rows"] == []
    assert client.get("/api/v1/audit?kind=token", headers=admin).json()["rows"]


def test_the_newest_checkpoint_is_read_with_its_key(app, client, issue) -> None:
    headers = issue("read")
    assert client.get("/api/v1/audit/checkpoint", headers=headers).status_code == 404
    audit.sequence(app)
    audit.checkpoint(app)
    said = client.get("/api/v1/audit/checkpoint", headers=headers).json()
    assert is_signed_by(read_notes(said["checkpoint"])[0], read_key(said["key"]), is_signed)
