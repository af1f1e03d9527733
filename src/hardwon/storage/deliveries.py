"""Deliveries: each kept once, byte for byte, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import delete, func, insert, select, update

from hardwon.domain.source import DeliveryState
from hardwon.storage.bulk import insert_rows
from hardwon.storage.clock import from_ms, to_ms
from hardwon.storage.queries.page import Page, check_limit, decode_cursor, encode_cursor
from hardwon.storage.sides import advance, stands_at
from hardwon.storage.store import Reading
from hardwon.storage.tables import deliveries
from hardwon.storage.trail import Said
from hardwon.storage.transaction import Transaction

POLLED: Final = "hardwon-polled"
"""The header by which a delivery that was fetched is told from one that came."""
MOST_REFUSED: Final = 50
"""Refused deliveries that are remembered of a source; older ones go."""
_CHUNK: Final = 400
_MANY: Final = 1_000
_LET_GO: Final = "deliveries let go"


class Delivery(NamedTuple):
    """One delivery as it came: its source, what it is known by, its headers and its body."""

    source: str
    key: str
    headers: bytes
    body: bytes


class WaitingDelivery(NamedTuple):
    """One delivery that is to be read."""

    id: int
    source: str
    headers: dict[str, str]
    body: bytes
    received_at: datetime


class DeliveryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery in a list: `signals` were read of it; `reason` says why it failed or was refused, and of one
    that was refused `signals` says how often; `polled` that it was fetched and did not come by itself.
    """

    id: int
    key: str
    at: datetime
    state: DeliveryState
    event: str
    reason: str
    signals: int
    size: int
    polled: bool = False


def put_deliveries(tx: Transaction, given: Sequence[Delivery]) -> list[bool]:
    """Keep deliveries that are not known yet, each with its audit entry; tell of each whether it is new."""
    known: set[tuple[str, str]] = set()
    table = deliveries
    for start in range(0, len(given), _CHUNK):
        chunk = given[start : start + _CHUNK]
        query = select(table.c.source, table.c.key).where(
            table.c.source.in_({one.source for one in chunk}), table.c.key.in_([one.key for one in chunk])
        )
        known.update((row.source, row.key) for row in tx.connection.execute(query))
    fresh, rows = [], []
    for one in given:
        is_new = (one.source, one.key) not in known
        fresh.append(is_new)
        known.add((one.source, one.key))
        if is_new:
            rows.append(
                {
                    "source": one.source,
                    "key": one.key,
                    "received_at_ms": to_ms(tx.at),
                    "state": "waiting",
                    "headers": one.headers,
                    "body": one.body,
                }
            )
    if rows:
        insert_rows(tx.connection, table, rows, known_by=("source", "key"))
        taken = (one for one, is_new in zip(given, fresh, strict=True) if is_new)
        tx.append([Said("received", "source", one.source, detail=one.key) for one in taken])
    return fresh


def known_keys(reading: Reading, source: str, keys: Sequence[str]) -> frozenset[str]:
    """Return which of these deliveries of a source are kept."""
    table, found = deliveries, set[str]()
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        query = select(table.c.key).where(table.c.source == source, table.c.key.in_(chunk))
        found.update(reading.connection.scalars(query))
    return frozenset(found)


def waiting(tx: Transaction, limit: int) -> list[WaitingDelivery]:
    """Return the deliveries that are to be read, oldest first. Nobody else reads any until the write ends."""
    advance(tx.connection, "digest", 1)
    table = deliveries
    query = select(table).where(table.c.state == "waiting").order_by(table.c.id).limit(limit)
    return [
        WaitingDelivery(
            row.id,
            row.source,
            msgspec.json.decode(row.headers, type=dict[str, str]),
            bytes(row.body),
            from_ms(row.received_at_ms),
        )
        for row in tx.connection.execute(query)
    ]


def is_waiting(reading: Reading) -> bool:
    """Tell whether a delivery is to be read."""
    query = select(deliveries.c.id).where(deliveries.c.state == "waiting").limit(1)
    return reading.connection.scalar(query) is not None


def count_waiting(reading: Reading) -> int:
    """Return how many deliveries are to be read."""
    query = select(func.count()).select_from(deliveries).where(deliveries.c.state == "waiting")
    return int(reading.connection.scalar(query) or 0)


def settle_delivery(
    tx: Transaction,
    delivery: int,
    state: DeliveryState,
    *,
    event: str = "",
    reason: str = "",
    signals: int = 0,
) -> None:
    """Say what became of a delivery."""
    values = {"state": state, "event": event[:200], "reason": reason[:1_000], "signals": signals}
    tx.connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(values))


def put_refused(tx: Transaction, source: str, reason: str, times: int) -> None:
    """Remember that deliveries were refused and why, without their content; only the last fifty are kept."""
    table = deliveries
    row = {
        "source": source,
        "key": f"refused:{token_hex(16)}",
        "received_at_ms": to_ms(tx.at),
        "state": "refused",
        "reason": reason[:1_000],
        "signals": times,
        "headers": b"{}",
        "body": b"",
    }
    tx.connection.execute(insert(table).values(row))
    newest = select(table.c.id).where(table.c.source == source, table.c.state == "refused")
    kept = newest.order_by(table.c.id.desc()).limit(MOST_REFUSED).subquery()
    tx.connection.execute(
        delete(table).where(
            table.c.source == source, table.c.state == "refused", table.c.id.not_in(select(kept.c.id))
        )
    )


def again(tx: Transaction, source: str, delivery: int) -> bool:
    """Let a delivery that was kept be read once more; tell whether there is one."""
    table = deliveries
    query = update(table).where(table.c.id == delivery, table.c.source == source, table.c.state != "refused")
    return bool(tx.connection.execute(query.values(state="waiting", reason="")).rowcount)


def list_deliveries(
    reading: Reading, source: str, *, limit: int = 50, after: str | None = None
) -> Page[DeliveryRow]:
    """Return a page of a source's deliveries, newest first. Raises InputError for a bad cursor or limit."""
    check_limit(limit)
    table = deliveries
    query = select(table, func.length(table.c.body).label("size")).where(table.c.source == source)
    if after:
        (last,) = decode_cursor(after, (int,))
        query = query.where(table.c.id < last)
    rows = reading.connection.execute(query.order_by(table.c.id.desc()).limit(limit + 1)).all()
    more = encode_cursor((rows[limit - 1].id,)) if len(rows) > limit else None
    return Page(rows=tuple(_row(row) for row in rows[:limit]), next=more)


def body_of(reading: Reading, source: str, delivery: int) -> tuple[dict[str, str], bytes] | None:
    """Return the headers and the body of a delivery, None where there is none."""
    table = deliveries
    query = select(table.c.headers, table.c.body).where(table.c.id == delivery, table.c.source == source)
    row = reading.connection.execute(query).one_or_none()
    return (msgspec.json.decode(row.headers, type=dict[str, str]), bytes(row.body)) if row else None


def last_body(reading: Reading, source: str) -> tuple[dict[str, str], bytes] | None:
    """Return the headers and the body of a source's newest delivery whose content is kept, None where there is none."""
    table = deliveries
    query = select(table.c.headers, table.c.body).where(table.c.source == source, table.c.body != b"")
    row = reading.connection.execute(query.order_by(table.c.id.desc()).limit(1)).one_or_none()
    return (msgspec.json.decode(row.headers, type=dict[str, str]), bytes(row.body)) if row else None


def let_go(tx: Transaction, before: datetime) -> bool:
    """Let the content of the next thousand deliveries go that came before then, and tell whether there may be more.

    What names them stays, so that one which is sent again is still known.
    """
    table = deliveries
    last = stands_at(tx.connection, _LET_GO)
    query = select(table.c.id).where(table.c.id > last, table.c.received_at_ms < to_ms(before))
    old = tx.connection.scalars(
        query.where(table.c.state != "waiting").order_by(table.c.id).limit(_MANY)
    ).all()
    if old:
        tx.connection.execute(update(table).where(table.c.id.in_(old)).values(headers=b"{}", body=b""))
        advance(tx.connection, _LET_GO, old[-1] - last)
    return len(old) == _MANY


def _row(row: Any) -> DeliveryRow:
    return DeliveryRow(
        id=row.id,
        key=row.key,
        at=from_ms(row.received_at_ms),
        state=row.state,
        event=row.event,
        reason=row.reason,
        signals=row.signals,
        size=row.size,
        polled=POLLED.encode() in bytes(row.headers),
    )
