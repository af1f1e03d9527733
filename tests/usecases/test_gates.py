"""Deployment protection rules and promotions: answered once, to the configured API alone, never silently passed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import text

from hardwon.bootstrap import open_app
from hardwon.domain.action import Action
from hardwon.domain.check import CheckQuestion
from hardwon.domain.errors import ForbiddenError, InputError
from hardwon.domain.gate import Gate
from hardwon.settings import Settings
from hardwon.usecases import actions, capture, erasure, incidents, indexing, receiving, sources
from hardwon.usecases.app import App
from hardwon.usecases.checks import gates, keeping, rules
from hardwon.usecases.incidents import NewIncident
from hardwon.usecases.sources import NewSource
from tests.forge import Forge, forging
from tests.usecases.conftest import ADMIN, NOW, VIEWER


@pytest.fixture
def forge() -> Iterator[Forge]:
    with forging() as made:
        yield made


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    settings = Settings(home=tmp_path, meaning=False, egress_allow="127.0.0.1", gate_seconds=5)
    with open_app(settings, clock=lambda: NOW) as opened:
        yield opened


def with_settings(app: App, **changes: object) -> App:
    return msgspec.structs.replace(app, settings=msgspec.structs.replace(app.settings, **changes))


def tell(app: App, forge: Forge, *, callback: str = "", delivery: str = "1", title: str = "Raise a timeout"):
    """Deliver a rule's request as GitHub signs it, and read it."""
    body = json.dumps(
        {
            "action": "requested",
            "environment": "production",
            "event": "push",
            "deployment_callback_url": callback
            or f"{forge.address}/repos/acme/ranker/actions/runs/12/deployment_protection_rule",
            "deployment": {"id": 44, "sha": "a" * 40, "ref": "main", "created_at": "2026-11-20T09:29:00Z"},
            "pull_requests": [{"number": 7, "title": title}],
            "repository": {"full_name": "acme/ranker", "html_url": "https://github.com/acme/ranker"},
            "installation": {"id": 5},
        }
    ).encode()
    headers = {
        "x-github-event": "deployment_protection_rule",
        "x-github-delivery": delivery,
        "x-hub-signature-256": "sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex(),
    }
    receiving.receive(app, "SRC-0001", headers, body).result(10)
    capture.digest(app)


SECRET = "a secret of enough letters"


@pytest.fixture
def gated(app: App, forge: Forge) -> App:
    """A GitHub source whose rules are answered at the forge."""
    source, _ = sources.add(app, ADMIN, NewSource(title="GitHub", kind="github"))
    sources.renew_secret(app, ADMIN, source.id, SECRET)
    rules.set_up(app, ADMIN, source.id, Gate(api=forge.address), forge.token, 1)
    return app


def blocked(app: App) -> None:
    """Give the workspace a reason to block a change of the ranker's embedder."""
    incident = incidents.declare(
        app,
        ADMIN,
        NewIncident(
            title="Ranker served random results with a new embedder over the old vector index",
            services=("ranker",),
            severity=1,
        ),
    )
    due = (NOW - timedelta(days=40)).date()
    given = {"id": "new", "title": "Compare @both <b>at</b> start", "incident": incident.id, "due_on": due}
    actions.promise(app, ADMIN, Action(**given, written_at=NOW, updated_at=NOW))
    indexing.catch_up(app)


def answers(forge: Forge) -> list[dict[str, str]]:
    return [one.body for one in forge.writes() if one.path.endswith("deployment_protection_rule")]


def test_a_rule_is_answered_once_whatever_is_sent_again(gated: App, forge: Forge):
    for number in range(3):
        tell(gated, forge, delivery=str(number))
    assert [rules.answer_due(gated), rules.answer_due(gated)] == [True, False]
    (answer,) = answers(forge)
    assert (answer["state"], answer["environment_name"]) == ("approved", "production")
    assert answer["comment"].startswith("Hardwon: pass, go on.")
    assert forge.writes()[0].headers["x-github-api-version"] == "2026-03-10"
    kept = keeping.list_checks(gated, VIEWER).rows
    assert [(one.id, one.gate, one.verdict, one.went) for one in kept] == [
        ("CHK-0001", "github", "pass", True)
    ]


def test_a_block_rejects_and_says_why(gated: App, forge: Forge):
    blocked(gated)
    tell(gated, forge, title="Ranker: new embedder over the old vector index @everyone <img src=x>")
    rules.answer_due(gated)
    (answer,) = answers(forge)
    assert answer["state"] == "rejected"
    assert "ACT-0001" in answer["comment"]
    assert "@everyone" not in answer["comment"]


def test_an_app_signs_in_with_its_key(gated: App, forge: Forge):
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    rules.set_up(gated, ADMIN, "SRC-0001", Gate(api=forge.address, app="99"), pem, 2)
    tell(gated, forge)
    rules.answer_due(gated)
    assert [one.path.rpartition("/")[2] for one in forge.writes()] == [
        "access_tokens",
        "deployment_protection_rule",
    ]
    with gated.store.read(None) as reading:
        sealed = reading.connection.execute(text("SELECT sealed FROM source_secrets")).scalars().all()
    assert not any(b"PRIVATE" in bytes(one) or forge.token.encode() in bytes(one) for one in sealed)


@pytest.mark.parametrize(
    "callback",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/repos/acme/ranker/actions/runs/12/deployment_protection_rule",
        "{forge}/repos/other/repo/actions/runs/12/deployment_protection_rule",
        "{forge}/repos/acme/ranker/issues/7/comments",
        "{forge}/repos/acme/ranker/actions/runs/12/deployment_protection_rule?a=b",
        "{forge}@evil.test/repos/acme/ranker/actions/runs/12/deployment_protection_rule",
    ],
)
def test_a_callback_elsewhere_gets_nothing(gated: App, forge: Forge, callback: str):
    tell(gated, forge, callback=callback.replace("{forge}", forge.address))
    assert [rules.answer_due(gated), rules.answer_due(gated)] == [True, False]
    assert forge.sent == []
    with gated.store.read(None) as reading:
        said = (
            reading.connection.execute(text("SELECT detail FROM audit WHERE verb = 'refused'"))
            .scalars()
            .all()
        )
    assert any("callback" in one for one in said)


def test_an_inner_address_is_refused_where_it_is_not_allowed(gated: App, forge: Forge):
    tell(gated, forge)
    rules.answer_due(with_settings(gated, egress_allow=""))
    assert forge.sent == []


@pytest.mark.parametrize("opened", [True, False])
def test_what_was_not_checked_is_said(gated: App, forge: Forge, opened):
    (gated.settings.home / "check-rules.toml").write_text("broken = [", "utf-8")
    tell(gated, forge)
    rules.answer_due(with_settings(gated, gate_fail_open=opened))
    (answer,) = answers(forge)
    assert answer["state"] == ("approved" if opened else "rejected")
    assert "NOT CHECKED" in answer["comment"]


@pytest.mark.parametrize("hangs", [True, False])
def test_a_forge_that_fails_is_told_later(gated: App, forge: Forge, hangs, monkeypatch):
    monkeypatch.setattr("hardwon.exchange.protection_rules._SECONDS", 0.3)
    tell(gated, forge)
    forge.hangs, forge.broken = hangs, 500
    assert rules.answer_due(gated)
    forge.hang.set()
    forge.broken, forge.hangs = 0, False
    later = msgspec.structs.replace(gated, clock=lambda: NOW + timedelta(seconds=6))
    assert not rules.answer_due(gated)
    assert rules.answer_due(later)
    assert len(answers(forge)) == 2
    assert keeping.list_checks(gated, VIEWER).rows[0].times == 2


def test_only_an_admin_sets_a_gate_up(gated: App):
    with pytest.raises(ForbiddenError):
        rules.set_up(gated, VIEWER, "SRC-0001", Gate(), "token", 2)
    with pytest.raises(InputError, match="needs its own secret"):
        rules.set_up(gated, ADMIN, "SRC-0001", Gate(), "", 2)


def test_a_model_put_to_work_is_checked_and_kept(app: App):
    source, _ = sources.add(app, ADMIN, NewSource(title="MLflow", kind="mlflow"))
    sources.renew_secret(app, ADMIN, source.id, SECRET)
    body = json.dumps(
        {
            "entity": "model_version_alias",
            "action": "created",
            "timestamp": NOW.isoformat(),
            "data": {"name": "ranker", "alias": "champion", "version": "8"},
        }
    ).encode()
    stamp = str(int(NOW.timestamp()))
    signed = base64.b64encode(hmac.digest(SECRET.encode(), f"d1.{stamp}.".encode() + body, hashlib.sha256))
    headers = {
        "x-mlflow-delivery-id": "d1",
        "x-mlflow-timestamp": stamp,
        "x-mlflow-signature": f"v1,{signed.decode()}",
    }
    receiving.receive(app, source.id, headers, body).result(10)
    capture.digest(app)
    assert rules.answer_due(app)
    (kept,) = keeping.list_checks(app, VIEWER, deployment="DEP-0001").rows
    assert (kept.gate, kept.environment, kept.models) == ("mlflow", "champion", ("pkg:mlflow/ranker@8",))


def test_erased_words_go_from_what_gates_were_told(app: App):
    for title in ("Restart Amaranthine Quill's scorer", "Raise a timeout"):
        gates.ask(app, ADMIN, "argo", CheckQuestion(title=title))
    erasure.erase_words(app, ADMIN, "Amaranthine Quill", "asked for")
    assert [one.title for one in keeping.list_checks(app, ADMIN).rows] == ["Raise a timeout"]
