"""PagerDuty, webhooks of version 3: incidents and what is said of them."""

from __future__ import annotations

from typing import Final

import msgspec

from hardwon.domain.incident import Status
from hardwon.domain.signal import IncidentSignal
from hardwon.exchange.webhooks.payload import Payload
from hardwon.exchange.webhooks.source import Headers, Reported

_STATES: Final[dict[str, Status]] = {
    "triggered": "open",
    "acknowledged": "acknowledged",
    "resolved": "resolved",
}
_NOTES: Final[dict[str, str]] = {
    "incident.escalated": "Escalated",
    "incident.delegated": "Handed to another escalation policy",
    "incident.reassigned": "Reassigned",
    "incident.priority_updated": "Priority changed",
    "incident.unacknowledged": "No longer acknowledged",
}


class _Event(msgspec.Struct):
    id: str = ""


class _Delivery(msgspec.Struct):
    event: _Event


class PagerDuty:
    """Deliveries of a webhook subscription."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return the event's id: it stays when a delivery is sent again."""
        del headers
        try:
            return msgspec.json.decode(body, type=_Delivery).event.id
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return ""

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read what happened to an incident; events of services are kept as they came."""
        del headers
        event = payload.at("event")
        told, data = event.line("event_type"), event.at("data")
        if not told.startswith("incident."):
            return Reported(told)
        whole = data if data.line("type") in {"incident", "incident_reference"} else data.at("incident")
        if not whole.name("id"):
            return Reported(told)
        return Reported(told, (self._incident(told, event, data, whole),))

    def _incident(self, told: str, event: Payload, data: Payload, whole: Payload) -> IncidentSignal:
        note = data.prose("content") or data.prose("message") or _NOTES.get(told, "")
        priority = whole.line("priority", "summary")
        return IncidentSignal(
            key=whole.name("id"),
            title=whole.title(
                "title", otherwise=whole.title("summary", otherwise="An incident of PagerDuty")
            ),
            at=event.moment("occurred_at"),
            status=_STATES.get(whole.line("status")) if data is whole else None,
            reopened=told == "incident.reopened",
            severity=priority or whole.line("urgency"),
            service=whole.line("service", "summary"),
            note=f"{note} ({priority})" if note and priority and not data.prose("content") else note,
            url=whole.url("html_url"),
        )
