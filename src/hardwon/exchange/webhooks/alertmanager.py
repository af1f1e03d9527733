"""Prometheus Alertmanager (version "4") and Grafana alerting (version "1"): one shape, two dialects."""

from __future__ import annotations

import hashlib
from typing import Final

from hardwon.domain.errors import InputError
from hardwon.domain.resource import resource_of
from hardwon.domain.signal import AlertSignal
from hardwon.exchange.webhooks.payload import Payload
from hardwon.exchange.webhooks.source import Headers, Reported

_MOST: Final = 1_000


class Alertmanager:
    """A group of alerts, some of them resolved perhaps. The sender repeats it, so its content is its name."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return nothing: neither sends a name of the delivery."""
        del headers, body
        return ""

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read each alert with its own labels, or those the group has in common."""
        del headers
        if payload.line("version") not in {"4", "1"} or not isinstance(payload.at("alerts").value, list):
            raise InputError(
                "This is no Alertmanager or Grafana payload.",
                fix="Take the custom payload off the receiver, or set this source up as generic.",
            )
        alerts = payload.items("alerts")[:_MOST]
        return Reported(
            payload.line("status") or "alerts", tuple(self._alert(payload, one) for one in alerts)
        )

    def _alert(self, group: Payload, alert: Payload) -> AlertSignal:
        labels = {**group.texts("commonLabels"), **alert.texts("labels")}
        told = {**group.texts("commonAnnotations"), **alert.texts("annotations")}
        name = labels.get("alertname") or "An alert without a name"
        resource = resource_of(labels)
        resolved = (alert.line("status") or group.line("status")) == "resolved"
        spelled = "\n".join(f"{key}={value}" for key, value in sorted(labels.items()))
        return AlertSignal(
            key=alert.name("fingerprint") or hashlib.sha256(spelled.encode()).hexdigest()[:16],
            title=name[:500],
            firing=not resolved,
            at=alert.moment("startsAt"),
            ended_at=alert.moment("endsAt") if resolved else None,
            group=group.line("groupKey"),
            severity=labels.get("severity", labels.get("priority", "")),
            service=resource.service,
            environment=resource.environment,
            summary=told.get("summary") or told.get("description") or told.get("message", ""),
            url=alert.url("generatorURL"),
            labels=labels,
        )
