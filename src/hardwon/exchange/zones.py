"""Time zones as people write them: UTC, PST, CEST, PT, +02:00."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_HOURS: Final[dict[str, float]] = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "IST": 5.5, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
    "ACST": 9.5, "ACDT": 10.5, "NZST": 12, "NZDT": 13, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
    "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "BRT": -3, "ART": -3, "SAST": 2,
}  # fmt: skip
_PLACES: Final[dict[str, str]] = {
    "PT": "America/Los_Angeles",
    "MT": "America/Denver",
    "CT": "America/Chicago",
    "ET": "America/New_York",
    "PACIFIC": "America/Los_Angeles",
    "EASTERN": "America/New_York",
}
NAMES: Final = "|".join(sorted((*_HOURS, *_PLACES), key=len, reverse=True))
OFFSET: Final = r"[+\-\u2212](?:0?\d|1[0-4])(?::?[0-5]\d)?(?!\d)"
PATTERN: Final = (
    rf"(?:(?:UTC|GMT)[ ]?{OFFSET}|(?:{NAMES})(?![A-Za-z])|[+\-\u2212](?:0\d|1[0-4]):?[0-5]\d(?!\d))"
)
"""Matches one zone as written."""
_OFFSET: Final = re.compile(r"(?:UTC|GMT)? ?([+\-\u2212])(\d{1,2}):?(\d{2})?")
_STATED: Final = (
    re.compile(
        rf"\b(?:all\s+)?(?:dates\s+and\s+|the\s+)?(?:times?|timestamps?)(?:\s+below)?\s+(?:are\s+|is\s+)?"
        rf"(?:all\s+|given\s+|listed\s+|shown\s+)?(?:in\s+)?\(?(?P<zone>{PATTERN})",
        re.IGNORECASE,
    ),
    re.compile(rf"[(\[](?:all\s+|times?\s+|in\s+)*(?P<zone>{PATTERN})(?:\s+times?)?[)\]]", re.IGNORECASE),
    re.compile(rf"\btime\s*zone\s*:?\s*(?P<zone>{PATTERN})", re.IGNORECASE),
)


def zone_of(written: str) -> tzinfo | None:
    """Return the zone that was written, or None where it is not known."""
    name = written.strip().upper()
    if name in _HOURS:
        return UTC if not _HOURS[name] else timezone(timedelta(hours=_HOURS[name]), name)
    if name in _PLACES:
        return _place(_PLACES[name])
    if match := _OFFSET.fullmatch(name):
        sign = 1 if match[1] == "+" else -1
        minutes = sign * (int(match[2]) * 60 + int(match[3] or 0))
        return timezone(timedelta(minutes=minutes)) if abs(minutes) < 24 * 60 else None
    return _place(written.strip()) if "/" in written else None


def _place(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def stated_zone(texts: Iterable[str]) -> str:
    """Return the zone that headings or an introduction state for all times, else an empty string."""
    for text in texts:
        for pattern in _STATED:
            if match := pattern.search(text):
                return match["zone"].upper()
    return ""


def in_utc(local: datetime, zone: tzinfo) -> datetime | None:
    """Return a local time in UTC, or None where no such time exists."""
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
