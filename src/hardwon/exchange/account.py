"""What a text tells of an incident: its sections, story, causes, promises and lessons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import msgspec

from hardwon.domain.factor import Factor
from hardwon.domain.postmortem import SECTION_TITLES, SectionName, WrittenSection
from hardwon.domain.timeline import TimelineEntry
from hardwon.exchange.action_text import Promise, labelled_actions, read_actions
from hardwon.exchange.factor_text import read_factors, read_lessons
from hardwon.exchange.headings import section_of
from hardwon.exchange.moments import find_date
from hardwon.exchange.parts import Part, Placed, place, split
from hardwon.exchange.plain_text import paragraphs_of
from hardwon.exchange.story import place_story
from hardwon.exchange.timeline_text import Clock, entry_of_heading, read_timeline
from hardwon.exchange.zones import stated_zone

_UNZONED: Final = "UTC"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a report. Each line of the text is in the title, a section or the body."""

    title: str = ""
    lead: str = ""
    day: date | None = None
    zone: str = ""
    sections: tuple[WrittenSection, ...] = ()
    body: str = ""
    unplaced: tuple[str, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    factors: tuple[Factor, ...] = ()
    promises: tuple[Promise, ...] = ()
    lessons: tuple[str, ...] = ()

    def text_of(self, name: SectionName) -> str:
        """Return a section's text, empty where there is none."""
        return next((section.text for section in self.sections if section.name == name), "")


def read_account(
    text: str, *, title: str = "", day: date | None = None, fields: Mapping[str, Any] | None = None
) -> Account:
    """Return what the text tells. `title` and `day` are those that are known from elsewhere."""
    placed = place(split(text))
    if not any(p.part.heading for p in placed):
        placed = [told for p in placed for told in place_story(p.part)]
    head = _title_part(placed)
    own_title = title or (head.part.heading if head else "")
    lead_parts = [p.part for p in placed if p.section is None and (p is head or not p.part.heading)]
    lead_lines = tuple(line for part in lead_parts for line in part.lines)
    lead = "\n\n".join(paragraphs_of(lead_lines))
    day = find_date(own_title, day) or day or find_date(lead[:2_000])
    zone = stated_zone((*(p.part.heading for p in placed), "\n".join(part.text for part in lead_parts)))
    sections, body, unplaced = _written(placed, head, keep_title=bool(title))
    entries = [entry for p in _with(placed, "timeline") for entry in _timeline(p, day, zone)]
    factors = [factor for p in _with(placed, "factors") for factor in read_factors(p.part.lines)]
    lessons = [lesson for p in _with(placed, "lessons") for lesson in read_lessons(p.part.lines)]
    return Account(
        title=own_title,
        lead=lead,
        day=day,
        zone=zone or str((fields or {}).get("zone", (fields or {}).get("timezone", ""))),
        sections=sections,
        body=body,
        unplaced=unplaced,
        timeline=tuple(entries),
        factors=tuple({factor.text: factor for factor in factors}.values()),
        promises=tuple(_promises(placed, day)),
        lessons=tuple(dict.fromkeys(lessons)),
    )


def _title_part(placed: list[Placed]) -> Placed | None:
    first = next((p for p in placed if p.part.heading), None)
    return first if first and first.part.level == 1 and first.section is None else None


def _with(placed: list[Placed], section: SectionName) -> list[Placed]:
    return [p for p in placed if p.section == section]


def _timeline(p: Placed, day: date | None, zone: str) -> list[TimelineEntry]:
    if p.part.heading and not p.opens:
        entry = entry_of_heading(p.part.heading, p.part.text, Clock(day, zone or _UNZONED))
        if entry:
            return [entry]
    return read_timeline(p.part.lines, (*p.trail[1:], p.part.heading), day, zone or _UNZONED)


def _promises(placed: list[Placed], day: date | None) -> list[Promise]:
    found: list[Promise] = []
    for p in placed:
        if p.section == "actions":
            found += read_actions(p.part.lines, p.part.heading, day)
        else:
            found += labelled_actions(p.part.lines, day)
    return list({promise.title: promise for promise in found}.values())


def _written(
    placed: list[Placed], head: Placed | None, *, keep_title: bool
) -> tuple[tuple[WrittenSection, ...], str, tuple[str, ...]]:
    """Return the sections' texts, the body, and the headings that found no section."""
    texts: dict[SectionName, list[str]] = {}
    body: list[str] = []
    unplaced: list[str] = []
    waiting: list[str] = []
    for p in placed:
        if p.section and not p.part.text.strip():  # a bare heading stands above what follows it
            waiting.append(p.part.whole)
            continue
        if waiting:
            texts.setdefault(p.section, []).extend(waiting) if p.section else body.extend(waiting)
            waiting = []
        if p.section is None:
            body.append(p.part.text if p is head and not keep_title else p.part.whole)
            if p.part.heading and p is not head:
                unplaced.append(p.part.heading)
        elif p.opens and p.section not in texts and _plain_heading(p.part):
            texts[p.section] = [p.part.text]
        else:
            texts.setdefault(p.section, []).append(p.part.whole)
    body += waiting
    sections = tuple(
        WrittenSection(name=name, text="\n\n".join(part for part in parts if part.strip()))
        for name, parts in texts.items()
    )
    return (
        tuple(s for s in sections if s.text.strip()),
        "\n\n".join(b for b in body if b.strip()),
        tuple(unplaced),
    )


def _plain_heading(part: Part) -> bool:
    """Whether the heading says no more than the section's name, so it need not be kept."""
    section = section_of(part.heading)
    return section is not None and part.heading.strip().lower() == SECTION_TITLES[section].lower()
