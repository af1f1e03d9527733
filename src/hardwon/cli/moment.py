"""A time as somebody types it in a terminal."""

from __future__ import annotations

from datetime import UTC, datetime

from hardwon.domain.errors import InputError


def moment(text: str) -> datetime:
    """Return the time in UTC; without a zone it is meant so. Raises InputError for what is no time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is no time.", fix="Write it like 2026-11-23T14:05+01:00.") from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
