"""Gates: what waits for the check is let on or held by status and text, and every answer is kept."""

from __future__ import annotations

import base64
from datetime import timedelta

import msgspec
import pytest

from hardwon.domain.action import Action
from hardwon.domain.check import CheckAnswer
from hardwon.domain.errors import UnavailableError
from hardwon.usecases import actions, incidents, indexing, people
from hardwon.usecases.checks import gates
from hardwon.usecases.incidents import NewIncident
from tests.faces.api.conftest import NOW

CANARY = {
    "name": "ranker",
    "namespace": "prod",
    "phase": "Progressing",
    "checksum": "85d557f47b",
    "metadata": {
        "title": "Ranker v8: new embedder over the old vector index",
        "version": "v8",
        "files": "ranker/model.lock",
    },
}
CALM = {
    "name": "gateway",
    "namespace": "prod",
    "phase": "Progressing",
    "checksum": "9a8b7c",
    "metadata": {"title": "Rotate banner artwork"},
}


@pytest.fixture
def story(app):
    """A SEV1 with a promise that is overdue: a change like it is blocked."""
    owner = people.local_owner(app)
    incident = incidents.declare(
        app,
        owner,
        NewIncident(
            title="Ranker served random results with a new embedder over the old vector index",
            summary="A new embedder version went out while the vector index stayed old.",
            services=("ranker",),
            severity=1,
        ),
    )
    for number in range(12):
        incidents.declare(
            app, owner, NewIncident(title=f"Mail queue {number + 50} was full", services=("mail",))
        )
    actions.promise(
        app,
        owner,
        Action(
            id="new",
            title="Compare embedder and index version at start",
            incident=incident.id,
            due_on=(NOW - timedelta(days=40)).date(),
            written_at=NOW,
            updated_at=NOW,
        ),
    )
    indexing.catch_up(app)
    return app


def setting(asgi, app, **changes: object):
    asgi.state["hardwon"] = msgspec.structs.replace(
        app, settings=msgspec.structs.replace(app.settings, **changes)
    )


def basic(token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"hardwon:{token}".encode()).decode()}


@pytest.mark.usefixtures("story")
def test_flagger_is_let_on_or_held_in_three_lines(client, issue):
    asks = issue("ask")
    held = client.post("/gates/flagger", json=CANARY, headers=asks)
    assert held.status_code == 403, held.text
    lines = held.text.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("Hardwon: block, hold. ")
    assert "ACT-0001" in lines[1]
    assert lines[2] == "Kept as CHK-0001."
    on = client.post("/gates/flagger", json=CALM, headers=basic(asks["Authorization"].partition(" ")[2]))
    assert (on.status_code, on.text.partition(".")[0]) == (200, "Hardwon: pass, go on"), on.text


@pytest.mark.usefixtures("story")
def test_a_gate_that_asks_again_is_counted(client, issue):
    header = issue("ask", "read")
    for _ in range(3):
        client.post("/gates/flagger", json=CANARY, headers=header)
    client.post("/gates/flagger", json=CALM, headers=header)
    rows = client.get("/api/v1/checks", headers=header).json()["rows"]
    assert [(row["id"], row["times"], row["verdict"], row["went"]) for row in rows] == [
        ("CHK-0002", 1, "pass", True),
        ("CHK-0001", 3, "block", False),
    ]
    one = client.get("/api/v1/checks/CHK-0001", headers=header).json()
    assert one["check"]["files"] == ["ranker/model.lock"]
    assert one["titles"]["ACT-0001"].startswith("Compare embedder")
    first = client.get("/api/v1/checks?limit=1", headers=header).json()
    assert len(client.get(f"/api/v1/checks?after={first['next']}", headers=header).json()["rows"]) == 1
    assert client.get("/api/v1/checks?verdict=warn", headers=header).json()["rows"] == []
    assert client.get("/api/v1/checks/CHK-0009", headers=header).status_code == 404


@pytest.mark.usefixtures("story")
def test_argo_reads_json(client, issue):
    asks = issue("ask")
    question = {"title": "Ranker v8: new embedder over the old vector index", "services": ["ranker"]}
    body = client.post("/gates/argo", json=question, headers=asks).json()
    assert (body["go"], body["verdict"], body["score"]) == (False, "block", 2)
    calm = client.get("/gates/argo?service=gateway&title=Rotate+banner+artwork", headers=asks).json()
    assert (calm["go"], calm["verdict"], calm["score"]) == (True, "pass", 0)


@pytest.mark.usefixtures("story")
def test_plain_http_is_held_by_its_status(client, issue):
    header = issue("ask", "read")
    question = {"title": "Ranker v8: new embedder over the old vector index", "services": ["ranker"]}
    assert client.post("/api/v1/check", json=question, headers=header).status_code == 200
    assert client.get("/api/v1/checks", headers=header).json()["rows"] == []
    held = client.post("/api/v1/check?fail=block", json=question, headers=header)
    assert (held.status_code, held.json()["verdict"]) == (409, "block")
    calm = client.post("/api/v1/check?fail=warn", json={"title": "Raise a timeout"}, headers=header)
    assert calm.status_code == 200


@pytest.mark.parametrize("path", ["/gates/flagger", "/gates/argo"])
def test_strangers_and_readers_are_held(client, issue, path):
    assert client.post(path, json=CALM).status_code == 401
    assert client.post(path, json=CALM, headers=basic("hw_wrong")).status_code == 401
    assert client.post(path, json=CALM, headers={"Authorization": "Basic ???"}).status_code == 401
    assert client.post(path, json={**CALM, "title": "x"}, headers=issue("read")).status_code == 403


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"name": 5e999}', b'{"name": ""}', b"\xff"])
def test_what_is_no_canary_is_refused(client, issue, body):
    assert client.post("/gates/flagger", content=body, headers=issue("ask")).status_code == 422


@pytest.mark.parametrize("opened", [False, True])
def test_an_outage_is_never_a_silent_pass(app, asgi, client, issue, monkeypatch, opened):
    def down(*_: object):
        raise UnavailableError("The index is out of reach.", fix="Wait.")

    monkeypatch.setattr(gates.ask_flagger.__globals__["answer_in_time"], "__defaults__", (down,))
    setting(asgi, app, gate_fail_open=opened)
    told = client.post("/gates/flagger", json=CALM, headers=issue("ask"))
    assert told.status_code == (200 if opened else 503)
    assert told.text.startswith("Hardwon: NOT CHECKED, which is no pass, " + ("go on" if opened else "hold"))
    kept = client.get("/api/v1/checks", headers=issue("read")).json()["rows"][0]
    assert (kept["verdict"], kept["went"]) == ("unchecked", opened)


def test_an_answer_that_takes_too_long_is_none(app):
    import threading

    held = threading.Event()
    quick = msgspec.structs.replace(app, settings=msgspec.structs.replace(app.settings, gate_seconds=0.2))

    def slow(*_: object):
        held.wait(20)
        return CheckAnswer(verdict="pass", summary="late")

    owner, question = people.local_owner(app), msgspec.convert({"title": "x"}, gates.CheckQuestion)
    try:
        said = [gates.answer_in_time(quick, owner, question, slow) for _ in range(9)]
    finally:
        held.set()
    assert {one.verdict for one in said} == {"unchecked"}
    assert "within 0.2 seconds" in said[0].summary
    assert "too many gates" in said[8].summary


def test_what_one_may_not_see_is_not_in_the_answer_one_reads(story, client, issue):
    client.post("/gates/flagger", json=CANARY, headers=issue("ask"))
    hidden = people.local_owner(story)
    from hardwon.domain.incident import Incident

    with story.store.begin(hidden, story.now()) as tx:
        stored = tx.get(Incident, "INC-0001")
        tx.save(msgspec.structs.replace(stored, scope="restricted:INC-0001"), (), stored.revision)
    seen = client.get("/api/v1/checks/CHK-0001", headers=issue("read")).json()
    assert "INC-0001" not in str(seen)
    left = [one for one in seen["check"]["findings"] if one["kind"] == "incident"]
    assert ("incident" in seen["check"]["summary"]) == bool(left)
