"""Destinations: the systems that are told what happens here, their secrets, and what was sent lately."""

from __future__ import annotations

import base64
import secrets as random
from datetime import datetime
from http.client import HTTPException
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor
from hardwon.domain.destination import Address, Destination, Topic
from hardwon.domain.errors import NotFoundError
from hardwon.domain.event import Event
from hardwon.domain.text import Name, Title
from hardwon.exchange.cdevents_out import probe
from hardwon.exchange.outbound import Egress, RefusedError, send
from hardwon.exchange.webhooks.signing import signed_headers
from hardwon.storage.dispatches import (
    DispatchRow,
    again,
    count_failed,
    failures_of,
    list_dispatches,
    load_destinations,
    reset_failures,
)
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_record
from hardwon.storage.sources import count_secrets, drop_secrets, put_secret, secrets_of
from hardwon.usecases.app import App

MOST_SECRETS: Final = 2
"""Secrets that sign at once: the new one, and the one it replaces."""
_MOST_ANSWER: Final = 64 * 1024
_SHOWN: Final = 500


class NewDestination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a new destination."""

    title: Title
    url: Address
    events: Annotated[tuple[Topic, ...], Meta(max_length=20)] = ()
    services: Annotated[tuple[Name, ...], Meta(max_length=100)] = ()
    team: Name | None = None


class DestinationPage(msgspec.Struct, frozen=True, kw_only=True):
    """A destination, its secrets, failures in a row and dead letters by number, and a page of its dispatches."""

    destination: Destination
    secrets: int
    failures: int
    failed: int
    dispatches: Page[DispatchRow]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver answered to a test: its status (0: none) and the beginning of what it said."""

    status: int
    text: str


def add(app: App, actor: Actor, new: NewDestination) -> tuple[Destination, str]:
    """Add a destination and return it with its secret, which is shown this once.

    Raises ForbiddenError.
    """
    authorise(actor, "administer")
    now, secret = app.now(), fresh_secret()
    with app.store.begin(actor, now) as tx:
        said = {**msgspec.structs.asdict(new), "written_at": now, "updated_at": now}
        made = msgspec.convert({**said, "id": tx.next_id("destination")}, Destination)
        saved = tx.save(made, (Event(verb="created"),))
        put_secret(tx, app.settings.home, saved.id, secret, kind="destination")
    return saved, secret


def change(app: App, actor: Actor, destination: Destination, expected_revision: int) -> Destination:
    """Replace what is said of a destination; whatever paused it is forgotten, so that what waits is tried again.

    Raises ForbiddenError, NotFoundError, RevisionConflictError.
    """
    authorise(actor, "administer")
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "administer", Destination, destination.id)
        changed = msgspec.structs.replace(
            destination, paused="", written_at=stored.written_at, updated_at=app.now()
        )
        reset_failures(tx, stored.id)
        return tx.save(changed, (Event(verb="revised"),), expected_revision)


def renew_secret(app: App, actor: Actor, destination_id: str) -> str:
    """Give a destination another secret and return it, this once; messages are signed with both until the next.

    Raises ForbiddenError, NotFoundError.
    """
    authorise(actor, "administer")
    secret = fresh_secret()
    with app.store.begin(actor, app.now()) as tx:
        tx.get_as(actor, "administer", Destination, destination_id)
        put_secret(tx, app.settings.home, destination_id, secret, kind="destination")
        drop_secrets(tx, destination_id, keep=MOST_SECRETS, kind="destination")
    return secret


def get_destinations(app: App, actor: Actor) -> tuple[Destination, ...]:
    """Return all destinations. Raises ForbiddenError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        return tuple(load_destinations(reading))


def get_destination(
    app: App, actor: Actor, destination_id: str, *, failed: bool = False, after: str | None = None
) -> DestinationPage:
    """Return a destination with its newest dispatches, or its dead letters alone.

    Raises ForbiddenError, NotFoundError, InputError.
    """
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        return DestinationPage(
            destination=get_record(reading, Destination, destination_id),
            secrets=count_secrets(reading, destination_id),
            failures=failures_of(reading, destination_id),
            failed=count_failed(reading, destination_id),
            dispatches=list_dispatches(reading, destination_id, failed=failed, after=after),
        )


def redeliver(app: App, actor: Actor, destination_id: str, dispatch: int | None = None) -> int:
    """Send one dead letter again, or all of them, under the ids they had; return how many.

    Raises ForbiddenError, NotFoundError.
    """
    authorise(actor, "administer")
    with app.store.begin(actor, app.now()) as tx:
        tx.get_as(actor, "administer", Destination, destination_id)
        count = again(tx, destination_id, dispatch)
        if dispatch is not None and not count:
            raise NotFoundError(f"{destination_id} has no dead letter {dispatch}.", fix="See its page.")
        tx.audit("redelivered", "destination", destination_id, f"{count} dead letters")
    return count


def try_out(app: App, actor: Actor, destination_id: str) -> Answer:
    """Send a test event now, whatever the destination wants, and return the answer; nothing of it is kept.

    Raises ForbiddenError, NotFoundError.
    """
    authorise(actor, "administer")
    now = app.now()
    with app.store.read(None) as reading:
        found = get_record(reading, Destination, destination_id)
        signing = secrets_of(reading, app.settings.home, destination_id)
    return _probe(app, found, signing, now)


def fresh_secret() -> str:
    """Return a random secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(random.token_bytes(24)).decode()


def _probe(app: App, found: Destination, signing: tuple[str, ...], now: datetime) -> Answer:
    event = probe(found.id, app.settings.base_url.rstrip("/"), now, random.token_hex(8))
    body = msgspec.json.encode(event)
    headers = {"Content-Type": "application/json", "User-Agent": "hardwon"}
    headers |= signed_headers(signing, event.context.id, now, body)
    egress = Egress(allowed=app.settings.reachable, most=_MOST_ANSWER)
    try:
        reply = send("POST", found.url, egress, body=body, headers=headers)
    except (RefusedError, OSError, ValueError, HTTPException) as error:
        return Answer(status=0, text=f"{str(error) or 'No answer in time'}."[:_SHOWN])
    return Answer(status=reply.status, text=reply.body[:_SHOWN].decode("utf-8", "replace"))
