"""What retention looks at: incidents that are over, oldest first, and files that nothing names any more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sqlalchemy import or_, select

from hardwon.domain.incident import Incident
from hardwon.domain.record import decode
from hardwon.storage.store import Reading
from hardwon.storage.tables import incidents, links, revisions

_BATCH: Final = 500
_HASH: Final = re.compile(rb'"sha256":"([0-9a-f]{64})"')


def iterate_ended(reading: Reading) -> Iterator[Incident]:
    """Yield the incidents that are closed, or merged into another, as the reader may see them; oldest first."""
    c = incidents.c
    merged = select(links.c.source).where(links.c.relation == "merged")
    query = select(c.body).where(or_(c.status == "closed", c.id.in_(merged)), reading.visible(c.scope))
    for body in reading.connection.scalars(query.order_by(c.at, c.id)).yield_per(_BATCH):
        record = decode("incident", body)
        if isinstance(record, Incident):
            yield record


def files_of(reading: Reading, incident: str) -> set[str]:
    """Return the hashes of the files that an incident's revisions name."""
    kept = revisions.c
    query = select(kept.body).where(kept.kind == "incident", kept.record == incident)
    return {found.decode() for body in reading.connection.scalars(query) for found in _HASH.findall(body)}


def unnamed(reading: Reading, files: set[str]) -> set[str]:
    """Return those of the files that no revision of any record names."""
    left = set(files)
    query = select(revisions.c.body).order_by(revisions.c.kind, revisions.c.record, revisions.c.number)
    for body in reading.connection.scalars(query).yield_per(_BATCH) if left else ():
        left -= {found.decode() for found in _HASH.findall(body)}
    return left
