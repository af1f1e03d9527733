"""Destinations over HTTP: set up, corrected, tried, and what was given up sent again."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.testing import TestClient

from hardwon.usecases import dispatching, incidents, outbox, people
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.faces.api.conftest import Issue

WHERE = "/api/v1/destinations"
NOBODY = "http://127.0.0.1:9/hook"


@pytest.fixture
def admin(client: TestClient[Any], issue: Issue) -> TestClient[Any]:
    client.headers.update(issue("administer"))
    return client


def add(admin: TestClient[Any]) -> tuple[str, str]:
    answer = admin.post(WHERE, json={"title": "Status page", "url": NOBODY})
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    made = answer.json()["destination"]["id"]
    assert answer.headers["location"] == f"{WHERE}/{made}"
    return made, answer.json()["secret"]


def test_a_destination_is_set_up_and_its_secret_told_once(admin: TestClient[Any]) -> None:
    made, secret = add(admin)
    assert secret.startswith("whsec_")
    read = admin.get(f"{WHERE}/{made}")
    assert secret not in read.text
    assert (read.headers["etag"], read.json()["secrets"]) == ('"1"', 1)
    assert [row["id"] for row in admin.get(WHERE).json()["rows"]] == [made]
    renewed = admin.post(f"{WHERE}/{made}/secret")
    assert renewed.headers["cache-control"] == "no-store"
    assert renewed.json()["secret"] != secret
    assert admin.get(f"{WHERE}/{made}").json()["secrets"] == 2


def test_it_is_changed_on_the_revision_that_was_read(admin: TestClient[Any]) -> None:
    made, _ = add(admin)
    given = {"title": "Renamed", "url": NOBODY, "services": ["ranker"], "active": False}
    assert admin.put(f"{WHERE}/{made}", json=given).status_code == 428
    assert admin.put(f"{WHERE}/{made}", json=given, headers={"If-Match": '"7"'}).status_code == 412
    changed = admin.put(f"{WHERE}/{made}", json=given, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert changed.json()["services"] == ["ranker"]
    assert (
        admin.put(
            f"{WHERE}/{made}", json={**given, "url": "ftp://x"}, headers={"If-Match": '"2"'}
        ).status_code
        == 422
    )


def test_what_does_not_arrive_is_seen_and_sent_again(admin: TestClient[Any], app: App) -> None:
    made, _ = add(admin)
    answer = admin.post(f"{WHERE}/{made}/test")
    assert (answer.status_code, answer.json()["status"]) == (200, 0)
    incidents.declare(app, people.local_owner(app), NewIncident(title="Search is slow"))
    outbox.deliver(app)
    dispatching.dispatch(app)
    (row,) = admin.get(f"{WHERE}/{made}").json()["dispatches"]["rows"]
    assert (row["state"], row["attempts"]) == ("waiting", 1)
    assert admin.get(f"{WHERE}/{made}", params={"failed": "true"}).json()["dispatches"]["rows"] == []
    assert admin.post(f"{WHERE}/{made}/dispatches").json() == {"messages": 0}
    assert admin.post(f"{WHERE}/{made}/dispatches/999").status_code == 404
    assert admin.get(f"{WHERE}/DST-0009").status_code == 404


def test_only_admins_may(client: TestClient[Any], issue: Issue) -> None:
    client.headers.update(issue("read", "ask", "write"))
    assert client.get(WHERE).status_code == 403
    assert client.post(WHERE, json={"title": "x", "url": NOBODY}).status_code == 403
