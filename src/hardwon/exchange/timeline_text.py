"""Timelines as lists or tables, and the entries with their instants."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from hardwon.domain.timeline import TimelineEntry
from hardwon.exchange.entry_kind import kind_of_entry
from hardwon.exchange.moments import Moment, find_date, place, read_moment
from hardwon.exchange.plain_text import clip, first_sentence, is_fence, is_item, items_of, plain
from hardwon.exchange.tables import Table, tables_of
from hardwon.exchange.zones import stated_zone, zone_of

_OPENING: Final = re.compile(
    r"[\s\[(*_`~≈]*(?:(?:at|around|about|approx(?:imately|\.)?|ca\.?|circa|by|on|c\.)\s+)?[~≈*_`]*",
    re.IGNORECASE,
)
_RANGE: Final = re.compile(r"\s*(?:-|\u2013|—|to|until|\.\.)\s*(?=\d{1,2}[:h]\d|\d{4}-)", re.IGNORECASE)
_CLOSING: Final = re.compile(r"[\s\])*_`]*(?:[:|,\-\u2013—]+[\s*_`]*)?")
_BARE: Final = re.compile(r"[\[(*~]{0,3}(?:\d|[A-Z][a-z]{2,8}\.? \d)")
"""How a line begins that may open with a time although it has no bullet."""
_BACKWARDS: Final = timedelta(hours=12)
_TIME_COLUMN: Final = re.compile(r"\b(?:time|when|timestamp|utc|clock)\b", re.IGNORECASE)
_DATE_COLUMN: Final = re.compile(r"\b(?:date|day)\b", re.IGNORECASE)
_TEXT_COLUMN: Final = re.compile(
    r"\b(?:event|description|what|action|activity|detail|note|entry|message|happened)", re.IGNORECASE
)
_LANE_COLUMN: Final = re.compile(
    r"\b(?:who|actor|owner|person|by|system|component|service|team|lane|source)\b", re.IGNORECASE
)


class Clock(msgspec.Struct):
    """The day, the zone and the last instant while a timeline is read from top to bottom."""

    day: date | None
    zone: str
    stated: bool = True
    last: datetime | None = None

    def read(self, moment: Moment) -> datetime | None:
        """Return the moment's instant: without a date it is on the last day, or the one after midnight."""
        own = moment.on(self.day)
        if own is not None and own != self.day:
            self.day = own
            self.last = None
        at = place(moment, self.day, self.zone)
        if at is None:
            return None
        if self.last and not moment.month and at < self.last - _BACKWARDS and self.day:
            self.day += timedelta(days=1)
            at = place(moment, self.day, self.zone)
        self.last = at
        return at


def leading_moment(text: str) -> tuple[Moment, str] | None:
    """Return the moment an entry begins with and the rest of its text, or None."""
    opening = _OPENING.match(text)
    found = read_moment(text, opening.end() if opening else 0)
    if found is None:
        return None
    moment, end = found
    if (
        moment.at is not None
        and (span := _RANGE.match(text, end))
        and (last := read_moment(text, span.end()))
    ):
        end = last[1]
        written = f"{moment.written} to {last[0].written}"
        moment = msgspec.structs.replace(moment, written=written, zone=moment.zone or last[0].zone)
    if moment.at is None and moment.month and not _stands_alone(text, end):
        return None
    closing = _CLOSING.match(text, end)
    rest = text[closing.end() if closing else end :]
    return (moment, rest) if moment.at or moment.month else None


def _stands_alone(text: str, end: int) -> bool:
    """A bare date opens an entry only where a mark follows it: `October 21: ...`, not `May 3 was ...`."""
    return bool(re.match(r"[\s*_`)\]]*(?:[:|\-\u2013—]|$)", text[end:]))


def entries_of_items(lines: Sequence[tuple[int, str]], clock: Clock) -> list[TimelineEntry]:
    """Return the entries of a timeline's list; an item without a time is an entry without one."""
    found: list[TimelineEntry] = []
    for item in items_of(lines):
        leading = leading_moment(item.text)
        below = item.below if not item.text.endswith(item.below) else ""
        if leading is None:
            if not found or not plain(item.text):
                continue
            found.append(_entry(item.text, _beneath(item.text, below), None, "", clock))
            continue
        moment, rest = leading
        if moment.at is None and not rest.strip():
            clock.day = moment.on(clock.day) or clock.day
            found += entries_of_items([(item.line, line) for line in item.below.splitlines()], clock)
            continue
        found.append(
            _entry(rest, _beneath(rest, below), clock.read(moment), moment.written, clock, moment.zone)
        )
    return found


def _beneath(text: str, below: str) -> str:
    """Return what is nested below an item, without the lines its own text was joined from."""
    lines = below.splitlines()
    while lines and lines[0].strip() and lines[0].strip() in text:
        lines.pop(0)
    return "\n".join(lines).strip("\n")


def _entry(
    text: str, below: str, at: datetime | None, written: str, clock: Clock, zone: str = "", lane: str = ""
) -> TimelineEntry:  # noqa: PLR0913, RUF100  (an entry has these facts)
    words = text.strip() or "(no text)"
    return TimelineEntry(
        text=f"{words}\n{below}".strip() if below else words,
        at=at,
        zone=_zone(zone or clock.zone) if at else "",
        written_at=clip(written, 200),
        kind=kind_of_entry(plain(words)),
        lane=clip(lane, 200),
    )


def _zone(written: str) -> str:
    name = written.upper()
    return "UTC" if name in {"", "Z", "UTC"} else name


def entries_of_table(table: Table, clock: Clock) -> list[TimelineEntry]:
    """Return the entries of a timeline's table, or none where no column holds times and none texts."""
    time_column = table.column(_TIME_COLUMN)
    date_column = table.column(_DATE_COLUMN, but=(time_column,))
    if time_column is None and date_column is None:
        return []
    text_column = table.column(_TEXT_COLUMN, but=(time_column, date_column))
    lane_column = table.column(_LANE_COLUMN, but=(time_column, date_column, text_column))
    zone = stated_zone([f"({name})" for name in table.header]) or stated_zone(table.header)
    inner = Clock(clock.day, zone or clock.zone, clock.stated or bool(zone), clock.last)
    found = []
    for row in table.rows:
        when = " ".join(row[column] for column in (date_column, time_column) if column is not None).strip()
        known = (date_column, time_column, lane_column)
        if text_column is not None:
            text = row[text_column]
            extra = [row[i] for i in range(len(row)) if i not in (*known, text_column) and row[i].strip()]
        else:
            text, extra = " — ".join(row[i] for i in range(len(row)) if i not in known and row[i].strip()), []
        leading = leading_moment(when)
        at = inner.read(leading[0]) if leading else None
        lane = plain(row[lane_column]) if lane_column is not None else ""
        if plain(text) or at:
            zone_written = leading[0].zone if leading else ""
            found.append(_entry(text, "\n".join(extra), at, plain(when), inner, zone_written, lane))
    clock.day, clock.last = inner.day, inner.last
    return found


def read_timeline(
    lines: Sequence[tuple[int, str]], headings: Sequence[str], day: date | None, zone: str
) -> list[TimelineEntry]:
    """Return a timeline's entries from its lists and tables.

    A date in a heading above is the first day; `zone` counts where neither text nor entry names one.
    """
    for heading in headings:
        day = find_date(heading, day) or day
    text = "\n".join(line for _, line in lines)
    stated = stated_zone((*headings, text)) or _only_zone(lines) or zone
    clock = Clock(day, stated if zone_of(stated) else "")
    entries: list[TimelineEntry] = []
    tables, rest = tables_of(_bulleted(lines))
    for table in tables:
        entries += entries_of_table(table, clock)
    return entries + entries_of_items(rest, clock)


def _bulleted(lines: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Give lines that begin with a time of day the bullet they lack."""
    found = []
    fenced = False
    for number, line in lines:
        fenced ^= is_fence(line)
        timed = None
        if _BARE.match(line) and not fenced and not is_item(line) and "|" not in line:
            leading = leading_moment(line)
            timed = leading if leading and leading[0].at and ":" in leading[0].written else None
        found.append((number, f"- {line}" if timed else line))
    return found


def entry_of_heading(heading: str, text: str, clock: Clock) -> TimelineEntry | None:
    """Return the entry whose time is a heading, `14:05 UTC - alert`, with the text beneath it, or None."""
    leading = leading_moment(heading)
    if leading is None or leading[0].at is None or ":" not in leading[0].written:
        return None
    moment, rest = leading
    return _entry(rest or first_sentence(text), text, clock.read(moment), moment.written, clock, moment.zone)


def _only_zone(lines: Sequence[tuple[int, str]]) -> str:
    """Return the zone that all entries which name one agree on."""
    zones = set()
    for item in items_of(lines):
        leading = leading_moment(item.text)
        if leading and leading[0].zone:
            zones.add(leading[0].zone.upper())
    return zones.pop() if len(zones) == 1 else ""
