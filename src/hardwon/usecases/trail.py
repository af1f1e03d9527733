"""Reading the trail: who did what, who reviewed what, what was decided."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.audit import TrailFilter
from hardwon.domain.projection import project
from hardwon.exchange.sheet import sheet_of
from hardwon.storage import checkpoints
from hardwon.storage.clock import from_ms
from hardwon.storage.queries.trail import TrailRow
from hardwon.storage.queries.trail import list_entries as query_entries
from hardwon.usecases.app import App

MAX_SHEET: Final = 10_000
"""Entries in one sheet; the next one goes on from there."""
_CHUNK: Final = 500
_NAMES: Final = (
    "entry",
    "at",
    "actor",
    "actor name",
    "verb",
    "kind",
    "record",
    "title",
    "revision",
    "detail",
)


class TrailPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of entries, newest first, and how many are signed since when (None: none yet)."""

    rows: tuple[TrailRow, ...]
    next: str | None
    signed: int = 0
    signed_at: datetime | None = None


class Sheet(NamedTuple):
    """Entries as CSV, and the cursor of those that found no place in it."""

    text: str
    next: str | None


def list_entries(
    app: App, actor: Actor, wanted: TrailFilter, *, limit: int = 50, after: str | None = None
) -> TrailPage:
    """Return a page of the trail: what was done to records the actor may see, newest first.

    What is about no record (a token, a calendar) shows to admins alone. Raises ForbiddenError, InputError.
    """
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        page = query_entries(reading, wanted, limit=limit, after=after)
        last = checkpoints.newest(reading)
    return TrailPage(
        rows=project(page.rows, actor),
        next=page.next,
        signed=last.size if last else 0,
        signed_at=from_ms(last.at_ms) if last else None,
    )


def get_sheet(app: App, actor: Actor, wanted: TrailFilter, *, after: str | None = None) -> Sheet:
    """Return up to 10,000 entries as CSV. Raises as `list_entries` does."""
    authorise(actor, "read")
    rows: list[TrailRow] = []
    with app.store.read(scopes_of(actor)) as reading:
        while len(rows) < MAX_SHEET:
            page = query_entries(reading, wanted, limit=_CHUNK, after=after)
            rows += project(page.rows, actor)
            after = page.next
            if after is None:
                break
    lines = ([row.entry, row.at.isoformat(), *msgspec.structs.astuple(row)[2:]] for row in rows)
    return Sheet(sheet_of(_NAMES, lines), after)
