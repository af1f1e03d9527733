"""The leaves of the audit tree, in their order."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from hardwon.storage.store import Reading
from hardwon.storage.tables import audit


def leaves_up_to(reading: Reading, size: int) -> Iterator[bytes]:
    """Yield the first `size` leaves."""
    query = select(audit.c.leaf).where(audit.c.position < size).order_by(audit.c.position)
    for leaf in reading.connection.execution_options(yield_per=5_000).scalars(query):
        yield bytes(leaf)
