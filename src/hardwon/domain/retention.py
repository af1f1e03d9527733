"""Retention: what of a closed incident is let go after how long, and what a legal hold keeps.

Only the incident itself is pruned. Its title, severity, services, times and factors stay, and so do the
postmortem, lessons and actions that came of it: what was learned outlives what happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, get_args

import msgspec

from hardwon.domain.incident import Incident, occurred_at
from hardwon.domain.text import Line, Name, Title

Part = Literal["log", "evidence", "impact", "people", "text"]
PARTS: Final[dict[Part, str]] = {
    "log": "entries of the timeline that are not in its story",
    "evidence": "links, excerpts and files that hang on it",
    "impact": "who was hurt, in words and figures",
    "people": "who wrote its entries and judged its deployments",
    "text": "its summary, the whole timeline, errors, alerts and references",
}
"""What can be let go, and what that is."""
_EMPTY: Final[dict[Part, dict[str, Any]]] = {
    "log": {},
    "evidence": {"evidence": []},
    "impact": {"impact": {}},
    "people": {},
    "text": {"summary": "", "timeline": [], "errors": [], "alerts": [], "references": []},
}
_AUTHORS: Final = frozenset({"author", "decided_by"})


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """What is let go of one incident from which day on, and by which rule; or what holds it."""

    incident: Name
    title: Title
    rule: Line
    parts: tuple[Part, ...]
    on: date
    held_by: Line = ""


def ended_at(incident: Incident) -> datetime | None:
    """Return the time from which retention counts: closed, else resolved, else when it happened; None while
    it is not over.
    """
    if incident.status != "closed" and incident.merged_into is None:
        return None
    return incident.times.closed_at or incident.times.resolved_at or occurred_at(incident)


def due_on(incident: Incident, after_days: int) -> date | None:
    """Return the day on which a rule of so many days takes hold, None while the incident is not over."""
    ended = ended_at(incident)
    if ended is None:
        return None
    try:
        return ended.date() + timedelta(days=after_days)
    except OverflowError:
        return date.max


class Pruner:
    """Lets parts of an incident go, in each of its revisions."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        """Prune these parts."""
        self.parts = frozenset(parts)

    def body(self, body: bytes) -> bytes | None:
        """Return a revision's JSON without them, or None where it holds none of them."""
        told = msgspec.json.decode(body)
        changed = self._pruned(told)
        return None if changed == told else msgspec.json.encode(changed)

    def _pruned(self, told: Mapping[str, Any]) -> dict[str, Any]:
        changed = dict(told)
        for part in get_args(Part):
            if part in self.parts:
                changed |= {name: value for name, value in _EMPTY[part].items() if told.get(name)}
        if "log" in self.parts:
            changed["timeline"] = [
                entry for entry in changed.get("timeline", []) if entry.get("starred", True)
            ]
        for name in ("timeline", "factors", "deployments"):
            if name in changed:
                changed[name] = [self._row(row) for row in changed[name]]
        return changed

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(row)
        if "evidence" in self.parts and found.get("evidence"):
            found["evidence"] = []
        if "people" in self.parts:
            found |= {name: None for name in _AUTHORS if found.get(name)}
        return found
