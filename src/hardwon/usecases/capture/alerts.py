"""Alerts: they form groups, a group becomes an incident where its source's rule says so, and ends when it is quiet."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from hardwon.domain.actor import system
from hardwon.domain.capture import entry_of, joined, origin_of, told, with_entries
from hardwon.domain.errors import InputError
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident, Times, advance, later_than
from hardwon.domain.signal import AlertSignal
from hardwon.domain.source import Source
from hardwon.domain.timeline import TimelineEntry
from hardwon.rules.opening import asks_for_time, opens
from hardwon.storage.alerts import (
    Group,
    QuietGroup,
    group_of,
    groups_in,
    put_alerts,
    quiet_groups,
    report_key,
    rest,
    tie,
    unopened,
)
from hardwon.storage.reports import follow, is_held_open, put_report, set_over
from hardwon.storage.sources import active_sources
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App
from hardwon.usecases.capture.incidents import find_same, is_manual, told_of

_MOST: Final = 100
_ENDED: Final = frozenset({"resolved", "closed"})


def take_alerts(app: App, tx: Transaction, source: Source, signals: Sequence[AlertSignal]) -> None:
    """Take in what a source says of alerts; each group they touch is looked at once."""
    told_in: dict[str, list[AlertSignal]] = {}
    for signal in signals:
        told_in.setdefault(group_of(signal), []).append(signal)
    put_alerts(tx, source, signals)
    for group in groups_in(tx, source.id, list(told_in)):
        _take_group(app, tx, source, group, told_in[group.name])


def _take_group(
    app: App, tx: Transaction, source: Source, group: Group, signals: Sequence[AlertSignal]
) -> None:
    """Open an incident for a group that calls for one, or write into the one it opened what happened since."""
    rest(tx, source.id, group.name, None if group.firing else group.ended_at or app.now())
    stored = follow(tx, group.incident) if group.incident else None
    if stored is not None and stored.status in _ENDED:
        if not group.was_quiet:
            return  # somebody ended it while it fires: it opens anew when it has been quiet in between
        _untie(tx, source, group.name)
        stored = None
    if stored is None:
        fired = [entry_of(signal, source, app.now()) for signal in signals if signal.firing]
        _open_if_due(app, tx, source, group, fired)
        return
    changed = with_entries(stored, [entry_of(signal, source, app.now()) for signal in signals])
    if changed != stored:
        tx.save(changed, (Event(verb="revised", detail=f"by {source.id}"),), stored.revision)


def _open_if_due(
    app: App, tx: Transaction, source: Source, group: Group, entries: Sequence[TimelineEntry]
) -> None:
    minutes = max(0, int((app.now() - group.began_at).total_seconds() // 60))
    if not group.firing or not opens(
        source.opens, severity=group.severity, alerts=group.firing, minutes=minutes
    ):
        return
    service = group.services[0] if group.services else None
    same = find_same(tx, source, group.title, service, group.began_at)
    if same is None:
        name = _open(tx, source, group, entries)
    else:
        name = same.id
        changed = with_entries(joined(same, source, group.title, group.began_at), entries)
        if changed != same:
            tx.save(changed, (Event(verb="revised", detail=f"by {source.id}"),), same.revision)
    tie(tx, source.id, group.name, name)
    put_report(tx, source.id, "incident", report_key(group.name), name)


def _open(tx: Transaction, source: Source, group: Group, entries: Sequence[TimelineEntry]) -> str:
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
        source_id=f"alerts@{name}",
        scope=source.scope,
    )
    event = Event(verb="created", detail=f"by {source.id}, {group.firing} alerts", tell=told_of(source))
    tx.save(with_entries(fresh, entries), (event,))
    return name


def _untie(tx: Transaction, source: Source, group: str) -> None:
    tie(tx, source.id, group, None)
    set_over(tx, source.id, report_key(group), over=True)


def settle(app: App) -> int:
    """End what has been quiet for as long as its source says, and open what has fired for as long as it says; return
    how many groups were looked at. An incident whose status a person set is left to people: its timeline says it.
    """
    now = app.now()
    with app.store.read(None) as reading:
        known = {source.id: source for source in active_sources(reading)}
        patience = {name: timedelta(minutes=source.quiet_minutes) for name, source in known.items()}
        quiet = quiet_groups(reading, now, patience, _MOST)
        timed = {
            name: unopened(reading, name, _MOST)
            for name, source in known.items()
            if asks_for_time(source.opens)
        }
    for one in quiet:
        with app.store.begin(system(), now) as tx:
            _end(tx, tx.get(Source, one.source), one)
    for name, groups in timed.items():
        if not groups:
            continue
        with app.store.begin(system(), now) as tx, suppress(InputError):
            for group in groups_in(tx, name, groups):
                _open_if_due(app, tx, known[name], group, ())
    return len(quiet) + sum(len(groups) for groups in timed.values())


def _end(tx: Transaction, source: Source, group: QuietGroup) -> None:
    if not any(one.firing == 0 and one.incident for one in groups_in(tx, source.id, [group.name])):
        return
    stored = follow(tx, group.incident)
    _untie(tx, source, group.name)
    over = with_entries(stored, [told("All its alerts have ended", group.since, source.title)])
    held = is_held_open(tx, stored.id) or is_manual(tx, stored.id)
    if not held and "resolved" in later_than(stored.status):
        moved = advance(over, "resolved", group.since)
        detail = f"{stored.status} to resolved, by {source.id}"
        tx.save(moved, (Event(verb="moved", detail=detail, tell=told_of(source)),), stored.revision)
    elif over != stored and stored.status != "closed":
        tx.save(over, (Event(verb="revised", detail=f"by {source.id}"),), stored.revision)
