"""OpenLineage: runs of data jobs that failed."""

from __future__ import annotations

from hardwon.domain.resource import Resource, resource_of
from hardwon.domain.signal import AlertSignal
from hardwon.exchange.webhooks.payload import Payload
from hardwon.exchange.webhooks.source import Headers, Reported


class OpenLineage:
    """Run events. One has no name of its own: its run, type and time are in its content."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return nothing."""
        del headers, body
        return ""

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read a run that failed, and one of the same job that completed afterwards."""
        del headers
        told = payload.line("eventType")
        namespace, job = payload.line("job", "namespace"), payload.line("job", "name")
        if told not in {"FAIL", "COMPLETE"} or not job:
            return Reported(told or "event")
        resource = _resource(payload)
        facet = payload.at("run", "facets", "errorMessage")
        alert = AlertSignal(
            key=f"{namespace}/{job}"[:200],
            title=f"The job {job} failed"[:500],
            firing=told == "FAIL",
            at=payload.moment("eventTime") if told == "FAIL" else None,
            ended_at=payload.moment("eventTime") if told == "COMPLETE" else None,
            group=namespace,
            service=resource.service or job,
            environment=payload.line("run", "facets", "environment", "name") or resource.environment,
            summary=facet.prose("message"),
            url=payload.url("job", "facets", "sourceCodeLocation", "url"),
        )
        return Reported(told, (alert,))


def _resource(payload: Payload) -> Resource:
    """Return what the tags of the job and the run say of the resource."""
    tags = (*payload.items("job", "facets", "tags", "tags"), *payload.items("run", "facets", "tags", "tags"))
    return resource_of({tag.name("key"): tag.line("value") for tag in tags[:100]})
