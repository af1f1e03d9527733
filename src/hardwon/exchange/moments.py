"""Dates and times as people write them in reports, and the instants they mean."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec

from hardwon.exchange.zones import PATTERN as ZONE
from hardwon.exchange.zones import in_utc, zone_of

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY_NAME: Final = r"(?:(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
DATE: Final = (
    rf"{_DAY_NAME}(?:(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?!\d)"
    rf"|(?P<mn>{_MONTH})\s+(?P<md>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|:)(?:,?\s+(?P<my>(?:19|20)\d{{2}})(?!\d|:))?"
    rf"|(?P<dd>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<dn>{_MONTH})(?:,?\s+(?P<dy>(?:19|20)\d{{2}})(?!\d|:))?"
    rf"|(?P<n1>\d{{1,2}})[/.](?P<n2>\d{{1,2}})[/.](?P<ny>(?:19|20)\d{{2}}))"
)
TIME: Final = (
    r"(?:(?P<h>[01]?\d|2[0-4])(?::(?P<mi>[0-5]\d)(?::(?P<s>[0-5]\d)(?:[.,]\d{1,9})?)?f?|(?P<hx>h)(?P<hm>[0-5]\d))"
    r"\s?(?P<ap>[ap]\.?m\b\.?)?|(?P<h2>1[0-2]|0?[1-9])\s?(?P<ap2>[ap]\.?m\b\.?))(?!\d)"
)
_MOMENT: Final = re.compile(
    rf"(?:(?P<date>{DATE})(?:\s*(?:,|at|@|T|-|\u2013|:|\*\*|__|\|)?\s*~?))?"
    rf"(?:(?P<time>{TIME})\s?\(?(?P<zone>{ZONE})?\)?)?",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(rf"\s*(?:\(|on\s+|,\s*)(?P<date>{DATE})\)?", re.IGNORECASE)
_DATE: Final = re.compile(rf"(?<![\w.])(?P<date>{DATE})", re.IGNORECASE)


class Moment(msgspec.Struct, frozen=True):
    """What was written: a date (year perhaps missing: 0), a time of day, a zone; None and "" where not."""

    year: int = 0
    month: int = 0
    day: int = 0
    at: time | None = None
    next_day: bool = False
    zone: str = ""
    written: str = ""

    def on(self, near: date | None) -> date | None:
        """Return the date, its missing year being the one that brings it nearest to `near`."""
        if not self.month:
            return None
        if self.year:
            return _date(self.year, self.month, self.day)
        if near is None:
            return None
        years = (_date(near.year + step, self.month, self.day) for step in (0, -1, 1))
        return min((day for day in years if day), key=lambda day: abs((day - near).days), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _written_date(match: re.Match[str]) -> tuple[int, int, int]:
    """Return year, month and day; zeros where there is no date, or `1/2/2020` could mean either day."""
    if match["y"]:
        return int(match["y"]), int(match["m"]), int(match["d"])
    if match["mn"]:
        return int(match["my"] or 0), _month(match["mn"]), int(match["md"])
    if match["dn"]:
        return int(match["dy"] or 0), _month(match["dn"]), int(match["dd"])
    if match["n1"]:
        first, second, year = int(match["n1"]), int(match["n2"]), int(match["ny"])
        if first > 12 or first == second:  # noqa: PLR2004  (no month has that number)
            return year, second, first
        if second > 12:  # noqa: PLR2004
            return year, first, second
    return 0, 0, 0


def _written_time(match: re.Match[str]) -> tuple[time | None, bool]:
    """Return the time of day, and whether it is the 24:00 that ends the day."""
    hour = int(match["h"] or match["h2"])
    minute = int(match["mi"] or match["hm"] or 0)
    half = (match["ap"] or match["ap2"] or "").lower()[:1]
    if half and not 1 <= hour <= 12:  # noqa: PLR2004  (a clock with halves)
        half = ""
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour == 24:  # noqa: PLR2004
        return (time(0), True) if not minute else (None, False)
    return time(hour, minute, int(match["s"] or 0)), False


def read_moment(text: str, position: int = 0) -> tuple[Moment, int] | None:
    """Return the moment written at `position` and where it ends, or None where there is none."""
    match = _MOMENT.match(text, position)
    if match is None or not (match["date"] or match["time"]):
        return None
    year, month, day = _written_date(match) if match["date"] else (0, 0, 0)
    at, next_day = _written_time(match) if match["time"] else (None, False)
    end, zone = match.end(), (match["zone"] or "").strip()
    iso = re.search(r"\dT\d", text[position:end]) is not None
    if zone[:1] in {"-", "\u2212"} and ":" in zone and not iso:  # `10:05-10:20` is a span, no offset
        end, zone = match.start("zone"), ""
    if at and not month and (after := _AFTER.match(text, end)):
        year, month, day = _written_date(after)
        end = after.end()
    written = " ".join(re.sub(r"[*_`]", "", text[position:end]).split()).strip(" -\u2013:|")
    return Moment(year, month, day, at, next_day, zone, written), end


def find_date(text: str, near: date | None = None) -> date | None:
    """Return the first date in the text that can be placed, or None."""
    for match in _DATE.finditer(text):
        year, month, day = _written_date(match)
        found = Moment(year, month, day).on(near)
        if found:
            return found
    return None


def place(moment: Moment, day: date | None, zone: str) -> datetime | None:
    """Return the instant in UTC; `day` and `zone` stand in where the moment names none. Never guesses."""
    on = moment.on(day) or (day if not moment.month else None)
    known = zone_of(moment.zone or zone)
    if on is None or moment.at is None or known is None:
        return None
    try:
        local = datetime.combine(on + timedelta(days=int(moment.next_day)), moment.at)
    except OverflowError:
        return None
    return in_utc(local, known)


def read_instant(text: str, zone: str = "UTC") -> tuple[datetime | None, bool]:
    """Return the instant a cell holds, and whether it named its zone. A bare date is its midnight."""
    stripped = text.strip()
    try:
        parsed = datetime.fromisoformat(stripped)
    except ValueError:
        parsed = None
    if parsed is not None:
        known = parsed.tzinfo or zone_of(zone)
        return (in_utc(parsed.replace(tzinfo=None), known) if known else None), parsed.tzinfo is not None
    found = read_moment(stripped)
    if found is None:
        return None, False
    moment, _ = found
    whole = msgspec.structs.replace(moment, at=moment.at or time(0))
    return place(whole, None, zone), bool(moment.zone)
