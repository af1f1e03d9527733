"""Flagger: how a canary goes, by its event webhook."""

from __future__ import annotations

from typing import Final

from hardwon.domain.capture import name_of
from hardwon.domain.check import CheckQuestion
from hardwon.domain.deployment import Outcome
from hardwon.domain.errors import InputError
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


def gate_question(payload: Payload) -> CheckQuestion:
    """Return what a gate's webhook asks: about the canary, or what its metadata says instead.

    Raises InputError for what names no canary.
    """
    name, namespace = payload.name("name"), payload.name("namespace")
    if not name:
        raise InputError(
            "That is none of Flagger's webhooks: it names no canary.", fix="Let Flagger send it."
        )
    said = payload.at("metadata")
    version = said.line("version") or payload.line("checksum")
    environment = said.name("environment") or namespace
    files = tuple(said.line("files").replace(",", " ").split())[:200]
    return CheckQuestion(
        title=(said.line("title") or f"{name} {version} to {environment}")[:500],
        text=said.prose("description")[:20_000],
        files=files,
        services=tuple(word for word in (name_of(said.name("service") or name),) if word),
        environment=name_of(environment),
        version=version,
        models=tuple(word for word in (said.line("model"),) if word),
    )


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
