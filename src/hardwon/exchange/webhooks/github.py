"""GitHub: deployments and how they went."""

from __future__ import annotations

from typing import Final

from hardwon.domain.deployment import Outcome
from hardwon.domain.signal import DeploymentSignal
from hardwon.exchange.webhooks.payload import Payload
from hardwon.exchange.webhooks.source import Headers, Reported

USED: Final = frozenset({"deployment", "deployment_status"})
"""The events that are read."""
_OUTCOMES: Final[dict[str, Outcome]] = {
    "error": "failed",
    "failure": "failed",
    "in_progress": "running",
    "queued": "planned",
    "pending": "planned",
    "success": "succeeded",
}
"""`inactive` says that a later one took its place: how this one went, it does not say."""


class GitHub:
    """Deliveries of a repository or an organisation."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return the delivery's id, which GitHub keeps when it is sent again."""
        del body
        return headers.get("x-github-delivery", "")

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read deployments and their states; other events are kept as they came."""
        event = headers.get("x-github-event", "")
        action = payload.line("action")
        told = f"{event}.{action}" if action else event
        if event not in USED:
            return Reported(told)
        return Reported(told, (self._deployment(payload),))

    def _deployment(self, payload: Payload) -> DeploymentSignal:
        made, state = payload.at("deployment"), payload.at("deployment_status")
        repository = payload.line("repository", "full_name")
        environment = made.line("original_environment") or made.line("environment")
        sha = made.line("sha")
        ref = made.line("ref")
        return DeploymentSignal(
            key=f"{repository}/{made.name('id')}"[:200],
            title=f"{repository.rpartition('/')[2]} {ref or sha[:12]} to {environment}"[:500],
            at=state.moment("updated_at") or state.moment("created_at") or made.moment("created_at"),
            outcome=_OUTCOMES.get(state.line("state"), "unknown") if state.value else "planned",
            service=repository.rpartition("/")[2],
            environment=environment,
            version=ref if ref != sha else sha[:12],
            repository=payload.url("repository", "html_url"),
            commit=sha,
            description=made.prose("description") or state.prose("description"),
            url=state.url("environment_url") or state.url("log_url") or state.url("target_url"),
        )
