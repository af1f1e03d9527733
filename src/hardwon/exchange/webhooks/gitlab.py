"""GitLab: deployments."""

from __future__ import annotations

from typing import Final

from hardwon.domain.deployment import Outcome
from hardwon.domain.signal import DeploymentSignal
from hardwon.exchange.webhooks.payload import Payload
from hardwon.exchange.webhooks.source import Headers, Reported

_OUTCOMES: Final[dict[str, Outcome]] = {
    "created": "planned",
    "running": "running",
    "success": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}


class GitLab:
    """Deliveries of a project or a group."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return the delivery's id; the older one is of the event, which several hooks share."""
        del body
        return (
            headers.get("webhook-id")
            or headers.get("idempotency-key")
            or headers.get("x-gitlab-event-uuid", "")
        )

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read deployments; other events are kept as they came."""
        told = payload.line("object_kind") or headers.get("x-gitlab-event", "")
        if told != "deployment":
            return Reported(told)
        project = payload.line("project", "path_with_namespace") or payload.line("project", "name")
        environment = payload.line("environment")
        commit = payload.line("commit_url").rpartition("/")[2] or payload.line("short_sha")
        made = DeploymentSignal(
            key=f"{project}/{payload.name('deployment_id')}"[:200],
            title=f"{project.rpartition('/')[2]} {payload.line('ref') or commit[:12]} to {environment}"[:500],
            at=payload.moment("status_changed_at"),
            outcome=_OUTCOMES.get(payload.line("status"), "unknown"),
            service=project.rpartition("/")[2],
            environment=environment,
            version=payload.line("ref") or payload.line("short_sha"),
            repository=payload.url("project", "web_url"),
            commit=commit,
            description=payload.prose("commit_title"),
            url=payload.url("deployable_url") or payload.url("environment_external_url"),
        )
        return Reported(told, (made,))
