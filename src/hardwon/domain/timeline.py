"""Timeline entries: what happened, in order, with decisions and what came of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from hardwon.domain.errors import InputError, NotFoundError, RevisionConflictError
from hardwon.domain.evidence import Evidence
from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Prose

MAX_ENTRIES: Final = 10_000
EntryKind = Literal[
    "detection", "diagnosis", "decision", "mitigation", "resolution", "communication", "system"
]
ConsequenceKind = Literal["helped", "no_effect", "harmed", "unknown"]


class Consequence(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a decision."""

    text: Line
    kind: ConsequenceKind = "unknown"


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened.

    `at` is aware UTC, or None where the source gave no usable time; `zone` is the zone it was
    written in and `written_at` the time as it was written. `lane` is who or what it happened to.
    Starred entries make the story; the others stay in the raw log beside it.
    """

    text: Prose
    at: Moment | None = None
    zone: Line = "UTC"
    written_at: Line = ""
    kind: EntryKind = "system"
    lane: Line = ""
    author: Name | None = None
    consequence: Consequence | None = None
    human_factor: Line = ""
    starred: bool = True
    evidence: tuple[Evidence, ...] = ()


def check_length(entries: Sequence[TimelineEntry]) -> None:
    """Raise InputError where a timeline is too long."""
    if len(entries) > MAX_ENTRIES:
        raise InputError(
            f"A timeline holds at most {MAX_ENTRIES:,} entries.", fix="Attach the log as a file."
        )


def in_order(entries: tuple[TimelineEntry, ...]) -> tuple[TimelineEntry, ...]:
    """Return the entries by time; one without a time stays behind the entry it followed."""
    keyed: list[tuple[float, int, TimelineEntry]] = []
    last = float("-inf")
    for position, entry in enumerate(entries):
        last = entry.at.timestamp() if entry.at else last
        keyed.append((last, position, entry))
    return tuple(entry for _, _, entry in sorted(keyed, key=lambda row: row[:2]))


def mark_of(entry: TimelineEntry) -> str:
    """Return what stands for an entry when a change says which one it means."""
    return hashlib.sha256(msgspec.json.encode(entry, order="deterministic")).hexdigest()[:16]


def find_entry(entries: Sequence[TimelineEntry], position: int, mark: str) -> int:
    """Return where the entry stands that was seen at `position` (from 0), others may have come since.

    Raises RevisionConflictError where somebody changed it, NotFoundError for a position past the end.
    """
    if 0 <= position < len(entries) and mark_of(entries[position]) == mark:
        return position
    for number, entry in enumerate(entries):
        if mark_of(entry) == mark:
            return number
    if not 0 <= position < len(entries):
        raise NotFoundError(f"There is no timeline entry {position}.", fix="Open the timeline again.")
    raise RevisionConflictError(
        "Somebody changed this entry since you saw it.", fix="Look at it again, then bring your change to it."
    )


def between(entries: Sequence[TimelineEntry], position: int) -> datetime | None:
    """Return a time for a new entry behind the one at `position`: halfway to the next that has one."""
    before = entries[position].at if 0 <= position < len(entries) else None
    after = next((entry.at for entry in entries[position + 1 :] if entry.at), None)
    if before is None or after is None:
        return before or after
    return before + (after - before) / 2
