"""Spans for OpenTelemetry, one a request: its route, method and status, and nothing else.

Imported only where `otlp_endpoint` is set. Spans are sent from a thread of their own, out of a queue that
drops what is too much, so an endpoint that is slow or gone costs a request nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PATH: Final = "/v1/traces"
_SECONDS: Final = 2.0
_FAULT: Final = 500


class RequestSpan:
    """The span of one request; where `end` is not called, it is never sent."""

    def __init__(self, span: Span) -> None:
        """Hold the span that began."""
        self._span = span
        self.trace_id = trace.format_trace_id(span.get_span_context().trace_id)

    def end(self, method: str, route: str, status: int) -> None:
        """Name the span after its route, and let it go."""
        self._span.update_name(f"{method} {route}")
        self._span.set_attribute("http.request.method", method)
        self._span.set_attribute("http.route", route)
        self._span.set_attribute("http.response.status_code", status)
        if status >= _FAULT:
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


class Traces:
    """Begins a span for each request and sends them by OTLP over HTTP."""

    def __init__(self, endpoint: str) -> None:
        """Send to this collector; without a path, to the one that the protocol names."""
        address = endpoint.rstrip("/")
        exporter = OTLPSpanExporter(
            endpoint=address if address.endswith(_PATH) else address + _PATH, timeout=_SECONDS
        )
        self._provider = TracerProvider(
            resource=Resource.create({SERVICE_NAME: "hardwon"}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, schedule_delay_millis=1_000, export_timeout_millis=2_000)
        )
        self._tracer = self._provider.get_tracer("hardwon")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def __call__(self, traceparent: str) -> Iterator[RequestSpan]:
        """Begin the span of a request, under the caller's where it named one."""
        parent = self._propagator.extract({"traceparent": traceparent}) if traceparent else None
        yield RequestSpan(self._tracer.start_span("request", context=parent, kind=SpanKind.SERVER))

    def close(self) -> None:
        """Send what waits, for two seconds at most, and stop."""
        self._provider.shutdown()
