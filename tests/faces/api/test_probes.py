"""Probes and figures: what is wrong is named, nothing that is stored is told, strangers get no figures."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest

from hardwon.usecases import health


def test_readiness_names_each_part_and_what_is_wrong(client, monkeypatch):
    assert client.get("/readyz").json() == {"status": "ok"}
    parts = client.get("/readyz?verbose").json()["parts"]
    assert [(part["name"], part["ok"]) for part in parts] == [
        ("store", True),
        ("disk", True),
        ("index", True),
    ]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=health.LEAST_FREE - 1))
    full = client.get("/readyz?verbose=1")
    assert full.status_code == 503
    assert [part["name"] for part in full.json()["parts"] if not part["ok"]] == ["disk"]
    assert client.get("/livez").status_code == 200


def test_figures_are_for_who_may_read(client, issue):
    reader = issue("read")
    client.get("/api/v1/incidents", headers=reader)
    client.get("/api/v1/incidents/INC-0001", headers=reader)
    answer = client.get("/metrics", headers=reader)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert 'hardwon_records{kind="person"} 1.0' in lines
    assert any(line.startswith("hardwon_audit_unplaced ") for line in lines)
    counted = [line for line in lines if line.startswith("hardwon_requests_total") and "incident_id" in line]
    assert counted, "requests are counted by route, not by address"
    assert "INC-0001" not in answer.text
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers=issue("ask")).status_code == 403


@pytest.mark.parametrize("path", ["/readyz?verbose", "/livez"])
def test_probes_tell_nothing_that_is_stored(client, path):
    assert "hardwon.db" not in client.get(path).text
