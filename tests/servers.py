"""Real servers that the pollers ask: MLflow, Prometheus, Alertmanager, each on a port of the loopback address."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[1]
_START = 60.0


def program_of(server: str) -> str:
    """Return the path of a server's program; without it the test is skipped, in CI it fails."""
    command = [sys.executable, str(ROOT / "tools/servers.py"), "--find", server]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        reason = found.stderr.strip() + " (`make servers` tries)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return found.stdout.strip()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], folder: Path, ready: str, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a server until the block ends, with whatever it starts itself; wait until it answers at `ready`."""
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(
            list(command),
            cwd=folder,
            stdout=log,
            stderr=log,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    try:
        wait_for(lambda: server.poll() is not None or _answers(ready), _START)
        assert server.poll() is None, (folder / "log").read_text(errors="replace")[-3_000:]
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def wait_for(happened: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until something happened; fail where it does not in time."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


class MLflow:
    """A tracking server with its registry in SQLite."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._program = program_of("mlflow")

    @contextmanager
    def up(self) -> Iterator[None]:
        """Serve while the block runs; its webhooks may go to the loopback address."""
        command = [self._program, "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"]
        command += ["--backend-store-uri", f"sqlite:///{self.folder}/mlflow.db"]
        command += ["--default-artifact-root", str(self.folder / "artifacts")]
        environment = {
            "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "https,http",
            "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
            "MLFLOW_WEBHOOK_CACHE_TTL": "0",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "PYTHONPATH": "",
            "PYTHONDONTWRITEBYTECODE": "",
        }
        with running(command, self.folder, f"{self.address}/health", environment):
            yield

    def post(self, path: str, **fields: Any) -> dict[str, Any]:
        """Ask its REST API for a change."""
        reply = httpx.post(f"{self.address}/api/2.0/mlflow/{path}", json=fields, timeout=20)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def version(self, name: str) -> str:
        """Register another version of a model."""
        made = self.post("model-versions/create", name=name, source="s3://models/one")
        return str(made["model_version"]["version"])

    def alias(self, name: str, alias: str, version: str) -> None:
        """Let an alias stand for a version."""
        self.post("registered-models/alias", name=name, alias=alias, version=version)


class Prometheus:
    """A Prometheus whose one rule always fires, until it is told that it does not."""

    def __init__(self, folder: Path, alertmanager: str = "") -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._program = program_of("prometheus")
        self.write(fires=True)
        peer = f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{alertmanager}']}}]}}]}}\n"
        text = "global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\n" + (peer if alertmanager else "")
        (folder / "prometheus.yml").write_text(text, "utf-8")

    def write(self, *, fires: bool) -> None:
        """Write the rules."""
        rule = f"""groups:
- name: always
  rules:
  - alert: ScoresAreStale
    expr: vector({int(fires)}) > 0
    labels: {{severity: critical, service: scorer, region: "Zürich"}}
    annotations: {{summary: "Scores are older than an hour"}}
"""
        (self.folder / "rules.yml").write_text(rule, "utf-8")

    def reload(self, *, fires: bool) -> None:
        """Let the rule fire or not, and wait until it does."""
        self.write(fires=fires)
        httpx.post(f"{self.address}/-/reload").raise_for_status()
        wait_for(lambda: bool(self.alerts()) == fires)

    def alerts(self) -> list[dict[str, Any]]:
        """Return what fires."""
        return list(httpx.get(f"{self.address}/api/v1/alerts").json()["data"]["alerts"])

    @contextmanager
    def up(self) -> Iterator[None]:
        """Serve while the block runs, once its rule fires."""
        command = [self._program, "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
        command += [
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--web.enable-lifecycle",
            "--rules.alert.resend-delay=1s",
        ]
        with running(command, self.folder, f"{self.address}/-/ready"):
            wait_for(lambda: bool(self.alerts()))
            yield


@contextmanager
def running_alertmanager(folder: Path, hook: str, secret: str) -> Iterator[str]:
    """Yield the host and port of an Alertmanager that reports to a webhook at once."""
    port = free_port()
    config = f"""route: {{receiver: hardwon, group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers:
- name: hardwon
  webhook_configs:
  - url: {hook}
    http_config: {{authorization: {{credentials: {secret}}}}}
"""
    (folder / "alertmanager.yml").write_text(config, "utf-8")
    command = [program_of("alertmanager"), "--config.file=alertmanager.yml", "--storage.path=alerts"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    with running(command, folder, f"http://127.0.0.1:{port}/-/ready"):
        yield f"127.0.0.1:{port}"
