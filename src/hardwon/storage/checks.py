"""What gates were answered: the same answer to the same question is one row a day."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from sqlalchemy import insert, select, update

from hardwon.domain.errors import NotFoundError
from hardwon.domain.gate import KeptCheck
from hardwon.domain.text import format_id
from hardwon.storage.clock import from_ms, to_ms
from hardwon.storage.queries.page import Page, check_limit, decode_cursor, encode_cursor, past
from hardwon.storage.sides import advance
from hardwon.storage.store import Reading
from hardwon.storage.tables import checks
from hardwon.storage.transaction import Transaction


def put_check(tx: Transaction, kept: KeptCheck) -> KeptCheck:
    """Keep an answer with its audit entry, or count it once more where that day's is the same; return it as kept."""
    advance(tx.connection, "checks", 1)  # one writer at a time, so that none is kept twice
    digest = _digest(kept)
    row = tx.connection.execute(
        select(checks).where(checks.c.digest == digest).with_for_update()
    ).one_or_none()
    if row is not None:
        again = {"times": row.times + 1, "last_at_ms": to_ms(kept.last_at)}
        tx.connection.execute(update(checks).where(checks.c.id == row.id).values(again))
        return msgspec.structs.replace(_check(row), times=row.times + 1, last_at=kept.last_at)
    fresh = msgspec.structs.replace(kept, id=format_id("check", advance(tx.connection, "id:check", 1)))
    values = {
        "id": fresh.id,
        "at_ms": to_ms(fresh.at),
        "last_at_ms": to_ms(fresh.last_at),
        "times": 1,
        "digest": digest,
        "gate": fresh.gate,
        "verdict": fresh.verdict,
        "service": fresh.services[0] if fresh.services else None,
        "deployment": fresh.deployment,
        "scope": fresh.scope,
        "body": msgspec.json.encode(fresh),
    }
    tx.connection.execute(insert(checks).values(values))
    tx.audit("checked", "check", fresh.id, f"{fresh.gate}: {fresh.verdict}")
    return fresh


def get_check(reading: Reading, check_id: str) -> KeptCheck:
    """Return a kept check the reader may see. Raises NotFoundError for any other."""
    query = select(checks).where(checks.c.id == check_id, reading.visible(checks.c.scope))
    row = reading.connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no check {check_id[:200]}.", fix="Check the id.")
    return _check(row)


def list_checks(
    reading: Reading,
    *,
    verdict: str | None = None,
    service: str | None = None,
    deployment: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[KeptCheck]:
    """Return a page of kept checks, newest first. Raises InputError for a bad cursor or limit."""
    check_limit(limit)
    query = select(checks).where(reading.visible(checks.c.scope))
    for name, value in (("verdict", verdict), ("service", service), ("deployment", deployment)):
        if value:
            query = query.where(checks.c[name] == value)
    if after:
        key = decode_cursor(after, (int, str))
        query = query.where(past((checks.c.at_ms, checks.c.id), key, descending=True))
    query = query.order_by(checks.c.at_ms.desc(), checks.c.id.desc()).limit(limit + 1)
    rows = reading.connection.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor((last.at_ms, last.id)) if last else None
    return Page(rows=tuple(_check(row) for row in rows[:limit]), next=more)


def _check(row: Any) -> KeptCheck:
    kept = msgspec.json.decode(row.body, type=KeptCheck)
    return msgspec.structs.replace(kept, times=row.times, last_at=from_ms(row.last_at_ms))


def _digest(kept: KeptCheck) -> str:
    """Return what an answer is known by: all that was asked and said, and the day."""
    same = msgspec.structs.replace(
        kept, id="same", at=kept.at.replace(hour=0, minute=0, second=0, microsecond=0)
    )
    same = msgspec.structs.replace(same, last_at=same.at, times=1)
    return hashlib.sha256(msgspec.json.encode(same)).hexdigest()
