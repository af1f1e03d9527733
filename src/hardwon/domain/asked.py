"""What somebody typed into the search: words, phrases, and conditions such as `service:ranker sev:<=2 before:2026-03`.

A condition is `field:value`; a value with spaces stands in quotes, several of one field mean any of them, and a minus
before a word or phrase leaves out what holds it. What is no condition is a word: `http://a` and `TypeError:x` are.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from hardwon.domain.search import DocumentKind, Filters

Wanted: TypeAlias = Literal["open-action", "overdue-action"]
_PART: Final = re.compile(
    r"""(?P<minus>(?<!\S)-)?(?:(?P<field>[A-Za-z]+):(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"]\S*))|"(?P<phrase>[^"]+)"|(?P<word>\S+))"""
)
_FIELDS: Final = {
    "kind": "kinds",
    "service": "services",
    "env": "environments",
    "environment": "environments",
    "risk": "risks",
    "tag": "tags",
    "state": "states",
    "factor": "factors",
}
_SEVERITY: Final = re.compile(
    r"(?P<how><=|>=|<|>|=)?(?:SEV)?(?P<least>[1-5])(?:(?:\.\.|-)(?:SEV)?(?P<most>[1-5]))?", re.IGNORECASE
)
_DAY: Final = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?")
_BACK: Final = re.compile(r"(?P<count>\d{1,4})(?P<unit>[dwmy])")
_UNITS: Final = {"d": 1, "w": 7, "m": 30, "y": 365}
_DAYS: Final = frozenset({"before", "after", "since", "until", "on"})
_YEARS: Final = range(1970, 9_000)
_PHRASES: Final = 10
_RISKS: Final = ("low", "medium", "high", "critical")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A search as understood. `words` is what remains to be searched for by words and meaning; `unclear` says what
    was not understood, and is left out.
    """

    words: str = ""
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    filters: Filters = Filters()
    wanted: tuple[Wanted, ...] = ()
    unclear: tuple[str, ...] = ()


class _Reading:
    """Takes the parts of a search in, one after the other."""

    def __init__(self, today: date) -> None:
        self._today = today
        self.words: list[str] = []
        self.phrases: list[str] = []
        self.without: list[str] = []
        self.conditions: dict[str, list[str]] = {}
        self.severities: set[str] = set()
        self.since: datetime | None = None
        self.until: datetime | None = None
        self.wanted: list[Wanted] = []
        self.unclear: list[str] = []

    def take(self, part: re.Match[str]) -> None:
        field, minus = (part["field"] or "").lower(), bool(part["minus"])
        value = part["quoted"] if part["quoted"] is not None else part["value"] or ""
        if field in _FIELDS and not minus:
            self._condition(field, value)
        elif field in _DAYS and not minus:
            self.day(field, value)
        elif field in {"sev", "severity"} and not minus:
            self.severity(value)
        elif field == "has" and not minus:
            self.has(value)
        elif part["phrase"]:
            (self.without if minus else self.phrases).append(part["phrase"])
        elif minus:
            self.without.append(part.group()[1:])
        else:
            self.words.append(part.group())

    def _condition(self, field: str, value: str) -> None:
        known: Sequence[str] = {"kind": get_args(DocumentKind), "risk": _RISKS}.get(field, ())
        if not value:
            self.unclear.append(f"{field}: names nothing")
        elif known and value.lower() not in known:
            self.unclear.append(f"{field}:{value} is none of {', '.join(known)}")
        else:
            self.conditions.setdefault(_FIELDS[field], []).append(value.lower() if known else value)

    def severity(self, value: str) -> None:
        match = _SEVERITY.fullmatch(value)
        if match is None:
            self.unclear.append(f"sev:{value} is no severity; write sev:2, sev:<=2 or sev:1..3")
            return
        least = int(match["least"])
        low, high = {
            "<=": (1, least),
            "<": (1, least - 1),
            ">=": (least, 5),
            ">": (least + 1, 5),
        }.get(match["how"] or "", (least, int(match["most"] or least)))
        self.severities |= {str(number) for number in range(low, high + 1)} or {"none"}

    def day(self, field: str, value: str) -> None:
        span = _span(value, self._today)
        if span is None:
            self.unclear.append(f"{field}:{value} is no day; write 2026-03-01, 2026-03, 2026 or 30d")
            return
        first, last = span
        if field in {"since", "on", "after"}:
            start = last + timedelta(days=1) if field == "after" else first
            self.since = datetime.combine(start, time.min, UTC)
        if field in {"until", "on", "before"}:
            end = first - timedelta(days=1) if field == "before" else last
            self.until = datetime.combine(end, time.max, UTC)

    def has(self, value: str) -> None:
        known: tuple[Wanted, ...] = get_args(Wanted)
        named = [name for name in known if name == value.lower().removesuffix("s")]
        self.wanted += named
        if not named:
            self.unclear.append(f"has:{value} is none of {', '.join(known)}")


def read_asked(text: str, today: date) -> Asked:
    """Return what was typed, understood. Nothing that was typed is an error."""
    found = _Reading(today)
    for part in _PART.finditer(text):
        found.take(part)
    ends = " " if text[-1:].isspace() and found.words else ""
    return Asked(
        words=" ".join(found.words) + ends,
        phrases=tuple(found.phrases[:_PHRASES]),
        without=tuple(found.without[:_PHRASES]),
        filters=Filters(
            since=found.since,
            until=found.until,
            severities=tuple(sorted(found.severities)),
            **{name: tuple(dict.fromkeys(values)) for name, values in found.conditions.items()},  # type: ignore[arg-type]
        ),
        wanted=tuple(dict.fromkeys(found.wanted)),
        unclear=tuple(line[:300] for line in found.unclear),
    )


def _span(value: str, today: date) -> tuple[date, date] | None:
    """Return the first and the last day of what was named: a day, a month, a year, or so long ago."""
    if back := _BACK.fullmatch(value):
        days = int(back["count"]) * _UNITS[back["unit"]]
        day = today - timedelta(days=min(days, 20_000))
        return day, day - timedelta(days=1)
    match = _DAY.fullmatch(value)
    if match is None or int(match["year"]) not in _YEARS:
        return None
    year, month, number = (int(match[name] or 0) for name in ("year", "month", "day"))
    try:
        first = date(year, month or 1, number or 1)
    except ValueError:
        return None
    if number:
        return first, first
    return first, date(year, month or 12, calendar.monthrange(year, month or 12)[1])
