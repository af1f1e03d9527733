"""Sources: the systems that report by webhook, their secrets, and what they sent lately."""

from __future__ import annotations

import base64
import secrets as random
from typing import Final

import msgspec

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor
from hardwon.domain.errors import InputError, NotFoundError
from hardwon.domain.event import Event
from hardwon.domain.signal import SourceKind
from hardwon.domain.source import DEFAULT_OPENS, Opens, QuietMinutes, Source
from hardwon.domain.text import Name, Title
from hardwon.exchange.webhooks.signature import SHORTEST
from hardwon.rules.opening import check_opening
from hardwon.storage import deliveries
from hardwon.storage.deliveries import DeliveryRow, again, body_of, list_deliveries
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_record
from hardwon.storage.sources import SourceRow, count_secrets, drop_secrets, list_sources, put_secret
from hardwon.usecases.app import App

MOST_SECRETS: Final = 2
"""Secrets that hold at once: the new one, and the one it replaces."""


class NewSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a new source."""

    title: Title
    kind: SourceKind
    team: Name | None = None
    opens: Opens = DEFAULT_OPENS
    quiet_minutes: QuietMinutes = 10


class SourcePage(msgspec.Struct, frozen=True, kw_only=True):
    """A source, how many secrets it has, and a page of its deliveries."""

    source: Source
    secrets: int
    deliveries: Page[DeliveryRow]


def add(app: App, actor: Actor, new: NewSource) -> tuple[Source, str]:
    """Add a source and return it with its secret, which is shown this once.

    Raises ForbiddenError, InputError for a condition that cannot be asked.
    """
    authorise(actor, "administer")
    check_opening(new.opens)
    now, secret = app.now(), fresh_secret()
    with app.store.begin(actor, now) as tx:
        source = msgspec.convert(
            {**msgspec.structs.asdict(new), "id": tx.next_id("source"), "written_at": now, "updated_at": now},
            Source,
        )
        saved = tx.save(source, (Event(verb="created", detail=new.kind),))
        put_secret(tx, app.settings.home, saved.id, secret)
    return saved, secret


def change(app: App, actor: Actor, source: Source, expected_revision: int) -> Source:
    """Replace what is said of a source; its kind stays, where it is asked, and its mapping.

    Raises ForbiddenError, NotFoundError, InputError, RevisionConflictError.
    """
    authorise(actor, "administer")
    check_opening(source.opens)
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "administer", Source, source.id)
        if source.kind != stored.kind:
            raise InputError("A source's kind stays.", fix="Add another source, and switch this one off.")
        kept = {
            "written_at": stored.written_at,
            "updated_at": app.now(),
            "poll": stored.poll,
            "mapping": stored.mapping,
            "gate": stored.gate,
        }
        changed = msgspec.structs.replace(source, **kept)
        saved = tx.save(changed, (Event(verb="revised"),), expected_revision)
    app.doors.forget(saved.id)
    return saved


def renew_secret(app: App, actor: Actor, source_id: str, secret: str = "") -> str:
    """Give a source another secret, its sender's own or a random one, and return it, this once; the one before
    holds on until the next. Raises ForbiddenError, NotFoundError, InputError for one that is too short.
    """
    authorise(actor, "administer")
    given = secret.strip() or fresh_secret()
    if not SHORTEST <= len(given) <= 500:  # noqa: PLR2004
        raise InputError(f"A secret has {SHORTEST} to 500 characters.", fix="Give a longer one.")
    with app.store.begin(actor, app.now()) as tx:
        tx.get_as(actor, "administer", Source, source_id)
        put_secret(tx, app.settings.home, source_id, given)
        drop_secrets(tx, source_id, keep=MOST_SECRETS)
    app.doors.forget(source_id)
    return given


def get_sources(app: App, actor: Actor) -> tuple[SourceRow, ...]:
    """Return all sources. Raises ForbiddenError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        return tuple(list_sources(reading))


def count_waiting(app: App, actor: Actor) -> int:
    """Return how many deliveries were taken in and not read yet. Raises ForbiddenError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        return deliveries.count_waiting(reading)


def get_source(
    app: App, actor: Actor, source_id: str, *, limit: int = 50, after: str | None = None
) -> SourcePage:
    """Return a source with its newest deliveries. Raises ForbiddenError, NotFoundError, InputError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        return SourcePage(
            source=get_record(reading, Source, source_id),
            secrets=count_secrets(reading, source_id),
            deliveries=list_deliveries(reading, source_id, limit=limit, after=after),
        )


def get_body(app: App, actor: Actor, source_id: str, delivery: int) -> tuple[dict[str, str], bytes]:
    """Return a delivery's headers and body as they came. Raises ForbiddenError, NotFoundError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        found = body_of(reading, source_id, delivery)
    if found is None:
        raise NotFoundError(f"{source_id} has no delivery {delivery}.", fix="See its page.")
    return found


def replay(app: App, actor: Actor, source_id: str, delivery: int) -> None:
    """Read a delivery that was kept once more, after the source was corrected, say.

    Raises ForbiddenError, NotFoundError.
    """
    authorise(actor, "administer")
    with app.store.begin(actor, app.now()) as tx:
        tx.get_as(actor, "administer", Source, source_id)
        if not again(tx, source_id, delivery):
            raise NotFoundError(f"{source_id} kept no delivery {delivery}.", fix="See its page.")
        tx.audit("replayed", "source", source_id, str(delivery))


def fresh_secret() -> str:
    """Return a random secret in the form of Standard Webhooks, which other schemes take as it stands; without the
    `/` and `+` that break the address into which Flagger and Statuspage want it written.
    """
    while True:
        made = base64.b64encode(random.token_bytes(24)).decode()
        if made.isalnum():
            return f"whsec_{made}"
