"""Dates of the sample: counted back from today, so that the story is always fresh."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

MORNING = "09:30"


def days_before(today: date, days: int) -> date:
    """Return the day `days` before today; a negative number lies ahead."""
    return today - timedelta(days=days)


def moment(day: date, clock: str) -> datetime:
    """Return `HH:MM` or `+N HH:MM` (N days later) of a day, in UTC."""
    plus, _, hours = clock.rpartition(" ")
    return datetime.combine(day + timedelta(days=int(plus or 0)), time.fromisoformat(hours), tzinfo=UTC)


def morning(today: date, days: int) -> datetime:
    """Return half past nine of the day `days` before today. Today itself starts at midnight."""
    return moment(days_before(today, days), MORNING if days else "00:00")
