"""Records as plain Markdown, for agents and for whoever pipes them on; and the list that leads to them."""

from __future__ import annotations

from typing import Final

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.projection import project
from hardwon.domain.record import TYPES, Record, kind_named
from hardwon.domain.text import MAX_PROSE, Line, Name, Prose
from hardwon.exchange.record_text import text_of
from hardwon.storage.queries.artifacts import ArtifactRow, list_artifacts
from hardwon.storage.queries.records import get_record
from hardwon.usecases.app import App

KINDS: Final = ("lesson", "runbook", "postmortem")
_LIVING: Final = frozenset({"published", "due_for_review"})
_EACH: Final = 20


class RecordText(msgspec.Struct, frozen=True, kw_only=True):
    """A record as Markdown with front matter. `cut` tells that its end was left out."""

    id: Name
    title: Line
    text: Prose
    cut: bool = False


def get_text(app: App, actor: Actor, record_id: str) -> RecordText:
    """Return a record of any kind as the actor may read it, at most 400,000 characters of it.

    Raises NotFoundError also for one the actor may not see, InputError for what is no id.
    """
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        record: Record = project(get_record(reading, TYPES[kind_named(record_id)], record_id), actor)
    text = text_of(record)
    title = getattr(record, "title", None) or getattr(record, "name", record_id)
    return RecordText(
        id=record_id, title=str(title)[:2_000], text=text[:MAX_PROSE], cut=len(text) > MAX_PROSE
    )


def list_newest(app: App, actor: Actor) -> tuple[ArtifactRow, ...]:
    """Return the lessons, runbooks and postmortems in force that changed last, 20 of each kind at most."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        pages = [list_artifacts(reading, kind, limit=2 * _EACH).rows for kind in KINDS]
    return tuple(row for page in pages for row in [row for row in page if row.state in _LIVING][:_EACH])
