"""Reports without headings: which lines tell the summary, the timeline and the actions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from hardwon.domain.postmortem import SectionName
from hardwon.exchange.parts import Part, Placed
from hardwon.exchange.plain_text import is_item, items_of, plain
from hardwon.exchange.timeline_text import leading_moment

Line = tuple[int, str]
_FEWEST: Final = 2
_STATUS: Final = re.compile(r"[\s\-*+•]*[*_]*(?:status\s*:|done\b|declined\b|\[[ x]\]|✅)", re.IGNORECASE)
_TAIL: Final = re.compile(r"(?:[-\u2013—]\s*|\()(?:done|declined|in progress)\)?\.?\s*$", re.IGNORECASE)
_IMPERATIVE: Final = re.compile(
    r"(?:(?:please|also|short[- ]term|long[- ]term|todo|consider|possibly)\s*:?\s+)?(?:add|adjust"
    r"|alert|allow|analy[sz]e|audit|automate"
    r"|avoid|backfill|build|change|check|clean|configure|consider|convert|create|decide|decommission"
    r"|define|deploy|develop|disable"
    r"|discuss|document|enable|ensure|establish|evaluate|expand|extend|figure out|file|find|fix"
    r"|follow up|get|have|implement"
    r"|improve|include|increase|install|introduce|investigate|limit|look (?:at|into)|lower|make"
    r"|migrate|modify|monitor|move|page"
    r"|prevent|provide|puppetize|purge|raise|reconsider|reduce|refactor|remove|rename|replace|report"
    r"|request|research|restore"
    r"|review|rewrite|rework|schedule|separate|set|set up|setup|split|stop|switch|test|track|train"
    r"|tune|turn|update|upgrade|use"
    r"|verify|write)\b",
    re.IGNORECASE,
)


def place_story(part: Part) -> list[Placed]:
    """Return a text without headings in parts: its lead is the summary, timed lines the timeline.

    List items with a status, or a list of things to do after the story, are actions. The rest is body.
    """
    runs = [(kind, tuple(lines)) for kind, lines in _runs(part.lines)]
    timed = any(kind == "timeline" for kind, _ in runs)
    if not timed and not any(kind == "actions" for kind, _ in runs):
        return [Placed(part, None, opens=False, trail=())]
    placed: list[Placed] = []
    told = False
    for kind, lines in runs:
        section: SectionName | None = None
        if kind == "timeline":
            section, told = "timeline", True
        elif kind == "actions" or (kind == "list" and told and _to_do(lines)):
            section = "actions"
        elif kind == "words" and not placed:
            section = "summary"
        placed.append(Placed(Part("", 0, lines[0][0], (), lines), section, opens=False, trail=()))
    return placed


def _runs(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """Cut the lines where words, lists, timed lines and lines with a status follow each other."""
    marked = _marked(lines)
    runs = [(kind, [line for _, line in group]) for kind, group in groupby(marked, key=lambda pair: pair[0])]
    joined: list[tuple[str, list[Line]]] = []
    for position, (kind, run) in enumerate(runs):
        between = (
            kind == "list"
            and len(run) <= _FEWEST * 4
            and 0 < position < len(runs) - 1
            and runs[position - 1][0] == runs[position + 1][0] == "timeline"
        )
        name = "timeline" if between else kind
        if joined and joined[-1][0] == name:
            joined[-1][1].extend(run)
        else:
            joined.append((name, run))
    return [
        ("list" if kind == "timeline" and len(items_of(_as_items(run))) < _FEWEST else kind, run)
        for kind, run in joined
    ]


def _as_items(run: Sequence[Line]) -> list[Line]:
    return [(number, line if is_item(line) else f"- {line}") for number, line in run if line.strip()]


def _marked(lines: Sequence[Line]) -> list[tuple[str, Line]]:
    marked: list[tuple[str, Line]] = []
    for number, line in lines:
        if not line.strip():
            kind = marked[-1][0] if marked else "words"
        elif is_timed(line):
            kind = "timeline"
        elif is_item(line):
            kind = "actions" if _STATUS.match(line) or _TAIL.search(line) else "list"
        elif line[0].isspace() and marked:
            kind = marked[-1][0]
        else:
            kind = "words"
        marked.append((kind, (number, line)))
    return marked


def is_timed(line: str) -> bool:
    """Tell whether a line, with or without a bullet, begins with a time of day."""
    text = line.strip()
    if is_item(text):
        text = text.split(None, 1)[1]
    elif not text[0].isdigit() and text[0] not in "[~":
        return False
    leading = leading_moment(text)
    return leading is not None and leading[0].at is not None and ":" in leading[0].written


def _to_do(lines: Sequence[Line]) -> bool:
    items = items_of(lines)
    hits = sum(1 for item in items if _IMPERATIVE.match(plain(item.text)))
    return bool(items) and hits * 2 > len(items)
