"""CDEvents 0.5 (and 0.4) as CloudEvents over HTTP, binary or structured; Argo sends them by our template."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from hardwon.domain.deployment import Outcome
from hardwon.domain.errors import InputError
from hardwon.domain.incident import Status
from hardwon.domain.resource import Resource, resource_of
from hardwon.domain.signal import DeploymentSignal, IncidentSignal, Signal
from hardwon.exchange.webhooks.payload import Payload
from hardwon.exchange.webhooks.source import Headers, Reported

_PREFIX: Final = "dev.cdevents."
_LONG: Final = 20
"""Characters from which on a digest is told by its beginning."""
_SHIPPED: Final[dict[str, Outcome]] = {
    "deployed": "succeeded",
    "upgraded": "succeeded",
    "rolledback": "rolled_back",
}
_MOVED: Final[dict[str, Status | None]] = {"detected": "open", "reported": None, "resolved": "resolved"}
_OUTCOMES: Final[dict[str, Outcome]] = {
    "planned": "planned",
    "running": "running",
    "succeeded": "succeeded",
    "failed": "failed",
    "rolled_back": "rolled_back",
}


class CDEvents:
    """Events about services and incidents; others are kept as they came."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return the delivery's id where it is signed, else the event's in the headers: its id together with its
        source, for two producers may count alike.
        """
        del body
        event = headers.get("ce-id", "")
        return headers.get("webhook-id") or (
            f"{headers.get('ce-source', '')} {event}".strip() if event else ""
        )

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read one event; a CloudEvent around it is opened. Raises InputError for anything else."""
        del headers
        event = payload if payload.at("context").value else payload.at("data")
        told = event.line("context", "type")
        if not event.at("context").value or not told:
            kept = payload.line("type")
            if kept:
                return Reported(kept)
            raise InputError("This is no CDEvent.", fix="Send the whole CDEvent as the CloudEvent's data.")
        subject, _, predicate = told.removeprefix(_PREFIX).partition(".")
        predicate = predicate.partition(".")[0]
        signal = self._signal(event, subject, predicate)
        return Reported(told, (signal,) if signal else ())

    def _signal(self, event: Payload, subject: str, predicate: str) -> Signal | None:
        if subject == "service" and predicate in _SHIPPED:
            return self._deployment(event, _SHIPPED[predicate])
        if subject == "incident" and predicate in _MOVED:
            return self._incident(event, _MOVED[predicate])
        return None

    def _deployment(self, event: Payload, outcome: Outcome) -> DeploymentSignal:
        content, custom = event.at("subject", "content"), event.at("customData")
        resource = _resource(custom)
        service, package = event.line("subject", "id"), content.line("artifactId")
        version = custom.line("version") or _version_in(package) or resource.version
        said = _OUTCOMES.get(custom.line("outcome"), outcome)
        environment = content.line("environment", "id") or resource.environment
        return DeploymentSignal(
            key=custom.name("deploymentId") or event.name("context", "id"),
            title=custom.title("title", otherwise=f"{service} {version} to {environment}"),
            at=event.moment("context", "timestamp"),
            outcome=said,
            service=service.rpartition("/")[2] or resource.service,
            environment=environment,
            version=version,
            package=package if package.startswith("pkg:") else "",
            description=custom.prose("description"),
            url=custom.url("url"),
        )

    def _incident(self, event: Payload, status: Status | None) -> IncidentSignal:
        content, custom = event.at("subject", "content"), event.at("customData")
        said, resource = content.line("description"), _resource(custom)
        return IncidentSignal(
            key=event.name("subject", "id"),
            title=said[:500] or "An incident",
            at=event.moment("context", "timestamp"),
            status=status,
            severity=custom.line("severity"),
            service=content.line("service", "id").rpartition("/")[2] or resource.service,
            environment=content.line("environment", "id") or resource.environment,
            summary=content.prose("description"),
            note="" if status == "open" else content.prose("description"),
            url=content.url("ticketURI"),
        )


def _version_in(package: str) -> str:
    """Return the version in a package URL, a long digest by its beginning; empty where it names none."""
    _, at, named = package.rpartition("@")
    version = unquote(named.partition("?")[0], errors="replace").replace("\x00", "") if at else ""
    kind, colon, digest = version.partition(":")
    return f"{kind}:{digest[:12]}" if colon and len(digest) > _LONG else version[:2_000]


def _resource(custom: Payload) -> Resource:
    """Return what the sender's own data says of the resource, flat or under `attributes` or `resource`."""
    return resource_of({**custom.texts("resource"), **custom.texts("attributes"), **custom.texts()})
