"""When it began, was noticed and ended: from labelled lines, from spans in prose, from the timeline."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec

from hardwon.domain.errors import InputError
from hardwon.domain.incident import Times, check_times
from hardwon.domain.timeline import TimelineEntry
from hardwon.exchange.moments import Moment, place, read_instant, read_moment
from hardwon.exchange.zones import stated_zone

_LABELS: Final[dict[str, tuple[str, ...]]] = {
    "started_at": ("started", "started at", "start", "start time", "incident start", "began", "begin", "impact start",
                   "impact started", "outage start", "start date", "from", "started_at", "incident began"),
    "detected_at": ("detected", "detected at", "detection time", "time detected", "time of detection", "noticed",
                    "first alert", "detected_at", "alerted", "reported", "reported at"),
    "acknowledged_at": ("acknowledged", "acknowledged at", "acked", "acknowledged_at"),
    "mitigated_at": ("mitigated", "mitigated at", "mitigation time", "time mitigated", "mitigated_at", "stabilized"),
    "resolved_at": ("resolved", "resolved at", "end", "ended", "end time", "incident end", "resolution time",
                    "time resolved", "recovered", "impact end", "impact ended", "outage end", "end date", "resolved_at",
                    "time of resolution", "restored"),
    "closed_at": ("closed", "closed at", "closed_at"),
}  # fmt: skip
_FIELDS: Final = {label: field for field, labels in _LABELS.items() for label in labels}
_LABEL_LINE: Final = re.compile(
    r"(?m)^[ \t>*_\-+•|]{0,12}(?P<label>[A-Za-z][A-Za-z _/-]{2,30}?)[*_ \t]{0,8}(?:\([^)\n]*\))?[*_ \t]{0,8}[:"
    r"|][*_ \t]{0,8}(?P<value>[^\n|]{4,80})"
)
_BETWEEN: Final = re.compile(
    r"(?:\bfrom\b|\bbetween\b|[:(,]|\b(?:approximately|approx\.?|about|around)\b|\*\*)[\s*~]*", re.IGNORECASE
)
_TO: Final = re.compile(
    r"[\s*~)]*(?:\bto\b|\buntil\b|\band\b|\btill\b|\bthrough\b|-{1,2}|\u2013"
    r"|—)[\s*~]*(?:(?:approximately|about|around)\s+)?",
    re.IGNORECASE,
)
_OPENING: Final = re.compile(r"\s*(?:At|On|Around|At around|At approximately)\s+(?:~\s*)?")
_LONGEST: Final = timedelta(days=31)
_AFTERWARDS: Final = timedelta(hours=12)


class Found(msgspec.Struct, frozen=True):
    """The times and, for each, where it comes from."""

    times: Times
    origins: dict[str, str]
    refused: str = ""


class _Times:
    """Times as they are found; the first finding of each counts."""

    def __init__(self, day: date | None, zone: str) -> None:
        self.day = day
        self.zone = zone
        self.values: dict[str, datetime] = {}
        self.origins: dict[str, str] = {}

    def note(self, field: str | None, at: datetime | None, origin: str) -> None:
        """Keep a time, where there is one and none was known."""
        if field and at is not None and field not in self.values:
            self.values[field], self.origins[field] = at, origin

    def of_fields(self, fields: Mapping[str, Any]) -> None:
        """Take the times that front matter states."""
        for key, value in fields.items():
            name = key.strip().lower().replace("-", " ").replace("_", " ")
            self.note(_FIELDS.get(name), _instant(value, self.day, self.zone), "front matter")

    def of_labels(self, text: str) -> None:
        """Take the times that stand on lines of their own: `Detected: 14:05 UTC`."""
        for match in _LABEL_LINE.finditer(text):
            field = _FIELDS.get(" ".join(match["label"].lower().split()))
            if field:
                self.note(field, _instant(match["value"], self.day, self.zone), "stated")

    def of_span(self, text: str, entries: Sequence[TimelineEntry]) -> None:
        """Take the first span of a text, unless the timeline goes on for long after it."""
        if "started_at" in self.values or "resolved_at" in self.values:
            return
        span = find_span(text, self.day, self.zone)
        later = [
            e for e in entries if span and e.at and e.kind == "resolution" and e.at > span[1] + _AFTERWARDS
        ]
        if span and not later:
            self.note("started_at", span[0], "span in the text")
            self.note("resolved_at", span[1], "span in the text")

    def of_opening(self, text: str) -> None:
        """Take the moment with which a text opens: `At 4:11 AM UTC on May 4, ...`."""
        opening = _OPENING.match(text)
        found = read_moment(text, opening.end()) if opening else None
        if found:
            self.note("started_at", place(found[0], self.day, self.zone), "opening of the text")


def find_times(
    fields: Mapping[str, Any],
    texts: Sequence[str],
    entries: Sequence[TimelineEntry],
    day: date | None,
    zone: str,
) -> Found:
    """Return the incident's times: stated ones first, then a span in the text, then the timeline's entries.

    Times that run backwards are dropped with the reason.
    """
    times = _Times(day, zone)
    times.of_fields(fields)
    for text in texts:
        times.of_labels(text)
    for text in texts:
        times.of_span(text, entries)
    for field, at in _of_entries(entries, times.values).items():
        times.note(field, at, "timeline")
    for text in texts[:2]:
        times.of_opening(text)
    return _consistent(times.values, times.origins)


def _consistent(values: dict[str, datetime], origins: dict[str, str]) -> Found:
    times = Times(**values)
    try:
        check_times(times)
    except InputError as error:
        kept = {field: at for field, at in values.items() if origins[field] != "timeline"}
        times = Times(**kept)
        try:
            check_times(times)
        except InputError:
            times = Times()
        return Found(times, {f: o for f, o in origins.items() if getattr(times, f)}, error.message)
    return Found(times, origins)


def _instant(value: Any, day: date | None, zone: str) -> datetime | None:
    """Return the instant a field or a labelled line states; one without a time of day is none."""
    text = value.isoformat() if isinstance(value, date | datetime) else str(value).strip()
    if len(text) <= len("2020-01-01"):
        text = f"{text} " if ":" in text else ""
    if not text:
        return None
    at, _ = read_instant(text, zone)
    if at is not None:
        return at if ":" in text or "m" in text.lower() else None
    found = read_moment(text.lstrip("~ "))
    return place(found[0], day, zone) if found else None


def find_span(text: str, day: date | None, zone: str) -> tuple[datetime, datetime] | None:
    """Return the first span with two times of day, such as `from 16:58 to 18:46 UTC`, or None."""
    zone = stated_zone([text]) or zone
    for match in _BETWEEN.finditer(text[:20_000]):
        first = read_moment(text, match.end())
        if first is None or (first[0].at is None):
            continue
        joint = _TO.match(text, first[1])
        last = read_moment(text, joint.end()) if joint else None
        if last is None or last[0].at is None:
            continue
        if span := _span(first[0], last[0], day, zone):
            return span
    return None


def _span(first: Moment, last: Moment, day: date | None, zone: str) -> tuple[datetime, datetime] | None:
    start = place(first, day, first.zone or last.zone or zone)
    end = place(last, first.on(day) or day, last.zone or first.zone or zone)
    if start and end and end < start and not last.month:
        end += timedelta(days=1)
    return (start, end) if start and end and timedelta() < end - start <= _LONGEST else None


def _of_entries(entries: Sequence[TimelineEntry], known: Mapping[str, datetime]) -> dict[str, datetime]:
    """Return the times a timeline shows: its first entry, its first detection, its last resolution."""
    placed = [entry for entry in entries if entry.at]
    if len(placed) < 2:  # noqa: PLR2004  (one entry tells nothing)
        return {}
    found: dict[str, datetime] = {}
    first = placed[0].at
    if first and "started_at" not in known:
        found["started_at"] = first
    start = known.get("started_at") or first
    for field, kind in (("detected_at", "detection"), ("mitigated_at", "mitigation")):
        entry = next((e for e in placed if e.kind == kind and e.at and start and e.at >= start), None)
        if entry and entry.at and (field != "mitigated_at" or "mitigated" in entry.text.lower()):
            found[field] = entry.at
    solved = [e.at for e in placed if e.kind == "resolution" and e.at and "closed" not in e.text.lower()]
    if solved and "resolved_at" not in known:
        found["resolved_at"] = solved[-1]
    closed = [
        e.at for e in placed if e.at and re.search(r"\bincident (?:is |was )?closed\b", e.text, re.IGNORECASE)
    ]
    if closed:
        found["closed_at"] = closed[-1]
    return found
