"""Freezes: the days on which a team does not want to ship."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date


def freeze_of(freezes: str, day: date) -> str:
    """Return the freeze a day lies in, of `2026-12-20/2027-01-03, ...`, or nothing."""
    return next((text for text, first, last in _spans(freezes) if first <= day <= last), "")


def is_freezes(freezes: str) -> bool:
    """Tell whether a text is spans of days with commas between, none of which ends before it begins."""
    try:
        return all(first <= last for _, first, last in _spans(freezes))
    except ValueError:
        return False


def _spans(freezes: str) -> Iterator[tuple[str, date, date]]:
    for text in filter(None, (part.strip() for part in freezes.split(","))):
        first, _, last = text.partition("/")
        yield text, date.fromisoformat(first), date.fromisoformat(last or first)
