"""What waits in the background."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from hardwon.storage.clock import to_ms
from hardwon.storage.store import Reading
from hardwon.storage.tables import audit, jobs


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs that wait and since how many seconds the oldest does, jobs that failed for good, and audit
    entries without a place in the tree.
    """

    jobs: int
    oldest_seconds: float
    failed: int
    unplaced: int


def measure_backlog(reading: Reading, now: datetime) -> Backlog:
    """Return what waits."""
    ask = reading.connection.execute
    waiting = select(func.count(), func.min(jobs.c.run_at_ms)).where(
        jobs.c.state == "waiting", jobs.c.run_at_ms <= to_ms(now)
    )
    number, since = ask(waiting).one()
    failed = ask(select(func.count()).where(jobs.c.state == "failed")).scalar_one()
    unplaced = ask(select(func.count()).where(audit.c.position.is_(None))).scalar_one()
    return Backlog(
        jobs=int(number),
        oldest_seconds=(to_ms(now) - since) / 1000 if since is not None else 0.0,
        failed=int(failed),
        unplaced=int(unplaced),
    )
