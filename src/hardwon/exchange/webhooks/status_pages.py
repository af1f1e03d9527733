"""Statuspage and incident.io: incidents that another tool keeps."""

from __future__ import annotations

from typing import Final

from hardwon.domain.incident import Status
from hardwon.domain.signal import IncidentSignal
from hardwon.exchange.webhooks.payload import Payload
from hardwon.exchange.webhooks.source import Headers, Reported

_PAGE: Final[dict[str, Status]] = {
    "investigating": "open",
    "identified": "acknowledged",
    "monitoring": "mitigated",
    "resolved": "resolved",
    "postmortem": "resolved",
}
_IO: Final[dict[str, Status]] = {
    "triage": "open",
    "live": "acknowledged",
    "active": "acknowledged",
    "learning": "resolved",
    "closed": "resolved",
    "declined": "resolved",
    "canceled": "resolved",
    "merged": "resolved",
}


class Statuspage:
    """Updates of a page's incidents. The sender names no delivery."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return nothing."""
        del headers, body
        return ""

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read an incident with its newest update; updates of components are kept as they came."""
        del headers
        incident = payload.at("incident")
        if not incident.name("id"):
            return Reported("component" if payload.at("component").value else "page")
        updates = incident.items("incident_updates")
        newest = updates[0] if updates else Payload(None)
        made = IncidentSignal(
            key=incident.name("id"),
            title=incident.title("name", otherwise="An incident of a status page"),
            at=newest.moment("updated_at") or incident.moment("updated_at") or incident.moment("created_at"),
            status=_PAGE.get(incident.line("status")),
            severity=incident.line("impact"),
            service=next((one.line("name") for one in incident.items("components")), ""),
            note=newest.prose("body") or incident.prose("postmortem_body"),
            url=incident.url("shortlink"),
        )
        return Reported(f"incident.{incident.line('status')}", (made,))


class IncidentIo:
    """Events of incident.io, signed as Standard Webhooks are."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return the delivery's id."""
        del body
        return headers.get("webhook-id") or headers.get("svix-id", "")

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read an incident; its data stand under a field that is named as the event is."""
        del headers
        told = payload.line("event_type")
        data = payload.at(told)
        incident = data.at("new_incident") if data.at("new_incident").value else data.at("incident")
        incident = incident if incident.value else data
        if "incident" not in told or not incident.name("id"):
            return Reported(told or "event")
        made = IncidentSignal(
            key=incident.name("id"),
            title=incident.title("name", otherwise="An incident of incident.io"),
            at=incident.moment("updated_at") or incident.moment("created_at"),
            status=_IO.get(incident.line("incident_status", "category")),
            severity=incident.line("severity", "name"),
            summary=incident.prose("summary"),
            url=incident.url("permalink"),
        )
        return Reported(told, (made,))
