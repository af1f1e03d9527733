"""GitHub: deployments, how they went, and those that wait for our answer."""

from __future__ import annotations

from typing import Final

from hardwon.domain.deployment import Outcome
from hardwon.domain.signal import DeploymentSignal, GateSignal
from hardwon.exchange.webhooks.payload import Payload
from hardwon.exchange.webhooks.source import Headers, Reported

USED: Final = frozenset({"deployment", "deployment_protection_rule", "deployment_status"})
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
        if event == "deployment_protection_rule":
            asked = self._asked(payload) if action == "requested" else None
            return Reported(told, (asked,) if asked else ())
        return Reported(told, (self._deployment(payload),))

    def _asked(self, payload: Payload) -> GateSignal | None:
        """Return what a protection rule asks, nothing where it says not whom to answer."""
        made, callback = payload.at("deployment"), payload.url("deployment_callback_url")
        repository, environment = payload.line("repository", "full_name"), payload.line("environment")
        installation = payload.at("installation", "id").value
        if not callback or not isinstance(installation, int | None):
            return None
        titles = [one.line("title") for one in payload.items("pull_requests")[:20]]
        sha, ref = made.line("sha"), made.line("ref")
        version = ref if ref != sha else sha[:12]
        said = [title for title in titles if title] or [f"{repository} {version} to {environment}"]
        return GateSignal(
            key=made.name("id") or "0",
            title=said[0][:500],
            callback=callback,
            at=made.moment("created_at"),
            text="\n".join([*said, made.prose("description")[:10_000]]),
            service=repository.rpartition("/")[2],
            environment=environment,
            version=version,
            repository=repository,
            installation=installation or 0,
        )

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
