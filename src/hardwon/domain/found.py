"""A recalled record as people meet it: title, passage, reasons, and the promise still open on it."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from hardwon.domain.search import DocumentKind, Reason

Passage = tuple[tuple[str, bool], ...]
"""Text in pieces; True marks a piece that matched."""


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """An unfinished action as shown beside what it came from."""

    id: str
    title: str
    owner: str | None = None
    due_on: date | None = None
    overdue_days: int = 0
    incident: str | None = None


class FoundHit(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of recall with what a reader needs to judge it."""

    id: str
    kind: DocumentKind
    title: Passage
    snippet: Passage
    score: float
    reasons: tuple[Reason, ...]
    at: datetime
    services: tuple[str, ...] = ()
    state: str = ""
    severity: int | None = None
    risk: str = ""
    promises: tuple[Promise, ...] = ()


def plain(passage: Passage) -> str:
    """Return a passage without its marks."""
    return "".join(text for text, _ in passage)
