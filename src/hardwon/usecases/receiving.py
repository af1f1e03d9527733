"""Receiving deliveries: verified over the raw bytes, kept before they are acknowledged, each once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Final

import msgspec

from hardwon.domain.errors import ForbiddenError, NotFoundError, TooLargeError
from hardwon.domain.mapping import headers_of
from hardwon.exchange.webhooks.signature import refusal
from hardwon.exchange.webhooks.source import MAX_BODY, key_of
from hardwon.storage.deliveries import Delivery
from hardwon.usecases.app import App

__all__ = ["MAX_BODY", "is_quick", "receive"]
_KEPT: Final = frozenset(
    {
        *(
            "ce-id",
            "ce-source",
            "ce-subject",
            "ce-time",
            "ce-type",
            "content-type",
            "idempotency-key",
            "request-id",
        ),
        *(
            "sentry-hook-resource",
            "sentry-hook-timestamp",
            "svix-id",
            "user-agent",
            "webhook-id",
            "x-gitlab-event",
        ),
        *(
            "webhook-timestamp",
            "x-github-delivery",
            "x-github-event",
            "x-gitlab-event-uuid",
            "x-mlflow-delivery-id",
        ),
        *("x-mlflow-timestamp", "x-request-id", "x-webhook-id"),
    }
)
"""Headers that are kept with a delivery, besides those that a mapping asks for; none of them holds a secret."""
_SMALL: Final = 64 * 1024
"""Bytes whose signature is checked in well under a millisecond."""


def is_quick(app: App, source_id: str, size: int) -> bool:
    """Tell whether a delivery of that many bytes can be taken in without waiting for anything."""
    return size <= _SMALL and app.doors.is_known(source_id)


def receive(app: App, source_id: str, headers: Mapping[str, str], body: bytes) -> Future[bool]:
    """Take a delivery in and return what is done once it is on the disk: true for a new one, false for one that was
    kept before. Names of headers are in lower case.

    Raises NotFoundError for no such source or one that is switched off, TooLargeError, ForbiddenError for one that
    its sender did not sign, BusyError where too many wait.
    """
    if len(body) > MAX_BODY:
        raise TooLargeError(
            f"A delivery has at most {MAX_BODY >> 20} MiB.", fix="Let the sender send less of it."
        )
    source, secrets = app.doors.of(source_id)
    if not source.active:
        raise NotFoundError(f"There is no source {source_id}.", fix="Switch it on, or take the webhook off.")
    if why := refusal(source.kind, headers, body, secrets, app.now()):
        app.intake.refuse(source_id, why)
        raise ForbiddenError(f"The delivery is not let in: {why}.", fix="See the source's page in Hardwon.")
    key = key_of(source.kind, headers, body)
    wanted = _KEPT | headers_of(source.mapping) if source.mapping else _KEPT
    kept = {name: value[:2_000] for name, value in headers.items() if name in wanted}
    return app.intake.put(Delivery(source_id, key, msgspec.json.encode(kept), body))
