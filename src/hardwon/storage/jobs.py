"""Background jobs with leases: a job whose worker died is taken over, and its late answer refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, insert, or_, select, true, update

from hardwon.domain.errors import ConflictError
from hardwon.storage.clock import to_ms
from hardwon.storage.tables import jobs
from hardwon.storage.transaction import Transaction

MAX_ATTEMPTS = 10
_LONGEST = 24 * 3_600_000
"""No lease is longer, in milliseconds: one that is was taken while the clock was ahead."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed job. `attempt` fences: only the newest claim may finish or fail it."""

    id: int
    kind: str
    key: str | None
    payload: dict[str, Any]
    attempt: int


def enqueue(
    tx: Transaction, kind: str, payload: dict[str, Any], run_at: datetime, *, key: str | None = None
) -> None:
    """Add a job in the caller's transaction, due at `run_at`.

    Raises DuplicateError where a job with that idempotency key was added before.
    """
    body = msgspec.json.encode(payload)
    row = {"kind": kind, "key": key, "payload": body, "run_at_ms": to_ms(run_at), "state": "waiting"}
    tx.connection.execute(insert(jobs).values(row))


def has_job(tx: Transaction, key: str) -> bool:
    """Tell whether a job with that idempotency key was added before."""
    return tx.connection.scalar(select(jobs.c.id).where(jobs.c.key == key).limit(1)) is not None


def claim(tx: Transaction, worker: str, lease: timedelta, *, kinds: Sequence[str] = ()) -> Job | None:
    """Take the job of these kinds (none named: of any) that is due longest, or whose lease ran out.

    None where nothing is due. A job that ten workers died of is failed instead.
    """
    now = to_ms(tx.at)
    spent = and_(jobs.c.state == "running", jobs.c.lease_until_ms < now, jobs.c.attempt >= MAX_ATTEMPTS)
    dead = {"state": "failed", "error": "its workers died", "lease_until_ms": None}
    tx.connection.execute(update(jobs).where(spent).values(dead))
    due = or_(
        and_(jobs.c.state == "waiting", jobs.c.run_at_ms <= now),
        and_(
            jobs.c.state == "running",
            or_(jobs.c.lease_until_ms < now, jobs.c.lease_until_ms > now + _LONGEST),
        ),
    )
    row = tx.connection.execute(
        select(jobs)
        .where(due, jobs.c.kind.in_(kinds) if kinds else true())
        .order_by(jobs.c.run_at_ms, jobs.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    attempt = row.attempt + 1
    tx.connection.execute(
        update(jobs)
        .where(jobs.c.id == row.id)
        .values(state="running", worker=worker, attempt=attempt, lease_until_ms=to_ms(tx.at + lease))
    )
    payload = msgspec.json.decode(row.payload)
    return Job(id=row.id, kind=row.kind, key=row.key, payload=payload, attempt=attempt)


def finish(tx: Transaction, job: Job) -> None:
    """Mark a claimed job done. Raises ConflictError where another worker took it over."""
    _settle(tx, job, {"state": "done", "lease_until_ms": None, "error": ""})


def fail(tx: Transaction, job: Job, error: str, retry_at: datetime) -> None:
    """Put a failed job back until `retry_at`; after ten attempts it stays failed.

    Raises ConflictError where another worker took it over.
    """
    state = "waiting" if job.attempt < MAX_ATTEMPTS else "failed"
    values = {"state": state, "error": error[:2_000], "run_at_ms": to_ms(retry_at)}
    _settle(tx, job, values | {"lease_until_ms": None})


def _settle(tx: Transaction, job: Job, values: dict[str, Any]) -> None:
    mine: ColumnElement[bool] = and_(
        jobs.c.id == job.id, jobs.c.attempt == job.attempt, jobs.c.state == "running"
    )
    if not tx.connection.execute(update(jobs).where(mine).values(values)).rowcount:
        raise ConflictError(
            f"Job {job.id} was taken over by another worker.", fix="Drop this attempt's result."
        )
