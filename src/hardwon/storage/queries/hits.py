"""The rows behind recalled ids, visibility checked again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select

from hardwon.domain.search import DocumentKind, SearchDocument
from hardwon.storage.store import Reading
from hardwon.storage.tables import incidents, search_documents

_DECODER = msgspec.json.Decoder(SearchDocument)
_MOST_TEXT = 20_000


class HitRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a hit shows of its record; `text` is cut at 20,000 characters."""

    id: str
    kind: DocumentKind
    title: str
    text: str
    at: datetime
    services: tuple[str, ...]
    state: str
    risk: str
    severity: int | None


def load_hits(reading: Reading, ids: Sequence[str]) -> dict[str, HitRow]:
    """Return the rows of those ids that the reader may see, by id."""
    if not ids:
        return {}
    table = search_documents
    query = (
        select(table.c.body, incidents.c.severity)
        .outerjoin(incidents, incidents.c.id == table.c.document)
        .where(table.c.document.in_(ids), table.c.deleted == 0, reading.visible(table.c.scope))
    )
    found = {}
    for row in reading.connection.execute(query):
        document = _DECODER.decode(row.body)
        found[document.id] = HitRow(
            id=document.id,
            kind=document.kind,
            title=document.title,
            text="\n".join(section.text for section in document.sections)[:_MOST_TEXT],
            at=document.at,
            services=document.signature.services,
            state=document.state,
            risk=document.risk,
            severity=row.severity,
        )
    return found
