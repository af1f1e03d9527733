"""Timelines: write an entry of an incident, replace it, star it into the story, take it out.

A change names the entry it means by its mark, not by the incident's revision: during an incident many
people write at once, and none of them waits for another.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hardwon.domain.actor import Actor
from hardwon.domain.errors import InputError
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.timeline import TimelineEntry, check_length, find_entry, in_order, mark_of
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App


class EntryPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Which entry is meant: where it stood (from 0), and its mark."""

    position: int
    mark: str


class WrittenEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An incident's timeline after a change: the entry's place now, None where it was taken out."""

    incident: Incident
    place: EntryPlace | None = None


def write_entry(
    app: App,
    actor: Actor,
    incident_id: str,
    entry: TimelineEntry,
    place: EntryPlace | None = None,
    *,
    behind: EntryPlace | None = None,
) -> WrittenEntry:
    """Add a timeline entry, or replace the one at a place; entries stand by their time.

    A new one of the same time as others, or of none, stands `behind` the one that is named, else last.
    Raises ForbiddenError, NotFoundError, RevisionConflictError where somebody changed that entry
    since, InputError for an entry without words or one too many.
    """
    if not entry.text.strip():
        raise InputError("An entry says what happened.", fix="Write a few words.")
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Incident, incident_id)
        entries = list(stored.timeline)
        if place is None:
            new = msgspec.structs.replace(entry, author=actor.id)
            entries.insert(_behind(entries, behind), new)
        else:
            position = find_entry(entries, place.position, place.mark)
            new = _kept(entries[position], entry)
            entries[position] = new
        check_length(entries)
        return _save(tx, stored, tuple(entries), new, "added" if place is None else "corrected")


def star_entry(app: App, actor: Actor, incident_id: str, place: EntryPlace, *, starred: bool) -> WrittenEntry:
    """Pin an entry into the story, or leave it to the raw log.

    Raises ForbiddenError, NotFoundError, RevisionConflictError.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Incident, incident_id)
        position = find_entry(stored.timeline, place.position, place.mark)
        new = msgspec.structs.replace(stored.timeline[position], starred=starred)
        entries = (*stored.timeline[:position], new, *stored.timeline[position + 1 :])
        return _save(tx, stored, entries, new, "pinned" if starred else "unpinned")


def remove_entry(app: App, actor: Actor, incident_id: str, place: EntryPlace) -> WrittenEntry:
    """Take a timeline entry out; the revision before still has it.

    Raises ForbiddenError, NotFoundError, RevisionConflictError.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Incident, incident_id)
        position = find_entry(stored.timeline, place.position, place.mark)
        entries = (*stored.timeline[:position], *stored.timeline[position + 1 :])
        return _save(tx, stored, entries, None, "taken out")


def _behind(entries: list[TimelineEntry], place: EntryPlace | None) -> int:
    return len(entries) if place is None else find_entry(entries, place.position, place.mark) + 1


def _kept(old: TimelineEntry, entry: TimelineEntry) -> TimelineEntry:
    """Return the new words of an entry with what a correction leaves alone."""
    kept: dict[str, Any] = {"evidence": old.evidence, "author": old.author}
    if old.at == entry.at and not entry.written_at:
        kept |= {"zone": old.zone, "written_at": old.written_at}
    if old.consequence and entry.consequence and old.consequence.text == entry.consequence.text:
        kept["consequence"] = old.consequence
    return msgspec.structs.replace(entry, **kept)


def _save(
    tx: Transaction,
    stored: Incident,
    entries: tuple[TimelineEntry, ...],
    new: TimelineEntry | None,
    done: str,
) -> WrittenEntry:
    changed = msgspec.structs.replace(stored, timeline=in_order(entries))
    saved = tx.save(changed, (Event(verb="revised", detail=f"timeline: entry {done}"),), stored.revision)
    if new is None:
        return WrittenEntry(incident=saved)
    place = EntryPlace(position=saved.timeline.index(new), mark=mark_of(new))
    return WrittenEntry(incident=saved, place=place)
