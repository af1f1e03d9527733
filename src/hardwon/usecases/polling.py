"""Polling: sources are asked for what their webhooks lost; what is found goes the way of every delivery."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor, system
from hardwon.domain.errors import ConflictError, HardwonError, InputError, NotFoundError, RuleError
from hardwon.domain.event import Event
from hardwon.domain.source import Poll, Source, next_poll
from hardwon.exchange.pollers.ask import Ask, PollError
from hardwon.exchange.pollers.poller import Found, Polled, can_poll, poller_of
from hardwon.exchange.webhooks.source import key_of
from hardwon.storage.deliveries import POLLED, Delivery, known_keys, put_deliveries
from hardwon.storage.polls import (
    ClaimedPoll,
    PollState,
    claim_poll,
    drop_poll,
    hasten,
    is_due,
    poll_of,
    postpone,
    put_poll,
    put_token,
    settle_poll,
    token_of,
)
from hardwon.storage.queries.records import get_record
from hardwon.storage.store import Reading
from hardwon.usecases.app import App

LOG: Final = logging.getLogger("hardwon.polling")
_LEASE: Final = timedelta(minutes=3)
"""For so long nobody else asks a source that is being asked; a round takes less than one."""
_SOON: Final = timedelta(seconds=2)
"""Between two rounds where one did not suffice."""
_TOKEN: Final = 1_000


class Polling(msgspec.Struct, frozen=True):
    """Whether a source can be asked, and how the asking goes, None where it is not asked."""

    possible: bool
    state: PollState | None


def get_polling(app: App, actor: Actor, source_id: str) -> Polling:
    """Return how the asking of a source goes. Raises ForbiddenError, NotFoundError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        source = get_record(reading, Source, source_id)
        return Polling(can_poll(source.kind), poll_of(reading, source_id))


def set_up(app: App, actor: Actor, source_id: str, poll: Poll, token: str, expected_revision: int) -> Source:
    """Let a source be asked, at once and from now on. With no token the one before stays, but for another address.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, InputError for an address or a token that cannot be
    used.
    """
    authorise(actor, "administer")
    given = token.strip()
    if len(given) > _TOKEN or not given.isascii() or not given.isprintable() or " " in given:
        raise InputError(
            "That is no token.", fix="Give it as it was issued, or a name and password as `name:password`."
        )
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "administer", Source, source_id)
        kept = msgspec.structs.replace(poll, address=poller_of(stored.kind).check(poll.address.strip()))
        changed = msgspec.structs.replace(stored, poll=kept, updated_at=app.now())
        event = Event(verb="revised", detail=f"asked every {kept.minutes} minutes")
        saved = tx.save(changed, (event,), expected_revision)
        put_poll(tx, source_id, afresh=stored.poll is None or stored.poll.address != kept.address)
        if given:
            put_token(tx, app.settings.home, source_id, given)
    return saved


def stop(app: App, actor: Actor, source_id: str, expected_revision: int) -> Source:
    """Ask a source no more; its token is dropped. Raises ForbiddenError, NotFoundError, RevisionConflictError."""
    authorise(actor, "administer")
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "administer", Source, source_id)
        changed = msgspec.structs.replace(stored, poll=None, updated_at=app.now())
        saved = tx.save(changed, (Event(verb="revised", detail="asked no more"),), expected_revision)
        drop_poll(tx, source_id)
    return saved


def poll_now(app: App, actor: Actor, source_id: str) -> None:
    """Let a source be asked at once.

    Raises ForbiddenError, NotFoundError, RuleError while the system wants to be left alone, or is switched off here.
    """
    authorise(actor, "administer")
    now = app.now()
    with app.store.begin(actor, now) as tx:
        source = tx.get_as(actor, "administer", Source, source_id)
        state = poll_of(Reading(tx.connection, None), source_id)
        if state is None:
            raise NotFoundError(f"{source_id} is not asked.", fix="Say at which address it is.")
        if not source.active:
            raise RuleError(f"{source_id} is switched off.", fix="Switch it on.")
        if state.held_until is not None and state.held_until > now:
            until = f"{state.held_until:%H:%M} UTC"
            raise RuleError("It asked to be left alone for now.", fix=f"Try again after {until}.")
        hasten(tx, source_id)
        tx.audit("asked", "source", source_id, "at once")


def poll_due(app: App) -> bool:
    """Ask the source that is due longest; tell whether there was one. For the worker: one round of one source."""
    now = app.now()
    with app.store.read(None) as reading:
        if not is_due(reading, now):
            return False
    with app.store.begin(system(), now) as tx:
        claimed = claim_poll(tx, _LEASE)
        if claimed is None:
            return False
        source = tx.get(Source, claimed.source)
        if source.poll is None or not source.active:
            wait = source.poll or Poll(address="-")
            postpone(tx, claimed, next_poll(wait, 0, now))
            return True
    try:
        _ask(app, source, source.poll, claimed, now)
    except ConflictError as error:
        LOG.info("%s", error)
    return True


def _ask(app: App, source: Source, poll: Poll, claimed: ClaimedPoll, now: datetime) -> None:
    """Ask a source, and keep what was found together with how far it came. Raises ConflictError."""

    def known(keys: Sequence[str]) -> frozenset[str]:
        with app.store.read(None) as reading:
            return known_keys(reading, source.id, keys)

    held: datetime | None = None
    try:
        token = token_of(app.settings.home, claimed)
        ask = Ask(poll.address, token, app.settings.reachable, now, known)
        try:
            polled = poller_of(source.kind).poll(source, claimed.cursor, ask)
        finally:
            held = ask.held_until
        deliveries = [_delivery(source, one) for one in polled.deliveries]
    except (PollError, HardwonError) as error:
        polled, deliveries = Polled((), claimed.cursor, fault=str(error)), []
    except Exception as error:
        LOG.exception("asking %s failed", source.id)
        polled, deliveries = (
            Polled((), claimed.cursor, fault=f"what it answers cannot be read: {type(error).__name__}"),
            [],
        )
    at = app.now()
    next_at = next_poll(poll, claimed.failures + 1 if polled.fault else 0, at)
    if polled.more and not polled.fault:
        next_at = at + _SOON
    with app.store.begin(system(), at) as tx:
        settle_poll(
            tx,
            claimed,
            next_at=max(next_at, held) if held else next_at,
            held_until=held,
            cursor=polled.cursor,
            reason=polled.fault,
        )
        put_deliveries(tx, deliveries)


def _delivery(source: Source, found: Found) -> Delivery:
    key = key_of(source.kind, found.headers, found.body)
    kept = {name: value[:2_000] for name, value in found.headers.items()}
    return Delivery(source.id, key, msgspec.json.encode({**kept, POLLED: "yes"}), found.body)
