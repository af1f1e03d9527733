"""Dispatches: each event for each destination, leased to one sender at a time, kept until it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import delete, func, insert, select, update

from hardwon.domain.destination import Destination, DispatchState
from hardwon.domain.record import decode
from hardwon.storage.clock import from_ms, to_ms
from hardwon.storage.queries.page import Page, check_limit, decode_cursor, encode_cursor
from hardwon.storage.store import Reading
from hardwon.storage.tables import destinations, dispatch_health, dispatches
from hardwon.storage.transaction import Transaction

MOST_DESTINATIONS: Final = 200
_LEASE: Final = timedelta(seconds=60)


class Dispatch(NamedTuple):
    """One event for one destination."""

    destination: str
    event: str
    record: str
    type: str
    payload: bytes


class Leased(NamedTuple):
    """One dispatch that this process sends now."""

    id: int
    lease: str
    destination: str
    event: str
    record: str
    payload: bytes
    attempts: int


class DispatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """One dispatch in a list: `status` is the last answer's, 0 where there was none."""

    id: int
    event: str
    record: str
    type: str
    at: datetime
    state: DispatchState
    attempts: int
    next_at: datetime
    status: int
    reason: str


def load_destinations(reading: Reading | Transaction) -> list[Destination]:
    """Return all destinations, at most two hundred."""
    query = select(destinations.c.body).order_by(destinations.c.id).limit(MOST_DESTINATIONS)
    found = [decode("destination", body) for body in reading.connection.scalars(query)]
    return [one for one in found if isinstance(one, Destination)]


def put_dispatches(tx: Transaction, given: Sequence[Dispatch]) -> None:
    """Keep dispatches that are due now; one that is known already stays as it is."""
    if not given:
        return
    now = to_ms(tx.at)
    rows = [{**one._asdict(), "at_ms": now, "next_at_ms": now, "state": "waiting"} for one in given]
    dialect = import_module(f"sqlalchemy.dialects.{tx.connection.dialect.name}")
    statement = dialect.insert(dispatches).on_conflict_do_nothing(index_elements=["destination", "event"])
    tx.connection.execute(statement, rows)


def due_destinations(reading: Reading, now: datetime, limit: int) -> list[str]:
    """Return destinations that something is due for, those that waited longest first."""
    table = dispatches
    oldest = (
        select(func.min(table.c.next_at_ms))
        .where(table.c.destination == destinations.c.id, table.c.state == "waiting")
        .correlate(destinations)
        .scalar_subquery()
    )
    query = select(destinations.c.id).where(destinations.c.active == 1, oldest <= to_ms(now))
    return list(reading.connection.scalars(query.order_by(oldest, destinations.c.id).limit(limit)))


def lease(tx: Transaction, names: Sequence[str], each: int) -> list[Leased]:
    """Take what is due for these destinations; for a minute nobody else sends it."""
    table, mark, found = dispatches, uuid.uuid4().hex, []
    for name in names:
        query = (
            select(table)
            .where(
                table.c.destination == name, table.c.state == "waiting", table.c.next_at_ms <= to_ms(tx.at)
            )
            .order_by(table.c.next_at_ms, table.c.id)
            .limit(each)
            .with_for_update(skip_locked=True)
        )
        rows = tx.connection.execute(query).all()
        found += [
            Leased(r.id, mark, r.destination, r.event, r.record, bytes(r.payload), r.attempts) for r in rows
        ]
    if found:
        ids = [one.id for one in found]
        taken = update(table).where(table.c.id.in_(ids))
        tx.connection.execute(taken.values(lease=mark, next_at_ms=to_ms(tx.at + _LEASE)))
    return found


def release(tx: Transaction, given: Sequence[Leased]) -> None:
    """Give back what was taken and not tried."""
    for one in given:
        _set(tx, one, {"lease": "", "next_at_ms": to_ms(tx.at)})


def hold(tx: Transaction, destination: str, seconds: int) -> None:
    """Let what is due for a destination that fails wait a while."""
    table, now = dispatches, to_ms(tx.at)
    due = update(table).where(
        table.c.destination == destination, table.c.state == "waiting", table.c.next_at_ms <= now
    )
    tx.connection.execute(due.values(next_at_ms=now + seconds * 1_000))


def drop_dispatch(tx: Transaction, one: Leased) -> None:
    """Drop what must not be sent any more."""
    tx.connection.execute(delete(dispatches).where(dispatches.c.id == one.id))


def settle_sent(tx: Transaction, one: Leased, status: int) -> None:
    """Say that a dispatch arrived."""
    done = {"state": "sent", "attempts": one.attempts + 1, "status": status, "reason": "", "lease": ""}
    if _set(tx, one, done):
        reset_failures(tx, one.destination)


def settle_failed(tx: Transaction, one: Leased, *, wait_ms: int | None, status: int, reason: str) -> int:
    """Say that a try failed, and when the next one is (None: never); return the failures in a row."""
    values: dict[str, Any] = {
        "state": "failed" if wait_ms is None else "waiting",
        "attempts": one.attempts + 1,
        "next_at_ms": to_ms(tx.at) + (wait_ms or 0),
        "status": status,
        "reason": reason[:500],
        "lease": "",
    }
    if not _set(tx, one, values):
        return 0
    table = dispatch_health
    more = update(table).where(table.c.destination == one.destination).values(failures=table.c.failures + 1)
    if not tx.connection.execute(more).rowcount:
        tx.connection.execute(insert(table).values(destination=one.destination, failures=1))
    return failures_of(tx, one.destination)


def failures_of(reading: Reading | Transaction, destination: str) -> int:
    """Return how many tries failed in a row."""
    table = dispatch_health
    query = select(table.c.failures).where(table.c.destination == destination)
    return int(reading.connection.scalar(query) or 0)


def reset_failures(tx: Transaction, destination: str) -> None:
    """Forget the failures in a row."""
    tx.connection.execute(delete(dispatch_health).where(dispatch_health.c.destination == destination))


def again(tx: Transaction, destination: str, dispatch: int | None) -> int:
    """Let one dead letter, or all of a destination, be sent again; return how many."""
    table = dispatches
    query = update(table).where(table.c.destination == destination, table.c.state == "failed")
    if dispatch is not None:
        query = query.where(table.c.id == dispatch)
    fresh = query.values(state="waiting", attempts=0, next_at_ms=to_ms(tx.at), lease="")
    return int(tx.connection.execute(fresh).rowcount)


def drop_sent(tx: Transaction, before: datetime) -> int:
    """Drop what was sent for events from before then; return how many."""
    table = dispatches
    return int(
        tx.connection.execute(
            delete(table).where(table.c.state == "sent", table.c.at_ms < to_ms(before))
        ).rowcount
    )


def list_dispatches(
    reading: Reading, destination: str, *, failed: bool = False, limit: int = 50, after: str | None = None
) -> Page[DispatchRow]:
    """Return a page of a destination's dispatches, newest first. Raises InputError for a bad cursor or limit."""
    check_limit(limit)
    table = dispatches
    query = select(table).where(table.c.destination == destination)
    if failed:
        query = query.where(table.c.state == "failed")
    if after:
        (last,) = decode_cursor(after, (int,))
        query = query.where(table.c.id < last)
    rows = reading.connection.execute(query.order_by(table.c.id.desc()).limit(limit + 1)).all()
    more = encode_cursor((rows[limit - 1].id,)) if len(rows) > limit else None
    return Page(rows=tuple(_row(row) for row in rows[:limit]), next=more)


def count_failed(reading: Reading, destination: str) -> int:
    """Return how many dead letters a destination has."""
    table = dispatches
    query = select(func.count()).where(table.c.destination == destination, table.c.state == "failed")
    return int(reading.connection.scalar(query) or 0)


def _set(tx: Transaction, one: Leased, values: dict[str, Any]) -> bool:
    """Change a dispatch that is still leased to us."""
    table = dispatches
    query = update(table).where(table.c.id == one.id, table.c.lease == one.lease)
    return bool(tx.connection.execute(query.values(values)).rowcount)


def _row(row: Any) -> DispatchRow:
    return DispatchRow(
        id=row.id,
        event=row.event,
        record=row.record,
        type=row.type,
        at=from_ms(row.at_ms),
        state=row.state,
        attempts=row.attempts,
        next_at=from_ms(row.next_at_ms),
        status=row.status,
        reason=row.reason,
    )
