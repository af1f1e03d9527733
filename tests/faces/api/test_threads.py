"""Threads over HTTP; an unnamed question leaves nothing of its asker, whatever asked for it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from hardwon.api.description import describe
from hardwon.domain.note import Note
from hardwon.usecases import artifacts, people
from hardwon.usecases.app import App
from tests.faces.api.conftest import NOW, Issue

HERE = "/api/v1/threads"


@pytest.fixture
def note(app: App) -> Iterator[str]:
    """A note that everybody may read."""
    owner = people.local_owner(app)
    kept = artifacts.write(app, owner, Note(id="new", title="Late", written_at=NOW, updated_at=NOW))
    return artifacts.move(app, owner, kept.id, "in_review", 1).id


def test_a_thread_lives_its_life(client: TestClient[Any], issue: Issue, note: str) -> None:
    reader = issue("read", "ask")
    made = client.post(HERE, headers=reader, json={"artifact": note, "kind": "question", "text": "Why?"})
    assert (made.status_code, made.headers["location"]) == (201, f"{HERE}/THR-0001")
    answered = client.post(f"{HERE}/THR-0001/replies", headers=issue("read", "ask"), json={"text": "So."})
    assert (answered.status_code, answered.headers["etag"]) == (201, '"2"')
    step = {"state": "resolved"}
    assert client.patch(f"{HERE}/THR-0001", headers=reader, json=step).status_code == 428
    stale = client.patch(f"{HERE}/THR-0001", headers={**reader, "If-Match": '"1"'}, json=step)
    assert stale.status_code == 412
    done = client.patch(f"{HERE}/THR-0001", headers={**reader, "If-Match": '"2"'}, json=step)
    assert done.json()["state"] == "resolved"
    listed = client.get(HERE, headers=reader, params={"artifact": note})
    assert [row["replies"][0]["text"] for row in listed.json()["rows"]] == ["So."]
    assert client.get(HERE, headers=reader, params={"artifact": note, "state": "open"}).json()["rows"] == []
    again = client.patch(f"{HERE}/THR-0001", headers={**reader, "If-Match": '"3"'}, json={"state": "open"})
    assert again.json()["state"] == "open"
    assert client.get(f"{HERE}/THR-0001", headers=reader).headers["etag"] == '"4"'
    revisions = client.get(f"{HERE}/THR-0001/revisions", headers=reader).json()
    assert [row["verb"] for row in revisions["rows"]] == ["moved", "moved", "revised", "created"]


def test_an_unnamed_question_is_taken_and_leads_nowhere(
    app: App, client: TestClient[Any], issue: Issue, note: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "hardwon")
    asker = issue("read", "ask")
    files = list(app.settings.home.glob("hardwon.db*"))
    app.store.empty_log()
    with app.store.read(None) as reading:
        (name,) = reading.connection.exec_driver_sql("SELECT id FROM tokens").scalars().all()
    before = sum(path.read_bytes().count(name.encode()) for path in files if path.exists())
    sent = {"artifact": note, "kind": "question", "text": "Who was told?", "anonymous": True}
    answer = client.post(HERE, headers=asker, json=sent)
    assert (answer.status_code, answer.json()) == (201, {"taken": True})
    assert not {"etag", "location"} & set(answer.headers)
    after = sum(path.read_bytes().count(name.encode()) for path in files if path.exists())
    assert after == before > 0
    assert client.get(HERE, headers=asker, params={"artifact": note}).json()["rows"] == []
    assert caplog.records == []
    with app.store.read(None) as reading:
        waiting = reading.connection.exec_driver_sql("SELECT * FROM questions").mappings().all()
    assert [sorted(row) for row in waiting] == [["artifact", "day", "id", "section", "text"]]
    assert waiting[0]["day"] == "2026-11-20"


def test_describing_the_api_turns_no_logging_on() -> None:
    describe.cache_clear()
    before = (logging.getLogger().level, list(logging.getLogger().handlers))
    describe()
    assert (logging.getLogger().level, logging.getLogger().handlers) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "Why?", "anonymous": True}, 422),
        ({"text": ""}, 422),
        ({"text": "x" * 20_001}, 413),
        ({"text": "x", "section": "impact"}, 422),
        ({"text": "x", "author": "somebody"}, 422),
        ({"text": "x", "artifact": "NTE-9999"}, 404),
        ({"text": "x", "artifact": "INC-0001"}, 422),
    ],
)
def test_what_does_not_fit_is_refused(
    client: TestClient[Any], issue: Issue, note: str, body: dict[str, Any], status: int
) -> None:
    answer = client.post(HERE, headers=issue("read", "ask"), json={"artifact": note, **body})
    assert (answer.status_code, bool(answer.json()["fix"])) == (status, True)


def test_asking_needs_its_permission(client: TestClient[Any], issue: Issue, note: str) -> None:
    for anonymous in (False, True):
        body = {"artifact": note, "kind": "question", "text": "Why?", "anonymous": anonymous}
        assert client.post(HERE, headers=issue("read"), json=body).status_code == 403
        assert client.post(HERE, json=body).status_code == 401
