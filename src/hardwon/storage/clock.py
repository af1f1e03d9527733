"""Times in rows: milliseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(at: datetime) -> int:
    """Return an aware time as whole milliseconds since 1970."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def optional_ms(at: datetime | None) -> int | None:
    """Return `to_ms`, or None for none."""
    return None if at is None else to_ms(at)


def from_ms(value: int) -> datetime:
    """Return the aware UTC time."""
    return _EPOCH + timedelta(milliseconds=value)


def optional_time(value: int | None) -> datetime | None:
    """Return `from_ms`, or None for none."""
    return None if value is None else from_ms(value)
