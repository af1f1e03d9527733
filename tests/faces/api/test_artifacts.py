"""Lessons, runbooks, notes and postmortems over HTTP."""

from __future__ import annotations

import pytest

FOLDERS = ("lessons", "runbooks", "notes", "postmortems")


@pytest.mark.parametrize("folder", FOLDERS)
def test_written_read_revised_moved_and_restored(writer, folder):
    made = writer.post(f"/api/v1/{folder}", json={"title": "Refuse stale features", "body": "One."})
    assert made.status_code == 201, made.text
    address = made.headers["location"]
    assert made.json()["state"] == "draft"
    record = made.json()
    revised = writer.put(address, json={**record, "body": "Two."}, headers={"If-Match": '"1"'})
    assert (revised.status_code, revised.json()["revision"]) == (200, 2), revised.text
    moved = writer.patch(address, json={"state": "published"}, headers={"If-Match": '"2"'})
    assert moved.json()["state"] == "published", moved.text
    history = writer.get(f"{address}/revisions").json()["rows"]
    assert [row["revision"] for row in history] == [3, 2, 1]
    assert writer.get(f"{address}/revisions/1").json()["body"] == "One."
    lines = writer.get(f"{address}/compare?left=1&right=2").json()["lines"]
    assert ["-", "body: One."] in lines
    assert ["+", "body: Two."] in lines
    back = writer.post(f"{address}/restore", json={"revision": 1}, headers={"If-Match": '"3"'})
    assert (back.json()["body"], back.json()["state"]) == ("One.", "published")
    page = writer.get(address)
    assert page.headers["etag"] == '"4"'
    assert [row["id"] for row in writer.get(f"/api/v1/{folder}").json()["rows"]] == [record["id"]]


def test_an_id_of_another_kind_is_not_found(writer):
    made = writer.post("/api/v1/notes", json={"title": "A note"})
    name = made.json()["id"]
    assert writer.get(f"/api/v1/lessons/{name}").status_code == 404
    wrong = writer.patch(f"/api/v1/lessons/{name}", json={"state": "archived"}, headers={"If-Match": '"1"'})
    assert wrong.status_code == 404


def test_retiring_needs_a_reason(writer):
    writer.post("/api/v1/lessons", json={"title": "A lesson"})
    for number, state in enumerate(("published", "retired"), 1):
        answer = writer.patch(
            "/api/v1/lessons/LES-0001", json={"state": state}, headers={"If-Match": f'"{number}"'}
        )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_the_sender_does_not_choose_what_is_hardwons(writer):
    sent = {"id": "LES-9999", "title": "Mine", "state": "published", "revision": 77, "schema_version": 10**30}
    made = writer.post("/api/v1/lessons", json=sent)
    assert made.status_code == 201, made.text
    kept = made.json()
    assert (kept["id"], kept["state"], kept["revision"], kept["schema_version"]) == (
        "LES-0001",
        "draft",
        1,
        1,
    )
