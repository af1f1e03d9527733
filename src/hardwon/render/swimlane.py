"""The incident timeline as swim lanes: four shapes, one lane each for who or what acted.

Every mark carries a light fill *and* a class, so it prints and follows the theme.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from html import escape
from typing import Final

import msgspec

from hardwon.domain.incident import Incident, Times
from hardwon.domain.timeline import EntryKind, TimelineEntry

MAX_MARKS: Final = 120
"""Entries drawn; a longer timeline shows its starred entries first, then the earliest."""
_WIDTH: Final = 1000
_LEFT: Final = 150
_RIGHT: Final = 30
_TOP: Final = 62
_LANE: Final = 40
_SHAPES: Final[dict[EntryKind, str]] = {
    "detection": "triangle",
    "diagnosis": "square",
    "decision": "circle",
    "mitigation": "diamond",
    "resolution": "diamond",
    "communication": "square",
    "system": "dot",
}
_COLOURS: Final[dict[str, tuple[str, str]]] = {
    "triangle": ("#8a5a00", "f-det"),
    "square": ("#1f5fbf", "f-acc"),
    "circle": ("#7a3fa0", "f-key"),
    "diamond": ("#0b6e4f", "f-rep"),
    "dot": ("#555a66", "f-mut"),
}


class TimelineMark(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table twin: the entry's number, time, lane, kind, shape and words."""

    number: int
    at: datetime | None
    written_at: str
    lane: str
    kind: EntryKind
    shape: str
    text: str
    consequence: str
    consequence_kind: str
    human_factor: str
    links: tuple[tuple[str, str], ...]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A chart: its message, one summary line, the SVG (empty where there is nothing to draw), rows."""

    title: str
    summary: str
    svg: str
    rows: tuple[TimelineMark, ...]


def draw(incident: Incident) -> Picture:
    """Return the swim-lane picture of an incident and its table twin."""
    rows = tuple(_mark(number, entry) for number, entry in enumerate(incident.timeline, 1))
    timed = [row for row in rows if row.at is not None][:MAX_MARKS]
    title, summary = _message(incident.times)
    if len(timed) < 2:  # noqa: PLR2004  (a line needs two points)
        return Picture(title=title, summary=summary, svg="", rows=rows)
    return Picture(title=title, summary=summary, svg=_svg(incident, timed), rows=rows)


def duration(span: timedelta) -> str:
    """Return a length of time in words, e.g. `2 h 12 min`, with no-break spaces."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 1:
        return f"{round(span.total_seconds())}\u00a0s"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{number}\u00a0{unit}" for number, unit in parts if number)


def _mark(number: int, entry: TimelineEntry) -> TimelineMark:
    links = tuple((item.title or item.url, item.url) for item in entry.evidence if item.url)
    return TimelineMark(
        number=number,
        at=entry.at,
        written_at=entry.written_at,
        lane=entry.lane or "Unnamed",
        kind=entry.kind,
        shape=_SHAPES[entry.kind],
        text=entry.text,
        consequence=entry.consequence.text if entry.consequence else "",
        consequence_kind=entry.consequence.kind if entry.consequence else "",
        human_factor=entry.human_factor,
        links=links,
    )


def _message(times: Times) -> tuple[str, str]:
    """Return the picture's claim and its summary, as far as the times are known."""
    start, seen, ended = times.started_at, times.detected_at, times.mitigated_at or times.resolved_at
    if start and seen and ended and seen > start and ended > start:
        unseen, whole = seen - start, ended - start
        if unseen * 2 > whole:
            title = "More than half of the time passed before anyone knew"
        elif unseen * 4 > whole:
            title = "A quarter of the time passed before anyone knew"
        else:
            title = "It was noticed early; mending it took most of the time"
        return title, f"Unseen for {duration(unseen)} of {duration(whole)}."
    if start and ended and ended > start:
        return "What happened, in order", f"It took {duration(ended - start)} to mitigate."
    return "What happened, in order", "Not all of its times are known."


def _svg(incident: Incident, rows: list[TimelineMark]) -> str:
    lanes = list(dict.fromkeys(row.lane for row in rows))
    first, last = _bounds(incident.times, [row.at for row in rows if row.at])
    scale = (_WIDTH - _LEFT - _RIGHT) / max(1.0, (last - first).total_seconds())

    def x_of(at: datetime) -> float:
        return _LEFT + (at - first).total_seconds() * scale

    height = _TOP + _LANE * len(lanes) + 14
    said = f"Timeline of {escape(incident.id)} in {len(lanes)} lanes; the table below says the same"
    label = f'aria-label="{said}"'
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" {label}>',
        *_gap(incident.times, x_of, height),
        *_phases(incident.times, x_of),
        *_axis(first, last, x_of, height),
    ]
    for index, lane in enumerate(lanes):
        y = _TOP + _LANE * index + _LANE / 2
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.0f}" y2="{y:.0f}" stroke="#e4e3de" class="k-line"/>'
            f'<text x="0" y="{y + 5:.0f}" font-size="14" fill="#1b1d22" class="f-ink">{escape(_short(lane))}</text>'
        )
    placed: dict[str, float] = {}
    for row in rows:
        if row.at is None:
            continue
        x = max(x_of(row.at), placed.get(row.lane, -99.0) + 15)
        placed[row.lane] = x
        y = _TOP + _LANE * lanes.index(row.lane) + _LANE / 2
        parts.append(_shape(row.shape, min(x, _WIDTH - 12), y, row.number))
    return "".join([*parts, "</svg>"])


def _short(lane: str) -> str:
    return lane if len(lane) <= 19 else lane[:18] + "…"  # noqa: PLR2004  (what fits the margin)


def _bounds(times: Times, marks: list[datetime]) -> tuple[datetime, datetime]:
    """Return the span drawn: all marks, and the phases where they lie not far outside."""
    known = [at for at in (times.started_at, times.detected_at, times.mitigated_at, times.resolved_at) if at]
    first, last = min(marks + known), max(marks + known)
    return first, max(last, first + timedelta(minutes=1))


def _gap(times: Times, x_of: Callable[[datetime], float], height: int) -> list[str]:
    """Shade the time in which nobody knew."""
    start, seen = times.started_at, times.detected_at
    if not (start and seen and seen > start):
        return []
    left, right = x_of(start), x_of(seen)
    label = ""
    if right - left > 90:  # noqa: PLR2004  (room for the words)
        middle = (left + right) / 2
        label = (
            f'<text x="{middle:.0f}" y="{height - 6}" font-size="13" text-anchor="middle" '
            'fill="#555a66" class="f-mut">Nobody knew</text>'
        )
    size = f'width="{right - left:.1f}" height="{height - _TOP + 2}"'
    return [f'<rect x="{left:.1f}" y="{_TOP - 6}" {size} fill="#f4f4f1" class="f-sunk"/>{label}']


def _phases(times: Times, x_of: Callable[[datetime], float]) -> list[str]:
    """Draw the phases above the lanes: unseen, diagnosis and mitigation, recovery."""
    spans = (
        ("Unseen", times.started_at, times.detected_at, "#8a5a00", "k-det"),
        ("To mitigation", times.detected_at, times.mitigated_at, "#1f5fbf", "k-acc"),
        ("Recovery", times.mitigated_at, times.resolved_at, "#0b6e4f", "k-rep"),
    )
    parts = []
    for name, begin, end, colour, kind in spans:
        if not (begin and end and end > begin):
            continue
        left, right = x_of(begin), x_of(end)
        parts.append(
            f'<line x1="{left:.1f}" x2="{right:.1f}" y1="26" y2="26" stroke="{colour}" '
            f'stroke-width="4" class="{kind}"/>'
        )
        text = f"{name} {duration(end - begin)}"
        if right - left > 7.2 * len(text):
            parts.append(
                f'<text x="{left:.1f}" y="16" font-size="13" fill="#1b1d22" class="f-ink">{text}</text>'
            )
    return parts


def _axis(first: datetime, last: datetime, x_of: Callable[[datetime], float], height: int) -> list[str]:
    """Draw at most eight ticks with their time, and the day where it changes."""
    span = (last - first).total_seconds()
    steps = (60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000)
    step = next((step for step in steps if span / step <= 8), 7776000)  # noqa: PLR2004
    tick = datetime.fromtimestamp((first.timestamp() // step + 1) * step, tz=first.tzinfo)
    parts = []
    while tick <= last:
        x = x_of(tick)
        label = f"{tick:%m-%d}" if step >= 86400 else f"{tick:%H:%M}"  # noqa: PLR2004
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 6}" y2="{height - 14}" stroke="#e4e3de" class="k-line"/>'
            f'<text x="{x:.1f}" y="48" font-size="13" text-anchor="middle" fill="#555a66" class="f-mut">{label}</text>'
        )
        tick += timedelta(seconds=step)
    return parts


def _shape(shape: str, x: float, y: float, number: int) -> str:
    colour, kind = _COLOURS[shape]
    style = f'fill="{colour}" class="{kind}"'
    if shape == "triangle":
        body = f'<path d="M{x:.1f} {y - 7:.1f}l7 13h-14z" {style}/>'
    elif shape == "square":
        body = f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12" {style}/>'
    elif shape == "diamond":
        body = f'<path d="M{x:.1f} {y - 8:.1f}l8 8-8 8-8-8z" {style}/>'
    else:
        radius = 7 if shape == "circle" else 4
        body = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" {style}/>'
    label = (
        f'<text x="{x:.1f}" y="{y - 10:.1f}" font-size="12" text-anchor="middle" fill="#555a66" '
        f'class="f-mut">{number}</text>'
    )
    return body + label
