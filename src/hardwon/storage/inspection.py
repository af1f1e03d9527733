"""Looking a database over for damage, and for what was left behind."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import and_, func, select, update

from hardwon.storage.clock import from_ms, to_ms
from hardwon.storage.store import Reading, Store
from hardwon.storage.tables import audit, jobs, revisions, search_documents
from hardwon.storage.transaction import Transaction

_HASH: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_FILE: Final = re.compile(rb'"sha256":"([0-9a-f]{64})"')
_SYNCHRONOUS: Final = {"0": "OFF", "1": "NORMAL", "2": "FULL", "3": "EXTRA"}


class Named(NamedTuple):
    """SHA-256s of attached files: those that a record names today, and all that any revision ever did."""

    today: frozenset[str]
    ever: frozenset[str]


def integrity(reading: Reading) -> tuple[str, ...]:
    """Return what SQLite's own checks find wrong; PostgreSQL checks its pages as it reads them."""
    if reading.connection.dialect.name != "sqlite":
        return ()
    rows = reading.connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
    loose = reading.connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    keys = (f"a row of {row[0]} names a missing row of {row[2]}" for row in loose[:20])
    return (*(str(row) for row in rows if row != "ok"), *keys)


def durability(store: Store) -> tuple[str, ...]:
    """Return which of SQLite's switches, as this process has them, could lose an acknowledged write."""
    if store.dialect != "sqlite":
        return ()
    with store.read(None) as reading:
        ask = reading.connection.exec_driver_sql
        journal = str(ask("PRAGMA journal_mode").scalar()).upper()
        synchronous = _SYNCHRONOUS.get(str(ask("PRAGMA synchronous").scalar()), "unknown")
        keys = ask("PRAGMA foreign_keys").scalar()
    found = []
    if journal != "WAL":
        found.append(f"journal_mode is {journal}, not WAL")
    if synchronous not in {"FULL", "EXTRA"}:
        found.append(f"synchronous is {synchronous}, not FULL")
    if not keys:
        found.append("foreign keys are not watched")
    return tuple(found)


def named_files(reading: Reading) -> Named:
    """Return the files that records name; every revision is read, one after the other."""
    last = (
        select(revisions.c.kind, revisions.c.record, func.max(revisions.c.number).label("number"))
        .group_by(revisions.c.kind, revisions.c.record)
        .subquery()
    )
    query = select(revisions.c.body, last.c.number).outerjoin(
        last,
        and_(
            last.c.kind == revisions.c.kind,
            last.c.record == revisions.c.record,
            last.c.number == revisions.c.number,
        ),
    )
    today: set[str] = set()
    ever: set[str] = set()
    for body, newest in reading.connection.execute(query):
        ever.update(found.decode() for found in _HASH.findall(body))
        if newest is not None:
            today.update(found.decode() for found in _FILE.findall(body))
    return Named(frozenset(today), frozenset(ever))


def last_entry(reading: Reading) -> datetime | None:
    """Return when the trail's latest entry was written, None for an empty trail."""
    found = reading.connection.scalar(select(func.max(audit.c.at_ms)))
    return None if found is None else from_ms(found)


def first_entry(reading: Reading) -> datetime | None:
    """Return when the trail began, None for an empty one."""
    found = reading.connection.scalar(select(func.min(audit.c.at_ms)).where(audit.c.at_ms > 0))
    return None if found is None else from_ms(found)


def last_backup(reading: Reading) -> datetime | None:
    """Return when the latest backup was made, None where the trail knows none."""
    query = select(func.max(audit.c.at_ms)).where(audit.c.verb == "backed_up")
    found = reading.connection.scalar(query)
    return None if found is None else from_ms(found)


def documents(reading: Reading) -> tuple[int, str]:
    """Return how many documents the search feed holds, and the cursor at its end."""
    table = search_documents
    count = select(func.count()).select_from(table).where(table.c.deleted == 0)
    end = select(table.c.txid, table.c.seq).order_by(table.c.txid.desc(), table.c.seq.desc()).limit(1)
    row = reading.connection.execute(end).first()
    return reading.connection.scalar(count) or 0, f"{row.txid}:{row.seq}" if row else ""


def dead_leases(reading: Reading, now: datetime) -> int:
    """Return how many jobs are held by workers whose lease ran out."""
    query = select(func.count()).where(jobs.c.state == "running", jobs.c.lease_until_ms < to_ms(now))
    return reading.connection.scalar(query) or 0


def release_leases(tx: Transaction) -> int:
    """Give the jobs back whose workers' leases ran out, and return how many; a late worker is refused."""
    dead = and_(jobs.c.state == "running", jobs.c.lease_until_ms < to_ms(tx.at))
    values = {"state": "waiting", "lease_until_ms": None}
    return tx.connection.execute(update(jobs).where(dead).values(values)).rowcount
