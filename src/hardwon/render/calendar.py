"""Reviews as iCalendar text (RFC 5545), which every calendar program subscribes to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from hardwon.domain.review import Review

_LINE: Final = 75
"""Octets a line may hold."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def calendar(reviews: Sequence[Review], *, name: str, site: str) -> str:
    """Return the reviews as one calendar. `site` is the address that links begin with, e.g. https://h.example.

    The same reviews give the same text: an event is stamped with when its review was last written.
    """
    rows = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Hardwon//Reviews//EN",
        "CALSCALE:GREGORIAN",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]
    for review in reviews:
        rows += _event(review, site)
    rows.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for row in rows for folded in _folded(row))


def _event(review: Review, site: str) -> Iterator[str]:
    starts = review.starts_at or review.began_at
    yield "BEGIN:VEVENT"
    yield f"UID:{uuid5(NAMESPACE_URL, f'hardwon:review:{review.id}:{review.written_at.isoformat()}')}"
    yield f"SEQUENCE:{review.revision}"
    yield f"DTSTAMP:{_moment(review.updated_at)}"
    yield f"CREATED:{_moment(review.written_at)}"
    yield f"LAST-MODIFIED:{_moment(review.updated_at)}"
    if starts:
        yield f"DTSTART:{_moment(starts)}"
        yield f"DTEND:{_moment(starts + timedelta(minutes=review.minutes))}"
    else:
        yield f"DTSTART;VALUE=DATE:{review.due_on:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{review.due_on + timedelta(days=1):%Y%m%d}"
        yield "TRANSP:TRANSPARENT"
    yield f"SUMMARY:{_text(review.title if starts else f'Hold by today: {review.title}')}"
    yield f"STATUS:{_status(review)}"
    if review.place:
        yield f"LOCATION:{_text(review.place)}"
    yield f"DESCRIPTION:{_text(_description(review))}"
    yield f"URL:{site}/reviews/{review.id}"
    yield "END:VEVENT"


def _status(review: Review) -> str:
    if review.state == "cancelled":
        return "CANCELLED"
    return "CONFIRMED" if review.starts_at or review.began_at else "TENTATIVE"


def _description(review: Review) -> str:
    rows = [f"{review.subject}, to be held by {review.due_on}"]
    if review.facilitator:
        rows.append(f"Led by {review.facilitator}")
    rows += [f"{seat.perspective}: {seat.person or 'nobody yet'}" for seat in review.seats]
    rows += [f"{point.minutes} min  {point.title}" for point in review.agenda]
    return "\n".join(rows)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """Return a text value: what would end it is escaped, what no calendar may hold is left out."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n"))
    for mark in ("\\", ";", ","):
        plain = plain.replace(mark, f"\\{mark}")
    return plain.replace("\n", "\\n")


def _folded(row: str) -> Iterator[str]:
    """Yield a content line in pieces of at most 75 octets, no character cut in two."""
    piece, size = "", 0
    for letter in row:
        octets = len(letter.encode("utf-8", "replace"))
        if size + octets > _LINE:
            yield piece
            piece, size = " ", 1
        piece += letter
        size += octets
    yield piece
