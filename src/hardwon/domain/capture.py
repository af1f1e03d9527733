"""What a signal makes of a deployment or an incident: pure, in any order of arrival, and never against a person.

A signal that is older than what is known fills what is empty and changes nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from hardwon.domain.action import Action
from hardwon.domain.change import Change
from hardwon.domain.deployment import Deployment, Outcome, Versions
from hardwon.domain.incident import Incident, Times, advance, later_than
from hardwon.domain.reference import MAX_REFERENCES, Reference, key_of
from hardwon.domain.signal import AlertSignal, ChangeSignal, DeploymentSignal, IncidentSignal, TicketSignal
from hardwon.domain.source import Source, severity_of
from hardwon.domain.text import MAX_PROSE, slug
from hardwon.domain.timeline import TimelineEntry, in_order

MOST_ENTRIES: Final = 200
"""Timeline entries that signals write into one incident; what comes after is counted with its alert alone."""
_BLANK: Final = ("", None, (), Versions())
_OVER: Final[frozenset[Outcome]] = frozenset({"succeeded", "failed", "rolled_back"})
_TELLING: Final = 5
"""Letters from which a name tells one trouble from another."""


def name_of(word: str) -> str | None:
    """Return the catalogue's name for what a sender calls a service or an environment, None for nothing."""
    return slug(word)[:200] or None if word.strip() else None


def deployment_of(source: Source, signal: DeploymentSignal, name: str, now: datetime) -> Deployment:
    """Return a new deployment from its first signal."""
    fresh = Deployment(
        id=name,
        title=signal.title,
        source=origin_of(source),
        source_id=signal.key,
        scope=source.scope,
    )
    return move_deployment(fresh, signal, now)


def move_deployment(stored: Deployment, signal: DeploymentSignal, now: datetime) -> Deployment:
    """Return the deployment with what a signal adds; one that equals it where it adds nothing."""
    return msgspec.structs.replace(stored, **_progress(stored, signal, now), **_blanks(stored, signal))


def _progress(stored: Deployment, signal: DeploymentSignal, now: datetime) -> dict[str, Any]:
    """Return how it goes, as far as the signal is newer than what is known; what is over does not run again."""
    known, at = stored.finished_at or stored.started_at, signal.at
    if known is not None and at is not None and at < known:
        begun = signal.outcome == "running" and stored.started_at is None
        return {"started_at": at} if begun else {}
    if signal.outcome in _OVER:
        return {"outcome": signal.outcome, "finished_at": at or now}
    if signal.outcome == "unknown" or stored.outcome in _OVER:
        return {}
    if signal.outcome == "running":
        return {"outcome": "running", "started_at": stored.started_at or at or now}
    return {"outcome": signal.outcome}


def _blanks(stored: Deployment, signal: DeploymentSignal) -> dict[str, Any]:
    """Return what the signal says of fields that are still empty."""
    said: dict[str, Any] = {
        "version": signal.version,
        "package": signal.package,
        "url": signal.url,
        "description": signal.description,
        "service": name_of(signal.service),
        "environment": name_of(signal.environment),
        "changes": _changes(signal),
        "versions": signal.versions if signal.versions != Versions() else None,
    }
    return {name: value for name, value in said.items() if value and getattr(stored, name) in _BLANK}


def _changes(signal: DeploymentSignal) -> tuple[Change, ...]:
    return (Change(commit=signal.commit[:200], repository=signal.repository),) if signal.commit else ()


def origin_of(source: Source) -> str:
    """Return where records of a source say that they come from."""
    return f"{source.kind}:{source.id}"


def incident_of(source: Source, signal: IncidentSignal, name: str, now: datetime) -> Incident:
    """Return a new incident from its first signal."""
    at = signal.at or now
    fresh = Incident(
        id=name,
        title=signal.title,
        severity=severity_of(source, signal.severity),
        services=tuple(word for word in (name_of(signal.service),) if word),
        environments=tuple(word for word in (name_of(signal.environment),) if word),
        detection="monitoring",
        times=Times(detected_at=at),
        summary=signal.summary,
        team=source.team,
        source=origin_of(source),
        source_id=signal.key,
        scope=source.scope,
    )
    return move_incident(source, fresh, signal, now, manual=False)


def move_incident(
    source: Source, stored: Incident, signal: IncidentSignal, now: datetime, *, manual: bool
) -> Incident:
    """Return the incident with what a signal adds. Its status moves on, never back, and stays where a person
    (`manual`) put it; a closed one is left alone.
    """
    changed = stored
    if signal.status in later_than(stored.status) and signal.status != "closed" and not manual:
        changed = advance(stored, signal.status, signal.at or now)
    if changed.severity is None and (severity := severity_of(source, signal.severity)):
        changed = msgspec.structs.replace(changed, severity=severity)
    if signal.note:
        changed = with_entries(changed, [told(signal.note, signal.at or now, source.title)])
    return changed


def is_same_trouble(incident: Incident, title: str, service: str | None) -> bool:
    """Tell whether another source seems to speak of an incident that is under way: it names the same service, or
    leaves it open, and the name of the one's alert stands in the other's words.
    """
    if service and incident.services and service not in incident.services:
        return False
    said, known = _letters(title), [_letters(words) for words in (incident.title, *incident.alerts)]
    return any(min(len(said), len(words)) >= _TELLING and (said in words or words in said) for words in known)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def joined(incident: Incident, source: Source, title: str, at: datetime) -> Incident:
    """Return an incident that says that another source reports it too."""
    return with_entries(incident, [told(f"{source.title} reports it too: {title}", at, source.title)])


def told(text: str, at: datetime, lane: str) -> TimelineEntry:
    """Return a timeline entry that a system wrote; it is part of the raw log, not of the story."""
    return TimelineEntry(text=text[:4_000], at=at, kind="system", lane=lane[:200], starred=False)


def entry_of(signal: AlertSignal, source: Source, now: datetime) -> TimelineEntry:
    """Return what the timeline says of an alert that fired or ended."""
    at = signal.at if signal.firing else signal.ended_at
    words = f"{signal.title} {'fired' if signal.firing else 'ended'}"
    if signal.summary:
        words += f": {signal.summary}"
    return told(words, at or signal.at or now, source.title)


def with_entries(incident: Incident, entries: Sequence[TimelineEntry]) -> Incident:
    """Return the incident with entries that are not there yet, as long as there is room for what systems write."""
    known = {(entry.text, entry.at) for entry in incident.timeline}
    room = MOST_ENTRIES - sum(entry.kind == "system" and not entry.starred for entry in incident.timeline)
    fresh = [entry for entry in entries if (entry.text, entry.at) not in known][: max(0, room)]
    if not fresh:
        return incident
    return msgspec.structs.replace(incident, timeline=in_order((*incident.timeline, *fresh)))


def change_of(signal: ChangeSignal) -> Change:
    """Return what was merged as a change."""
    text = "\n\n".join(part for part in (signal.title, signal.text) if part)
    return Change(
        commit=signal.commit,
        text=text[:MAX_PROSE],
        repository=signal.repository,
        tickets=(signal.url,) if signal.url else (),
        authored_at=signal.authored_at,
        merged_at=signal.merged_at,
    )


def with_changes(deployment: Deployment, known: Mapping[str, Change]) -> Deployment:
    """Return the deployment with what is known of the changes it carries, in fields that are empty."""
    changes = tuple(_filled(change, known.get(change.commit)) for change in deployment.changes)
    return msgspec.structs.replace(deployment, changes=changes)


def _filled(change: Change, known: Change | None) -> Change:
    if known is None or (change.repository and known.repository and change.repository != known.repository):
        return change
    said = {name: value for name, value in msgspec.structs.asdict(known).items() if value}
    return msgspec.structs.replace(
        change, **{name: value for name, value in said.items() if getattr(change, name) in _BLANK}
    )


def with_ticket(action: Action, signal: TicketSignal) -> Action:
    """Return the action with a link to a ticket that says how the ticket stands; a full list stays as it is."""
    key = key_of(signal.url)
    title = f"{signal.key}, {signal.state}: {signal.title}"[:2_000]
    ticket = Reference(url=signal.url, kind="issue", title=title)
    if any(key_of(known.url) == key for known in action.references):
        kept = (ticket if key_of(known.url) == key else known for known in action.references)
        return msgspec.structs.replace(action, references=tuple(kept))
    if len(action.references) >= MAX_REFERENCES:
        return action
    return msgspec.structs.replace(action, references=(*action.references, ticket))
