"""What other systems say of incidents that they keep: one incident, whoever reports it, and never against a person."""

from __future__ import annotations

from datetime import datetime

import msgspec

from hardwon.domain.actor import system
from hardwon.domain.capture import (
    incident_of,
    is_same_trouble,
    joined,
    move_incident,
    name_of,
    told,
    with_entries,
)
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.signal import IncidentSignal
from hardwon.domain.source import Source
from hardwon.storage.queries.records import last_mover
from hardwon.storage.reports import (
    find_report,
    follow,
    is_held_open,
    open_elsewhere,
    put_report,
    set_over,
)
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App

_ENDED = frozenset({"resolved", "closed"})


def take_incident(app: App, tx: Transaction, source: Source, signal: IncidentSignal) -> None:
    """Take in what a source says of an incident of its own."""
    known = find_report(tx, source.id, "incident", signal.key)
    stored = follow(tx, known) if known else None
    if stored is None or (signal.reopened and stored.status in _ENDED):
        _open(app, tx, source, signal, stored)
        return
    if stored.status == "closed":
        return
    _move(app, tx, source, signal, stored)


def _open(app: App, tx: Transaction, source: Source, signal: IncidentSignal, before: Incident | None) -> None:
    """Open an incident, or join the one that another source reported; `before` is what was reopened."""
    at = signal.at or app.now()
    if before is None and (same := find_same(tx, source, signal.title, name_of(signal.service), at)):
        put_report(tx, source.id, "incident", signal.key, same.id)
        _move(app, tx, source, signal, same, joined(same, source, signal.title, at))
        return
    fresh = incident_of(source, signal, tx.next_id("incident"), app.now())
    if before is not None:
        fresh = msgspec.structs.replace(fresh, source_id=f"{signal.key}@{fresh.id}", related=(before.id,))
    tx.save(fresh, (Event(verb="created", detail=f"by {source.id}", tell=told_of(source)),))
    put_report(tx, source.id, "incident", signal.key, fresh.id)
    set_over(tx, source.id, signal.key, over=signal.status in _ENDED)


def _move(
    app: App,
    tx: Transaction,
    source: Source,
    signal: IncidentSignal,
    stored: Incident,
    so_far: Incident | None = None,
) -> None:
    """Save what the signal adds; an incident that several sources report is over when the last of them says so."""
    if signal.status is not None:
        set_over(tx, source.id, signal.key, over=signal.status in _ENDED)
    changed = so_far or stored
    if signal.status in _ENDED and is_held_open(tx, stored.id):
        words = f"{source.title} says that it is over; others still report it"
        changed = with_entries(changed, [told(words, signal.at or app.now(), source.title)])
        signal = msgspec.structs.replace(signal, status=None)
    changed = move_incident(source, changed, signal, app.now(), manual=is_manual(tx, stored.id))
    if changed.status != stored.status:
        detail = f"{stored.status} to {changed.status}, by {source.id}"
        tx.save(changed, (Event(verb="moved", detail=detail),), stored.revision)
    elif changed != stored:
        tx.save(changed, (Event(verb="revised", detail=f"by {source.id}"),), stored.revision)


def find_same(
    tx: Transaction, source: Source, title: str, service: str | None, at: datetime
) -> Incident | None:
    """Return the incident under way that another source reported and that this, which began then, seems to be."""
    for name in open_elsewhere(tx, source.id, at):
        candidate = tx.get(Incident, name)
        if is_same_trouble(candidate, title, service):
            return candidate
    return None


def is_manual(tx: Transaction, incident: str) -> bool:
    """Tell whether a person set the incident's status last."""
    return last_mover(Reading(tx.connection, None), "incident", incident) not in {None, system().id}


def told_of(source: Source) -> tuple[str, ...]:
    """Return who hears of what a source opens."""
    return (source.team,) if source.team else ()
