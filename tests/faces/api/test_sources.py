"""Sources over HTTP: set up, mapped, fed over their webhook, looked into, corrected and asked."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.testing import TestClient

from hardwon.usecases import capture
from hardwon.usecases.app import App
from hardwon.web.mapping import EXAMPLE, EXAMPLE_BODY
from tests.faces.api.conftest import Issue

WHERE = "/api/v1/sources"


@pytest.fixture
def admin(client: TestClient[Any], issue: Issue) -> TestClient[Any]:
    client.headers.update(issue("administer"))
    return client


def add(admin: TestClient[Any], kind: str = "generic") -> tuple[str, str]:
    answer = admin.post(WHERE, json={"title": "Our pipeline", "kind": kind})
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert answer.headers["location"] == f"{WHERE}/{answer.json()['source']['id']}"
    return answer.json()["source"]["id"], answer.json()["secret"]


def test_from_a_new_source_to_what_it_reported(admin: TestClient[Any], app: App) -> None:
    source, secret = add(admin)
    told = {"Authorization": f"Bearer {secret}"}
    for number in range(3):
        body = {"type": "deployment", "key": f"k{number}", "title": "Shipped"} if number else {"type": "x"}
        assert admin.post(f"/hooks/{source}", json=body, headers=told).status_code == 202
    capture.digest(app)
    first = admin.get(f"{WHERE}/{source}?limit=2")
    assert (first.headers["etag"], first.json()["secrets"]) == ('"1"', 1)
    assert secret not in first.text
    deliveries = first.json()["deliveries"]
    assert [row["state"] for row in deliveries["rows"]] == ["done", "done"]
    rest = admin.get(f"{WHERE}/{source}", params={"after": deliveries["next"]}).json()["deliveries"]
    (failed,) = rest["rows"]
    assert (failed["state"], rest["next"]) == ("failed", None)
    assert "none of deployment, alert and incident" in failed["reason"]

    there = f"{WHERE}/{source}/deliveries/{failed['id']}"
    assert admin.get(there).json()["body"] == '{"type":"x"}'
    assert admin.post(f"{there}/replay").status_code == 202
    assert admin.get(f"{WHERE}/{source}").json()["deliveries"]["rows"][2]["state"] == "waiting"
    assert admin.get(f"{WHERE}/{source}/deliveries/999").status_code == 404
    assert admin.post(f"{WHERE}/{source}/deliveries/999/replay").status_code == 404
    assert admin.get(WHERE).json()["rows"] == [{"id": source, "title": "Our pipeline", "kind": "generic"}]


def test_a_source_is_changed_on_the_revision_that_was_read(admin: TestClient[Any]) -> None:
    source, secret = add(admin)
    given = {"title": "Renamed", "severities": [{"word": "page", "severity": 1}], "quiet_minutes": 3}
    assert admin.put(f"{WHERE}/{source}", json=given).status_code == 428
    changed = admin.put(f"{WHERE}/{source}", json=given, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"], changed.json()["title"]) == (200, '"2"', "Renamed")
    assert admin.put(f"{WHERE}/{source}", json=given, headers={"If-Match": '"1"'}).status_code == 412
    broken = admin.put(f"{WHERE}/{source}", json={**given, "opens": "1 / 0"}, headers={"If-Match": '"2"'})
    assert (broken.status_code, bool(broken.json()["fix"])) == (422, True)
    strange = admin.put(f"{WHERE}/{source}", json={**given, "kind": "github"}, headers={"If-Match": '"2"'})
    assert strange.status_code in {400, 422}
    for wrong in ({"quiet_minutes": -1}, {"opens": ""}, {"kind": "telegraph"}, {"title": ""}):
        refused = admin.post(WHERE, json={"title": "X", "kind": "generic", **wrong})
        assert (refused.status_code, bool(refused.json()["fix"])) == (422, True)
    renewed = admin.post(f"{WHERE}/{source}/secret", json={})
    assert renewed.json()["secret"] not in {"", secret}
    assert admin.post(f"{WHERE}/{source}/secret", json={"secret": "short"}).status_code == 422
    for each in (secret, renewed.json()["secret"]):
        taken = admin.post(f"/hooks/{source}", json={"n": each}, headers={"Authorization": f"Bearer {each}"})
        assert taken.status_code == 202
    assert admin.get(f"{WHERE}/SRC-0099").status_code == 404


def test_a_mapping_is_tried_written_and_taken_away(admin: TestClient[Any], app: App) -> None:
    source, secret = add(admin)
    where = f"{WHERE}/{source}/mapping"
    assert admin.get(where).json() == {"text": "", "revision": 1}
    trial = admin.post(f"{where}/trial", json={"text": EXAMPLE, "body": EXAMPLE_BODY}).json()
    assert (trial["event"], trial["count"]) == ("deploys, checks", 3)
    assert [one["type"] for one in trial["signals"]] == ["deployment", "alert", "alert"]
    nothing = admin.post(f"{where}/trial", json={"text": EXAMPLE})
    assert (nothing.status_code, bool(nothing.json()["fix"])) == (404, True)
    headed = EXAMPLE.replace("'item.level'", "'headers[\"x-level\"]'")
    tried = {"text": headed, "body": EXAMPLE_BODY, "headers": {"X-Level": "page"}}
    assert admin.post(f"{where}/trial", json=tried).json()["signals"][1]["severity"] == "page"

    broken = admin.put(where, json={"text": EXAMPLE + "x = 1"}, headers={"If-Match": '"1"'})
    assert (broken.status_code, "x" in broken.json()["detail"]) == (422, True)
    assert admin.put(where, json={"text": EXAMPLE}).status_code == 428
    written = admin.put(where, json={"text": EXAMPLE}, headers={"If-Match": '"1"'})
    assert (written.status_code, len(written.json()["mapping"]["rules"])) == (200, 2)
    told = {"Authorization": f"Bearer {secret}"}
    assert admin.post(f"/hooks/{source}", content=EXAMPLE_BODY, headers=told).status_code == 202
    capture.digest(app)
    (row,) = admin.get(f"{WHERE}/{source}").json()["deliveries"]["rows"]
    assert (row["state"], row["signals"]) == ("done", 3)
    gone = admin.put(where, json={"text": ""}, headers={"If-Match": '"2"'})
    assert gone.json()["mapping"] is None
    other, _ = add(admin, "github")
    refused = admin.put(f"{WHERE}/{other}/mapping", json={"text": EXAMPLE}, headers={"If-Match": '"1"'})
    assert 400 <= refused.status_code < 500


def test_a_source_is_asked_and_asked_no_more(admin: TestClient[Any]) -> None:
    source, _ = add(admin, "prometheus")
    where = f"{WHERE}/{source}/poll"
    assert admin.get(where).json() == {"possible": True, "state": None}
    assert admin.post(f"{where}/now").status_code == 404
    given = {"address": "https://prometheus.example.org", "minutes": 7, "token": "a-token-nobody-guesses"}
    assert admin.put(where, json=given).status_code == 428
    kept = admin.put(where, json=given, headers={"If-Match": '"1"'})
    assert (kept.status_code, kept.json()["poll"]["minutes"]) == (200, 7)
    state = admin.get(where)
    assert state.json()["state"]["has_token"]
    assert "a-token-nobody-guesses" not in state.text + kept.text
    assert admin.post(f"{where}/now").status_code == 202
    broken = admin.put(where, json={**given, "address": "ftp://x"}, headers={"If-Match": '"2"'})
    assert (broken.status_code, bool(broken.json()["fix"])) == (422, True)
    stopped = admin.delete(where, headers={"If-Match": '"2"'})
    assert (stopped.status_code, stopped.json()["poll"]) == (200, None)


def test_who_does_not_administer_is_let_near_nothing(client: TestClient[Any], issue: Issue) -> None:
    client.headers.update(issue("administer"))
    source, _ = add(client)
    client.headers.update(issue("read", "write", "review", "deploy", "import", "ask"))
    match = {"If-Match": '"1"'}
    asked = [
        client.get(WHERE),
        client.post(WHERE, json={"title": "X", "kind": "generic"}),
        client.get(f"{WHERE}/{source}"),
        client.put(f"{WHERE}/{source}", json={"title": "X"}, headers=match),
        client.post(f"{WHERE}/{source}/secret", json={}),
        client.get(f"{WHERE}/{source}/deliveries/1"),
        client.post(f"{WHERE}/{source}/deliveries/1/replay"),
        client.get(f"{WHERE}/{source}/mapping"),
        client.post(f"{WHERE}/{source}/mapping/trial", json={"text": EXAMPLE, "body": "{}"}),
        client.put(f"{WHERE}/{source}/mapping", json={"text": EXAMPLE}, headers=match),
        client.get(f"{WHERE}/{source}/poll"),
        client.put(f"{WHERE}/{source}/poll", json={"address": "https://a.example"}, headers=match),
        client.delete(f"{WHERE}/{source}/poll", headers=match),
        client.post(f"{WHERE}/{source}/poll/now"),
    ]
    assert {answer.status_code for answer in asked} == {403}


def test_the_description_names_every_operation(client: TestClient[Any]) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    mine = {path: set(item) for path, item in paths.items() if path.startswith(WHERE)}
    assert sum(len(methods & {"get", "post", "put", "delete"}) for methods in mine.values()) == 15
    added = paths[WHERE]["post"]
    assert "201" in added["responses"]
    assert "requestBody" in added
