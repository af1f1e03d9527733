"""Secret addresses of calendar feeds, kept as hashes: one for each person at most."""

from __future__ import annotations

import hmac

from sqlalchemy import delete, insert, select

from hardwon.storage.store import Reading
from hardwon.storage.tables import calendars
from hardwon.storage.transaction import Transaction


def save_calendar(tx: Transaction, person: str, sha256: str) -> None:
    """Give a person a new secret address, with its audit entry; the one before ends."""
    tx.connection.execute(delete(calendars).where(calendars.c.person == person))
    tx.connection.execute(insert(calendars).values(person=person, sha256=sha256))
    tx.audit("granted", "calendar", person)


def drop_calendar(tx: Transaction, person: str) -> None:
    """End a person's secret address, with its audit entry; nothing happens where there is none."""
    if tx.connection.execute(delete(calendars).where(calendars.c.person == person)).rowcount:
        tx.audit("revoked", "calendar", person)


def find_calendar(reading: Reading, sha256: str) -> str | None:
    """Return whose secret address has that hash, or None."""
    row = reading.connection.execute(select(calendars).where(calendars.c.sha256 == sha256)).first()
    return row.person if row and hmac.compare_digest(row.sha256, sha256) else None


def has_calendar(reading: Reading, person: str) -> bool:
    """Tell whether a person has a secret address."""
    return (
        reading.connection.scalar(select(calendars.c.person).where(calendars.c.person == person)) is not None
    )
