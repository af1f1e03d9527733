"""Notices that have done their work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from hardwon.storage.clock import to_ms
from hardwon.storage.tables import notices
from hardwon.storage.transaction import Transaction


def drop_read(tx: Transaction, before: datetime) -> int:
    """Drop notices that were read before then, and return how many."""
    return int(tx.connection.execute(delete(notices).where(notices.c.read_at_ms < to_ms(before))).rowcount)
