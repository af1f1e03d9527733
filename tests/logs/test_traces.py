"""Spans reach a collector, tell no ids, and cost nothing where the collector is gone."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from hardwon.asgi import create_asgi
from hardwon.bootstrap import open_app
from hardwon.domain.errors import InputError
from hardwon.settings import Settings, load_settings
from hardwon.usecases import people, tokens
from tests.fresh import fresh

HOST = "http://127.0.0.1:8321"
PARENT = f"00-{'a1' * 16}-{'b2' * 8}-01"


@pytest.fixture
def sink() -> Iterator[tuple[str, list[Any]]]:
    """A collector on this machine: its address, and the spans it was sent."""
    spans: list[Any] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = ExportTraceServiceRequest.FromString(body)
            assert self.path == "/v1/traces"
            spans.extend(s for r in asked.resource_spans for o in r.scope_spans for s in o.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", spans
    server.shutdown()
    server.server_close()


def test_a_span_names_its_route_and_no_id(tmp_path: Path, sink: tuple[str, list[Any]]) -> None:
    address, spans = sink
    settings = Settings(home=fresh(tmp_path), meaning=False, otlp_endpoint=address)
    with open_app(settings) as app, TestClient(create_asgi(app), base_url=HOST) as client:
        secret, _ = tokens.issue(app, people.local_owner(app), "t", ("read", "write"))
        bearer = {"Authorization": f"Bearer {secret}", "traceparent": PARENT}
        made = client.post("/api/v1/incidents", json={"title": "Kept to itself"}, headers=bearer).json()["id"]
        client.get(f"/api/v1/incidents/{made}?q=Kept", headers=bearer)
        client.post("/api/v1/threads", json={"text": "Who?"}, headers=bearer)
        client.get("/livez")
    assert [span.name for span in spans] == [
        "POST /api/v1/incidents",
        "GET /api/v1/incidents/{incident_id}",
        "GET /livez",
    ]
    assert [span.trace_id.hex() == "a1" * 16 for span in spans] == [True, True, False]
    assert spans[0].parent_span_id.hex() == "b2" * 8
    told = {item.key for span in spans for item in span.attributes}
    assert told == {"http.request.method", "http.route", "http.response.status_code"}
    assert not [word for word in (made, "Kept", secret) if word in str(spans)]


def test_a_dead_collector_costs_nothing(tmp_path: Path) -> None:
    settings = Settings(home=fresh(tmp_path), meaning=False, otlp_endpoint="http://127.0.0.1:9")
    with open_app(settings) as app:
        with TestClient(create_asgi(app), base_url=HOST) as client:
            begun = time.perf_counter()
            assert {client.get("/livez").status_code for _ in range(200)} == {200}
            assert time.perf_counter() - begun < 5
            begun = time.perf_counter()
        assert time.perf_counter() - begun < 5


def test_without_an_endpoint_nothing_is_loaded(tmp_path: Path) -> None:
    text = (
        "import sys; from pathlib import Path; from hardwon.asgi import create_asgi\n"
        "from hardwon.bootstrap import open_app; from hardwon.settings import Settings\n"
        f"with open_app(Settings(home=Path({str(tmp_path)!r}), meaning=False)) as app: create_asgi(app)\n"
        "import json; print(json.dumps([n for n in sys.modules if n.startswith('opentelemetry.sdk')]))"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hardwon.toml").write_text('otlp_endpoint = "http://127.0.0.1:4318"\n')
    load_settings(tmp_path, {})
    for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(InputError, match=r"hardwon\[tracing\]"):
        load_settings(tmp_path, {})
