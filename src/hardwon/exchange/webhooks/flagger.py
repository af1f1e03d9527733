"""Flagger: how a canary goes, by its event webhook."""

from __future__ import annotations

from typing import Final

from hardwon.domain.deployment import Outcome
from hardwon.domain.signal import DeploymentSignal
from hardwon.exchange.webhooks.payload import Payload
from hardwon.exchange.webhooks.source import Headers, Reported

_PHASES: Final[dict[str, Outcome]] = {
    "Initializing": "planned",
    "Initialized": "planned",
    "Waiting": "planned",
    "WaitingPromotion": "running",
    "Progressing": "running",
    "Promoting": "running",
    "Finalising": "running",
    "Succeeded": "succeeded",
    "Failed": "rolled_back",
    "Terminated": "unknown",
}
"""A canary that failed is rolled back by Flagger itself."""


class Flagger:
    """Events of canaries. Flagger names no delivery, so its content is its name."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return nothing."""
        del headers, body
        return ""

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read a phase; one canary is one deployment for as long as its checksum stays."""
        del headers
        name, namespace, phase = payload.name("name"), payload.name("namespace"), payload.line("phase")
        if not name or phase not in _PHASES:
            return Reported(phase or "event")
        checksum = payload.name("checksum") or payload.name("metadata", "checksum")
        made = DeploymentSignal(
            key=f"{namespace}/{name}@{checksum}"[:200],
            title=f"{name} {checksum} to {namespace}"[:500],
            at=payload.moment("metadata", "timestamp"),
            outcome=_PHASES[phase],
            service=name,
            environment=payload.line("metadata", "environment") or namespace,
            version=checksum,
            description=payload.prose("metadata", "eventMessage"),
        )
        return Reported(phase, (made,))
