"""Reviews over HTTP: planned, held, signed and closed, each write on the revision it names."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient

from hardwon.usecases import calendars, people


def planned(writer, **fields: object) -> str:
    writer.post("/api/v1/incidents", json={"title": "Stale embeddings", "severity": 2})
    answer = writer.post("/api/v1/reviews", json={"subject": "INC-0001", **fields})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == "/api/v1/reviews/REV-0001"
    assert answer.headers["etag"] == '"1"'
    assert sum(point["minutes"] for point in answer.json()["agenda"]) == answer.json()["minutes"]
    return "/api/v1/reviews/REV-0001"


def test_a_review_from_plan_to_close(writer):
    address = planned(writer, minutes=30)
    revision = 1

    def send(method: str, path: str = "", status: int = 200, **body: object):
        nonlocal revision
        headers = {"If-Match": f'"{revision}"'}
        answer = writer.request(method, address + path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        revision = int(answer.headers["etag"].strip('"'))
        return answer.json()

    starts = "2026-11-23T14:00:00Z"
    assert send("PUT", "/plan", starts_at=starts, minutes=45, facilitator="ada")["starts_at"] == starts
    assert writer.get("/api/v1/reviews?overdue=true").json()["rows"] == []
    send("PATCH", step="begin")
    send("POST", "/questions", 201, text="Who watches it?")
    send("PUT", "/questions/1", text="Nobody.")
    send("POST", "/decisions", 201, text="Alert on the age", owner="remi", due_on="2026-12-01")
    send("POST", "/decisions", 201, text="Show the age")
    send("POST", "/decisions/2/action", 201, owner="olu", due_on="2026-12-02")
    send("PUT", "/seats/product", person=None)
    send("PUT", "/signatures/product", verdict="dissents", note="Too late for the sale.")
    send("PATCH", step="end")
    closed = send("PATCH", step="close")
    assert (closed["state"], closed["seats"][-1]["verdict"]) == ("closed", "dissents")
    page = writer.get(address).json()
    assert sorted(page["actions"]) == ["ACT-0001", "ACT-0002"]
    assert page["incident"]["id"] == "INC-0001"
    assert writer.get("/api/v1/reviews?state=closed").json()["rows"][0]["dissents"] == 1
    assert len(writer.get(f"{address}/revisions").json()) >= 1


def test_a_write_names_its_revision(writer):
    address = planned(writer)
    assert writer.patch(address, json={"step": "begin"}).status_code == 428
    stale = writer.patch(address, json={"step": "begin"}, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "revision_conflict")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"subject": "INC-9999"}, 404),
        ({"subject": "LES-0001"}, 422),
        ({"subject": "INC-0001", "minutes": 5}, 422),
        ({"subject": "INC-0001", "starts_at": "2026-11-23T14:00:00"}, 422),
        ({"subject": "INC-0001", "seats": [{"perspective": "sales"}]}, 422),
        ({"subject": "INC-0001", "surprise": 1}, 422),
    ],
)
def test_a_plan_that_cannot_be_is_refused(writer, body, status):
    writer.post("/api/v1/incidents", json={"title": "Stale embeddings"})
    answer = writer.post("/api/v1/reviews", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["fix"]


def test_a_secret_address_opens_without_signing_in_and_no_other_does(app, client: TestClient):
    owner = people.local_owner(app)
    secret = calendars.share(app, owner)
    good = client.get(f"/calendar/{secret}.ics")
    assert good.status_code == 200
    assert good.headers["content-type"] == "text/calendar; charset=utf-8"
    assert good.headers["cache-control"] == "private, no-store"
    assert good.text.startswith("BEGIN:VCALENDAR\r\n")
    calendars.revoke(app, owner)
    bad = [client.get(f"/calendar/{name}") for name in (f"{secret}.ics", secret, "x.ics", "A" * 43 + ".ics")]
    assert {answer.status_code for answer in bad} == {404}
    assert len({answer.text for answer in bad}) == 1
