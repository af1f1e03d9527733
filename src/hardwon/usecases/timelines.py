"""Timelines: write an entry of an incident, replace it, take it out."""

from __future__ import annotations

from typing import Any

import msgspec

from hardwon.domain.actor import Actor
from hardwon.domain.errors import InputError, NotFoundError
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.timeline import TimelineEntry, check_length, in_order
from hardwon.usecases.app import App


def write_entry(
    app: App,
    actor: Actor,
    incident_id: str,
    entry: TimelineEntry,
    expected_revision: int,
    *,
    position: int | None = None,
) -> Incident:
    """Add a timeline entry, or replace the one at `position` (from 0); entries stand by their time.

    Raises ForbiddenError, NotFoundError for a position where none is, RevisionConflictError,
    InputError for an entry without words or one too many.
    """
    if not entry.text.strip():
        raise InputError("An entry says what happened.", fix="Write a few words.")
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Incident, incident_id)
        entries = list(stored.timeline)
        if position is None:
            entries.append(msgspec.structs.replace(entry, author=actor.id))
        else:
            old = _entry_at(stored, position)
            kept: dict[str, Any] = {"evidence": old.evidence, "author": old.author, "zone": old.zone}
            if old.consequence and entry.consequence and old.consequence.text == entry.consequence.text:
                kept["consequence"] = old.consequence
            entries[position] = msgspec.structs.replace(entry, **kept)
        check_length(entries)
        changed = msgspec.structs.replace(stored, timeline=in_order(tuple(entries)))
        return tx.save(changed, (Event(verb="revised", detail="timeline"),), expected_revision)


def remove_entry(app: App, actor: Actor, incident_id: str, position: int, expected_revision: int) -> Incident:
    """Take the timeline entry at `position` out.

    Raises ForbiddenError, NotFoundError, RevisionConflictError.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Incident, incident_id)
        _entry_at(stored, position)
        entries = (*stored.timeline[:position], *stored.timeline[position + 1 :])
        changed = msgspec.structs.replace(stored, timeline=entries)
        return tx.save(changed, (Event(verb="revised", detail="timeline"),), expected_revision)


def _entry_at(incident: Incident, position: int) -> TimelineEntry:
    if not 0 <= position < len(incident.timeline):
        raise NotFoundError(
            f"{incident.id} has no timeline entry {position}.", fix="Open the timeline again."
        )
    return incident.timeline[position]
