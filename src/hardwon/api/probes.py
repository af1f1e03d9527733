"""Whether the server lives, whether it can answer, and its figures for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromQuery
from litestar.plugins.prometheus import PrometheusConfig
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily

from hardwon.api.identity import PROVIDED, PUBLIC, Asker, OpenApp, app_of
from hardwon.api.problem import RETRY_SECONDS
from hardwon.usecases import health
from hardwon.usecases.health import Figures

MEASURED: Final = PrometheusConfig(
    app_name="hardwon", prefix="hardwon", group_path=True, exclude_unhandled_paths=True, exclude=["^/static"]
)
"""Requests by route, method and status, with how long they took."""
_TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"


@get("/livez", opt={PUBLIC: True}, sync_to_thread=False, include_in_schema=False)
def live() -> dict[str, str]:
    """Say that the process answers; asks nothing of the store."""
    return {"status": "ok"}


@get("/readyz", opt={PUBLIC: True}, sync_to_thread=True, include_in_schema=False)
def ready(request: Request[Any, Any, Any], verbose: FromQuery[str | None] = None) -> Response[Any]:
    """Say whether what answering needs is there, 503 where it is not; `verbose` names each part."""
    stopping = request.app.state.get("stopping")
    parts = health.examine(app_of(request))
    if stopping is not None and stopping():
        parts = (*parts, health.Part(name="server", ok=False, detail="it is stopping"))
    well = all(part.ok for part in parts)
    body: dict[str, Any] = {"status": "ok" if well else "not ready"}
    if verbose is not None:
        body["parts"] = parts
    headers = {"Cache-Control": "no-store"} | ({} if well else {"Retry-After": str(RETRY_SECONDS)})
    return Response(body, status_code=200 if well else 503, headers=headers)


@get("/metrics", dependencies=PROVIDED, sync_to_thread=True, include_in_schema=False)
def metrics(app: OpenApp, actor: Asker) -> Response[bytes]:
    """Return the server's figures as Prometheus reads them; a token that may read is enough."""
    registry = CollectorRegistry()
    registry.register(_Collected(health.measure(app, actor)))
    body = generate_latest(REGISTRY) + generate_latest(registry)
    return Response(body, media_type=_TEXT, headers={"Cache-Control": "no-store"})


class _Collected:
    """Hands figures over to Prometheus' client, once."""

    def __init__(self, figures: Figures) -> None:
        """Hold the figures."""
        self._figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures."""
        records = GaugeMetricFamily("hardwon_records", "Records by kind.", labels=["kind"])
        for kind, number in sorted(self._figures.records.items()):
            records.add_metric([kind], number)
        yield records
        waits = self._figures.backlog
        for name, said, value in (
            ("hardwon_jobs_waiting", "Jobs that are due.", waits.jobs),
            (
                "hardwon_jobs_oldest_seconds",
                "How long the oldest of them has been due.",
                waits.oldest_seconds,
            ),
            ("hardwon_jobs_failed", "Jobs that failed for good.", waits.failed),
            ("hardwon_audit_unplaced", "Audit entries without a place in the tree.", waits.unplaced),
            ("hardwon_disk_free_bytes", "Free bytes where the workspace lies.", self._figures.free_bytes),
        ):
            yield GaugeMetricFamily(name, said, value=value)
