"""Sentry: alerts about errors and metrics."""

from __future__ import annotations

from typing import Final

from hardwon.domain.signal import AlertSignal
from hardwon.exchange.webhooks.payload import Payload
from hardwon.exchange.webhooks.source import Headers, Reported

_SEVERITY: Final = ("critical", "fatal", "error", "warning", "info")


class Sentry:
    """Deliveries of an internal integration."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return the request's id."""
        del body
        return headers.get("request-id", "")

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read alerts of events and of metrics, and issues that were resolved."""
        resource, action = headers.get("sentry-hook-resource", ""), payload.line("action")
        told = f"{resource}.{action}"
        if resource == "event_alert":
            return Reported(told, (self._event(payload),))
        if resource == "metric_alert":
            return Reported(told, (self._metric(payload, action),))
        if resource == "issue" and action == "resolved":
            return Reported(told, (self._issue(payload),))
        return Reported(told)

    def _event(self, payload: Payload) -> AlertSignal:
        event = payload.at("data", "event")
        issue = event.name("issue_id") or event.name("event_id")
        return AlertSignal(
            key=f"issue-{issue}"[:200],
            title=event.title("title", otherwise="An error in Sentry"),
            firing=True,
            at=event.moment("datetime") or event.moment("timestamp"),
            group=payload.line("data", "triggered_rule"),
            severity=event.line("level"),
            service=event.line("project_name") or event.line("project_slug"),
            environment=event.line("environment"),
            summary=event.prose("culprit"),
            url=event.url("web_url"),
        )

    def _metric(self, payload: Payload, action: str) -> AlertSignal:
        metric = payload.at("data", "metric_alert")
        return AlertSignal(
            key=f"metric-{metric.name('id')}"[:200],
            title=metric.title("title")
            or payload.title("data", "description_title", otherwise="A metric alert"),
            firing=action != "resolved",
            at=metric.moment("date_started"),
            ended_at=metric.moment("date_closed"),
            severity=action if action in _SEVERITY else "",
            environment=metric.line("alert_rule", "environment"),
            summary=payload.prose("data", "description_text"),
            url=payload.url("data", "web_url"),
        )

    def _issue(self, payload: Payload) -> AlertSignal:
        issue = payload.at("data", "issue")
        return AlertSignal(
            key=f"issue-{issue.name('id')}"[:200],
            title=issue.title("title", otherwise="An issue in Sentry"),
            firing=False,
            ended_at=issue.moment("lastSeen"),
            severity=issue.line("level"),
            service=issue.line("project", "slug"),
            url=issue.url("web_url"),
        )
