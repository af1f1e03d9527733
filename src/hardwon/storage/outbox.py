"""The outbox: events committed with their write, waiting to be told to those who should know.

An event is a job of kind `event`. Those who take it are the inbox and what is sent to other systems, which lie in
the same database: telling and taking are one transaction, so an event is told exactly once.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
from sqlalchemy import delete, insert, select

from hardwon.storage.store import Store
from hardwon.storage.tables import jobs, notices
from hardwon.storage.trail import EVENT, WaitingEvent
from hardwon.storage.transaction import Transaction

_BATCH: Final = 500
_DECODER = msgspec.json.Decoder(WaitingEvent)


class ToldEvent(NamedTuple):
    """One event that was told, and when it happened."""

    event: WaitingEvent
    at_ms: int


def is_waiting(store: Store) -> bool:
    """Tell whether an event waits to be told."""
    query = select(jobs.c.id).where(jobs.c.kind == EVENT, jobs.c.state == "waiting").limit(1)
    with store.read(None) as reading:
        return reading.connection.scalar(query) is not None


def tell(tx: Transaction) -> list[ToldEvent]:
    """Tell the oldest events to the inboxes they name and return them."""
    rows = tx.connection.execute(
        select(jobs.c.id, jobs.c.run_at_ms, jobs.c.payload)
        .where(jobs.c.kind == EVENT, jobs.c.state == "waiting")  # whatever the clock says by now
        .order_by(jobs.c.run_at_ms, jobs.c.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return []
    events = [ToldEvent(_DECODER.decode(row.payload), row.run_at_ms) for row in rows]
    told = [
        {"reader": reader, "record": event.records[0], "text": event.text, "at_ms": at_ms}
        for event, at_ms in events
        for reader in event.tell
    ]
    if told:
        tx.connection.execute(insert(notices), told)
    tx.connection.execute(delete(jobs).where(jobs.c.id.in_([row.id for row in rows])))
    return events
