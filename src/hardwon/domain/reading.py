"""Readings: what one incident says to people who decide, and to everyone else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, NamedTuple, TypeVar

import msgspec

from hardwon.domain.incident import Incident, Status, Times
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.text import clipped

_CODE: Final = re.compile(r"^ {0,3}(```|~~~).*?(^ {0,3}\1[`~]*\s*$|\Z)|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")
_SIGNS: Final = re.compile(
    r"^ {0,3}(?:#{1,6}|>|[-*+]|\d{1,3}[.)])\s+|\*\*|__|~~|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)", re.MULTILINE
)
_MENTION: Final = re.compile(r"(?<![\w@])@[A-Za-z0-9][\w.-]*")
_SOMEBODY: Final = "a colleague"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of harm: what, how much, of how much."""

    label: str
    value: str
    note: str = ""


class Promised(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that will change, whose it is, when it is due, and where it stands."""

    title: str
    owner: str = ""
    due_on: date | None = None
    state: str = "open"
    overdue_days: int = 0


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One lesson that is kept."""

    id: str
    title: str


Item = TypeVar("Item", Promised, Kept)


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """An incident on one page. Texts are plain; `more_actions` counts those that are left out."""

    id: str
    title: str
    day: date | None
    severity: int | None
    status: Status
    services: tuple[str, ...]
    facts: tuple[str, ...]
    summary: str
    impact: str
    figures: tuple[Figure, ...]
    factors: tuple[str, ...]
    lessons: tuple[Kept, ...]
    actions: tuple[Promised, ...]
    more_actions: int
    as_of: date
    revision: int


class Measure(NamedTuple):
    """How much of each part a page holds: characters of prose and of a line, and numbers of items."""

    summary: int
    impact: int
    line: int
    figures: int
    factors: int
    lessons: int
    actions: int


MEASURES: Final = (
    Measure(900, 500, 240, 4, 5, 4, 7),
    Measure(700, 350, 200, 4, 4, 3, 5),
    Measure(500, 220, 160, 4, 3, 3, 4),
    Measure(340, 140, 120, 3, 3, 2, 3),
    Measure(220, 90, 90, 3, 2, 1, 2),
)
"""From roomy to tight: the first that fits the page is taken."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """An incident in plain words: no people, no commands, times to the minute."""

    id: str
    title: str
    when: str
    what: str
    hurt: str
    figures: tuple[Figure, ...]
    done: tuple[str, ...]
    changes: tuple[str, ...]
    learned: tuple[str, ...]


def brief_of(
    incident: Incident,
    postmortem: Postmortem | None,
    *,
    lessons: tuple[Kept, ...],
    actions: tuple[Promised, ...],
    as_of: date,
    measure: Measure = MEASURES[1],
) -> Brief:
    """Return the incident on one page of that measure, cut at whole sentences."""
    times = incident.times
    began = times.started_at or times.detected_at
    written, hurt = _told(incident, postmortem)
    kept = [factor.text for factor in incident.factors if factor.standing != "rejected"]
    return Brief(
        id=incident.id,
        title=clipped(incident.title, 200),
        day=began.date() if began else None,
        severity=incident.severity,
        status=incident.status,
        services=incident.services[:6],
        facts=_facts(times),
        summary=clipped(plain(written), measure.summary),
        impact=clipped(plain(hurt), measure.impact),
        figures=tuple(
            Figure(label=clipped(f.label, 60), value=clipped(f.value, 40), note=clipped(f.note, 80))
            for f in incident.impact.figures[: measure.figures]
        ),
        factors=tuple(clipped(plain(text), measure.line) for text in kept[: measure.factors]),
        lessons=tuple(_clipped(lesson, measure.line) for lesson in lessons[: measure.lessons]),
        actions=tuple(_clipped(action, measure.line) for action in actions[: measure.actions]),
        more_actions=max(0, len(actions) - measure.actions),
        as_of=as_of,
        revision=incident.revision,
    )


def summary_of(
    incident: Incident,
    postmortem: Postmortem | None,
    *,
    lessons: Iterable[str],
    actions: tuple[Promised, ...],
    people: Iterable[str],
) -> Summary:
    """Return the incident in plain words; `people` are the names and ids that are not said."""
    names = _names(people)

    def say(text: str, limit: int = 600) -> str:
        return clipped(_unnamed(plain(text), names), limit)

    written, hurt = _told(incident, postmortem)
    steps = [e.text for e in incident.timeline if e.starred and e.kind in {"mitigation", "resolution"}]
    return Summary(
        id=incident.id,
        title=say(incident.title),
        when=_when(incident.times),
        what=say(written, 1_200),
        hurt=say(hurt, 900),
        figures=tuple(
            Figure(label=say(f.label), value=say(f.value), note=say(f.note)) for f in incident.impact.figures
        ),
        done=tuple(say(text, 240) for text in steps[:6]),
        changes=tuple(f"{say(a.title, 240)} ({a.state.replace('_', ' ')})" for a in actions[:10]),
        learned=tuple(say(text, 240) for text in lessons),
    )


def _told(incident: Incident, postmortem: Postmortem | None) -> tuple[str, str]:
    """Return what happened and what it cost: as the postmortem says it, else as the incident does."""
    written = {section.name: section.text for section in postmortem.sections} if postmortem else {}
    return written.get("summary") or incident.summary, written.get("impact") or incident.impact.text


def plain(text: str) -> str:
    """Return Markdown as plain text: without code, without signs, links as their words."""
    text = _LINK.sub(r"\1", _CODE.sub(lambda found: "" if "\n" in found[0] else found[0].strip("`"), text))
    text = _SIGNS.sub("", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def spell(minutes: int) -> str:
    """Return minutes as `2 h 12 min`, or as days and hours where it is long."""
    hours, rest = divmod(minutes, 60)
    if hours >= 48:  # noqa: PLR2004  (two days)
        days, hours = divmod(hours, 24)
        return f"{days} days {hours} h" if hours else f"{days} days"
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _clipped(item: Item, limit: int) -> Item:
    return msgspec.structs.replace(item, title=clipped(item.title, limit))


def _facts(times: Times) -> tuple[str, ...]:
    began, ended = times.started_at or times.detected_at, times.resolved_at
    found = []
    if began and ended and ended > began:
        found.append(f"{_minutes(began, ended)} from start to end")
    if times.started_at and times.detected_at and times.detected_at > times.started_at:
        found.append(f"{_minutes(times.started_at, times.detected_at)} unseen")
    return tuple(found)


def _when(times: Times) -> str:
    began, ended = times.started_at or times.detected_at, times.resolved_at
    if began is None:
        return "It is not recorded when it began."
    said = f"It began on {began:%Y-%m-%d} at {began:%H:%M} UTC"
    if ended is None or ended < began:
        return f"{said}."
    return f"{said} and was over after {_minutes(began, ended)}."


def _minutes(since: datetime, until: datetime) -> str:
    return spell(max(1, round((until - since).total_seconds() / 60)))


def _names(people: Iterable[str]) -> re.Pattern[str] | None:
    said = sorted({name for name in people if len(name) > 2}, key=len, reverse=True)  # noqa: PLR2004
    return (
        re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, said))})(?![\w-])", re.IGNORECASE)
        if said
        else None
    )


def _unnamed(text: str, names: re.Pattern[str] | None) -> str:
    text = _MENTION.sub(_SOMEBODY, text)
    return names.sub(_SOMEBODY, text) if names else text
