"""Dispatching: send what waits for other systems, a few at a time, each again until it arrives or is given up."""

from __future__ import annotations

import secrets as random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Final, NamedTuple

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.actor import system
from hardwon.domain.destination import MOST_FAILURES, Destination, wait_after
from hardwon.domain.errors import UnavailableError
from hardwon.domain.event import Event
from hardwon.exchange.outbound import Egress, RefusedError, Reply, send
from hardwon.exchange.webhooks.signing import seconds_asked, signed_headers
from hardwon.storage import dispatches
from hardwon.storage.dispatches import Leased
from hardwon.storage.queries.records import get_record, get_records
from hardwon.storage.sources import secrets_of
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App

AT_ONCE: Final = 8
"""Destinations that are sent to at once, and in one round."""
EACH: Final = 10
"""Messages to one destination in one round, one after the other."""
SECONDS: Final = 3.0
"""Seconds after which a round begins no further message; one that is under way may take as long again."""
_HOLD: Final = 30
"""Seconds, times the failures in a row, for which the rest waits that is due for the same receiver."""
_LONGEST_HOLD: Final = 600
_GONE: Final = 410


class _Tried(NamedTuple):
    """What became of one message: no reply, and a reason, where it did not get so far."""

    one: Leased
    reply: Reply | None
    reason: str


class _Parcel(NamedTuple):
    """What one destination is sent in this round."""

    destination: Destination
    secrets: tuple[str, ...]
    given: tuple[Leased, ...]
    why_not: str = ""


def dispatch(app: App) -> bool:
    """Send what is due and tell whether something was; for the worker.

    A message that fails holds up no other destination: the next one is tried in its turn, and later ever later.
    """
    with app.store.read(None) as reading:
        names = dispatches.due_destinations(reading, app.now(), AT_ONCE)
    if not names:
        return False
    with app.store.begin(system(), app.now()) as tx:
        taken = _still_public(tx, dispatches.lease(tx, names, EACH))
    parcels = _parcels(app, taken)
    until = time.monotonic() + SECONDS
    if parcels:
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            for tried in pool.map(lambda parcel: _send_all(app, parcel, until), parcels):
                _settle(app, tried)
    return bool(parcels)


def _still_public(tx: Transaction, taken: Sequence[Leased]) -> list[Leased]:
    """Return what everyone may still see; the rest is dropped unsent."""
    public = Reading(tx.connection, (EVERYONE,))
    seen = get_records(public, list({one.record for one in taken}))
    for one in taken:
        if one.record not in seen:
            dispatches.drop_dispatch(tx, one)
    return [one for one in taken if one.record in seen]


def _parcels(app: App, taken: Sequence[Leased]) -> list[_Parcel]:
    groups: dict[str, list[Leased]] = {}
    for one in taken:
        groups.setdefault(one.destination, []).append(one)
    with app.store.read(None) as reading:
        return [_parcel(app, reading, name, tuple(given)) for name, given in groups.items()]


def _parcel(app: App, reading: Reading, name: str, given: tuple[Leased, ...]) -> _Parcel:
    destination = get_record(reading, Destination, name)
    try:
        return _Parcel(destination, secrets_of(reading, app.settings.home, name), given)
    except UnavailableError as error:
        return _Parcel(destination, (), given, f"{error.message} {error.fix}")


def _send_all(app: App, parcel: _Parcel, until: float) -> list[_Tried]:
    """Send a destination's messages in their order; the first failure ends it, the rest is given back."""
    tried: list[_Tried] = []
    for one in parcel.given:
        if tried and (time.monotonic() > until or not _arrived(tried[-1].reply)):
            break
        tried.append(_send(app, parcel, one))
    left = parcel.given[len(tried) :]
    return tried + [_Tried(one, None, "") for one in left]


def _send(app: App, parcel: _Parcel, one: Leased) -> _Tried:
    if parcel.why_not:
        return _Tried(one, None, parcel.why_not)
    headers = {"Content-Type": "application/json", "User-Agent": "hardwon"}
    headers |= signed_headers(parcel.secrets, one.event, app.now(), one.payload)
    egress = Egress(allowed=app.settings.reachable, most=0, seconds=SECONDS)
    try:
        reply = send("POST", parcel.destination.url, egress, body=one.payload, headers=headers)
    except (RefusedError, OSError, ValueError, HTTPException) as error:
        return _Tried(one, None, str(error) or "no answer in time")
    return _Tried(one, reply, "" if _arrived(reply) else f"answered {reply.status}")


def _arrived(reply: Reply | None) -> bool:
    return reply is not None and 200 <= reply.status < 300  # noqa: PLR2004


def _settle(app: App, tried: Sequence[_Tried]) -> None:
    """Keep what became of one destination's messages."""
    now = app.now()
    with app.store.begin(system(), now) as tx:
        dispatches.release(tx, [one.one for one in tried if one.reply is None and not one.reason])
        for one, reply, reason in tried:
            status = reply.status if reply else 0
            if _arrived(reply):
                dispatches.settle_sent(tx, one, status)
            elif reason:
                asked = seconds_asked(reply.headers, now) if reply else 0
                wait = wait_after(one.attempts + 1, asked, random.randbelow(1_000) / 1_000)
                failures = dispatches.settle_failed(tx, one, wait_ms=wait, status=status, reason=reason)
                dispatches.hold(tx, one.destination, min(_LONGEST_HOLD, failures * _HOLD))
                _pause(tx, one.destination, status, failures)


def _pause(tx: Transaction, name: str, status: int, failures: int) -> None:
    """Stop sending to a receiver that is gone, or failed too often in a row."""
    if status != _GONE and failures < MOST_FAILURES:
        return
    stored = tx.get(Destination, name)
    if stored.paused:
        return
    gone = status == _GONE
    why = "its receiver is gone (410)" if gone else f"{failures} tries in a row failed"
    paused = msgspec.structs.replace(stored, paused=why, active=stored.active and not gone, updated_at=tx.at)
    tx.save(
        paused,
        (Event(verb="revised", detail=why, tell=(stored.team,) if stored.team else ()),),
        stored.revision,
    )
