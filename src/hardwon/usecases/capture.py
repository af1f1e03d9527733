"""Capture: what deliveries report becomes deployments, alerts and incidents; for the worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from hardwon.domain.actor import system
from hardwon.domain.capture import (
    deployment_of,
    incident_of,
    move_deployment,
    move_incident,
    name_of,
    origin_of,
    told,
    with_entries,
)
from hardwon.domain.catalog import Environment, Service
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import InputError
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident, Times, advance, later_than
from hardwon.domain.signal import AlertSignal, DeploymentSignal, IncidentSignal, Signal
from hardwon.domain.source import DeliveryState, Source
from hardwon.domain.timeline import TimelineEntry
from hardwon.exchange.webhooks.source import read_delivery
from hardwon.rules.opening import opens
from hardwon.storage.alerts import Group, groups_in, put_alerts, quiet_groups, rest, tie
from hardwon.storage.deliveries import WaitingDelivery, settle, waiting
from hardwon.storage.queries.records import get_record, known_ids, last_mover
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App

_BATCH: Final = 200
_QUIET: Final = 100


def digest(app: App) -> bool:
    """Read what was delivered, oldest first; tell whether more is waiting. What cannot be read says why and stays."""
    with app.store.read(None) as reading:
        found = waiting(reading, _BATCH)
        sources = {name: get_record(reading, Source, name) for name in {one.source for one in found}}
    for delivery in found:
        _digest(app, sources[delivery.source], delivery)
    return len(found) == _BATCH


def _digest(app: App, source: Source, delivery: WaitingDelivery) -> None:
    try:
        reported = read_delivery(source.kind, delivery.headers, delivery.body)
        with app.store.begin(system(), app.now()) as tx:
            _apply(app, tx, source, reported.signals)
            state: DeliveryState = "done" if reported.signals else "unused"
            settle(tx, delivery.id, state, event=reported.event, signals=len(reported.signals))
    except InputError as error:
        with app.store.begin(system(), app.now()) as tx:
            settle(tx, delivery.id, "failed", reason=f"{error.message} {error.fix}")


def _apply(app: App, tx: Transaction, source: Source, signals: Sequence[Signal]) -> None:
    alerts = [signal for signal in signals if isinstance(signal, AlertSignal)]
    _claim(tx, [signal.service for signal in signals], [signal.environment for signal in signals])
    for signal in signals:
        if isinstance(signal, DeploymentSignal):
            _deployment(app, tx, source, signal)
        elif isinstance(signal, IncidentSignal):
            _incident(app, tx, source, signal)
    touched = put_alerts(tx, source, alerts)
    for group in groups_in(tx, source.id, touched):
        _group(app, tx, source, group, [one for one in alerts if one.title == group.title])


def _claim(tx: Transaction, services: Sequence[str], environments: Sequence[str]) -> None:
    """Put services and environments into the catalogue that nobody wrote down yet: they wait to be claimed."""
    for words, kind, make in ((services, "service", Service), (environments, "environment", Environment)):
        names = {name: word for word in words if (name := name_of(word))}
        known = known_ids(Reading(tx.connection, None), kind, list(names))  # type: ignore[arg-type]
        for name in sorted(names.keys() - known):
            tx.save(
                make(id=name, name=names[name][:500]), (Event(verb="created", detail="seen by a source"),)
            )


def _deployment(app: App, tx: Transaction, source: Source, signal: DeploymentSignal) -> None:
    known = tx.find_by_source("deployment", origin_of(source), signal.key)
    if known is None:
        fresh = deployment_of(source, signal, tx.next_id("deployment"), app.now())
        tx.save(fresh, (Event(verb="created", detail=f"by {source.id}"),))
        return
    stored = tx.get(Deployment, known)
    changed = move_deployment(stored, signal, app.now())
    if changed != stored:
        tx.save(changed, (Event(verb="revised", detail=f"by {source.id}"),), stored.revision)


def _incident(app: App, tx: Transaction, source: Source, signal: IncidentSignal) -> None:
    known = tx.find_by_source("incident", origin_of(source), signal.key)
    stored = tx.get(Incident, known) if known else None
    if stored is None or (signal.reopened and stored.status in {"resolved", "closed"}):
        fresh = incident_of(source, signal, tx.next_id("incident"), app.now())
        if stored is not None:
            _give_way(tx, stored)
            fresh = msgspec.structs.replace(fresh, related=(stored.id,))
        tx.save(fresh, (Event(verb="created", detail=f"by {source.id}", tell=_told(source)),))
        return
    if stored.status == "closed":
        return
    manual = last_mover(Reading(tx.connection, None), "incident", stored.id) not in {None, system().id}
    changed = move_incident(source, stored, signal, app.now(), manual=manual)
    if changed.status != stored.status:
        detail = f"{stored.status} to {changed.status}, by {source.id}"
        tx.save(changed, (Event(verb="moved", detail=detail),), stored.revision)
    elif changed != stored:
        tx.save(changed, (Event(verb="revised", detail=f"by {source.id}"),), stored.revision)


def _give_way(tx: Transaction, stored: Incident) -> None:
    """Let an incident that was reopened elsewhere keep its history under a key of its own."""
    moved = msgspec.structs.replace(stored, source_id=f"{stored.source_id}#{stored.id}"[:2_000])
    tx.save(
        moved, (Event(verb="revised", detail="reopened by its source as another incident"),), stored.revision
    )


def _group(app: App, tx: Transaction, source: Source, group: Group, signals: Sequence[AlertSignal]) -> None:
    """Open an incident for a group that calls for one, or write into the one it opened what happened since."""
    rest(tx, source.id, group.name, None if group.firing else group.ended_at or app.now())
    entries = [_entry(signal, source, app.now()) for signal in signals]
    stored = tx.get(Incident, group.incident) if group.incident else None
    if stored is not None and stored.status in {"resolved", "closed"}:
        tie(tx, source.id, group.name, None)
        stored = None
    if stored is not None:
        changed = with_entries(stored, entries)
        if changed != stored:
            tx.save(changed, (Event(verb="revised", detail=f"by {source.id}"),), stored.revision)
        return
    minutes = int((app.now() - group.began_at).total_seconds() // 60)
    if group.firing and opens(
        source.opens, severity=group.severity, alerts=group.firing, minutes=max(0, minutes)
    ):
        _open(
            tx,
            source,
            group,
            [entry for entry, signal in zip(entries, signals, strict=True) if signal.firing],
        )


def _entry(signal: AlertSignal, source: Source, now: datetime) -> TimelineEntry:
    at = signal.at if signal.firing else signal.ended_at
    words = f"{signal.title} {'fired' if signal.firing else 'ended'}"
    if signal.summary:
        words += f": {signal.summary}"
    return told(words, at or signal.at or now, source.title)


def _open(tx: Transaction, source: Source, group: Group, entries: Sequence[TimelineEntry]) -> None:
    name = tx.next_id("incident")
    fresh = Incident(
        id=name,
        title=f"{group.title}{f' on {group.services[0]}' if group.services else ''}"[:500],
        severity=group.severity or None,
        services=group.services,
        detection="monitoring",
        times=Times(started_at=group.began_at, detected_at=group.began_at),
        alerts=(group.title[:2_000],),
        team=source.team,
        source=origin_of(source),
        source_id=f"{group.name}@{name}",
        scope=source.scope,
    )
    event = Event(verb="created", detail=f"by {source.id}, {group.firing} alerts", tell=_told(source))
    tx.save(with_entries(fresh, entries), (event,))
    tie(tx, source.id, group.name, name)


def _told(source: Source) -> tuple[str, ...]:
    return (source.team,) if source.team else ()


def settle_quiet(app: App) -> int:
    """Resolve incidents whose alerts have all been quiet for as long as their source says; return how many.

    One whose status a person set is left to people: its timeline says that the alerts ended.
    """
    now, settled = app.now(), 0
    with app.store.begin(system(), now) as tx:
        for source_id, name, incident, since in quiet_groups(tx, now, _QUIET):
            source = tx.get(Source, source_id)
            if since + timedelta(minutes=source.quiet_minutes) > now:
                continue
            stored = tx.get(Incident, incident)
            over = with_entries(stored, [told("All its alerts have ended", since, source.title)])
            manual = last_mover(Reading(tx.connection, None), "incident", incident) not in {None, system().id}
            if not manual and "resolved" in later_than(stored.status):
                moved = advance(over, "resolved", since)
                detail = f"{stored.status} to resolved, by {source_id}"
                tx.save(moved, (Event(verb="moved", detail=detail, tell=_told(source)),), stored.revision)
            elif over != stored:
                tx.save(over, (Event(verb="revised", detail=f"by {source_id}"),), stored.revision)
            tie(tx, source_id, name, None)
            settled += 1
    return settled
