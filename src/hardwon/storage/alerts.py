"""Alerts as they fire and end, and the groups they form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, NamedTuple

from sqlalchemy import case, func, select, update

from hardwon.domain.capture import name_of
from hardwon.domain.signal import AlertSignal
from hardwon.domain.source import Source, severity_of
from hardwon.storage.clock import from_ms, to_ms
from hardwon.storage.store import Reading
from hardwon.storage.tables import alert_groups, alerts
from hardwon.storage.transaction import Transaction


class Group(NamedTuple):
    """A group of alerts: how many fire, the gravest severity among them (0: not known), since when, the services,
    the incident it opened, when the last of it ended, and whether nothing of it fired before.
    """

    name: str
    title: str
    firing: int
    severity: int
    began_at: datetime
    services: tuple[str, ...]
    incident: str | None
    ended_at: datetime | None
    was_quiet: bool


class QuietGroup(NamedTuple):
    """A group in which nothing fires any more: the incident it opened, and since when it is quiet."""

    source: str
    name: str
    incident: str
    since: datetime


def group_of(signal: AlertSignal) -> str:
    """Return the group that an alert belongs to: one service's alerts of one name."""
    return f"{name_of(signal.service) or '-'}/{signal.title}"[:500]


def report_key(group: str) -> str:
    """Return the key under which a source reports the incident of a group."""
    return f"group {group}"


def put_alerts(tx: Transaction, source: Source, signals: Sequence[AlertSignal]) -> None:
    """Keep the newest word on each alert; an older one changes nothing."""
    rows: dict[str, dict[str, Any]] = {}
    for signal in signals:
        row = _row(source, signal, tx.at)
        if signal.key not in rows or rows[signal.key]["seen_at_ms"] <= row["seen_at_ms"]:
            rows[signal.key] = row
    if rows:
        statement = import_module(f"sqlalchemy.dialects.{tx.connection.dialect.name}").insert(alerts)
        told, held = statement.excluded, alerts.c
        newer = told.seen_at_ms >= held.seen_at_ms
        changed = {
            name: case((newer, told[name]), else_=held[name])
            for name in (
                "grp",
                "title",
                "service",
                "severity",
                "said",
                "firing",
                "seen_at_ms",
                "ended_at_ms",
                "url",
            )
        }
        changed["began_at_ms"] = case((newer & (held.firing == 0), told.began_at_ms), else_=held.began_at_ms)
        keys = ["source", "key"]
        tx.connection.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows.values())
        )


def _row(source: Source, signal: AlertSignal, now: datetime) -> dict[str, Any]:
    seen = signal.ended_at if not signal.firing and signal.ended_at else signal.at or now
    return {
        "source": source.id,
        "key": signal.key,
        "grp": group_of(signal),
        "title": signal.title,
        "service": name_of(signal.service),
        "severity": severity_of(source, signal.severity),
        "said": signal.severity,
        "firing": int(signal.firing),
        "began_at_ms": to_ms(signal.at or now),
        "seen_at_ms": to_ms(seen),
        "ended_at_ms": None if signal.firing else to_ms(signal.ended_at or now),
        "url": signal.url,
    }


def groups_in(tx: Transaction, source: str, names: Sequence[str]) -> list[Group]:
    """Return how these groups stand now; one that never was before begins."""
    if not names:
        return []
    statement = import_module(f"sqlalchemy.dialects.{tx.connection.dialect.name}").insert(alert_groups)
    begun = [{"source": source, "grp": name, "began_at_ms": to_ms(tx.at)} for name in names]
    tx.connection.execute(statement.on_conflict_do_nothing(index_elements=["source", "grp"]), begun)
    a, g = alerts.c, alert_groups.c
    query = (
        select(
            g.grp,
            func.max(a.title).label("title"),
            func.sum(a.firing).label("firing"),
            func.min(case((a.firing == 1, a.severity))).label("severity"),
            func.coalesce(func.min(case((a.firing == 1, a.began_at_ms))), func.min(a.ended_at_ms)).label(
                "began"
            ),
            func.max(a.ended_at_ms).label("ended"),
            func.max(a.service).label("service"),
            g.incident,
            g.quiet_since_ms,
        )
        .join(alerts, (a.source == g.source) & (a.grp == g.grp))
        .where(g.source == source, g.grp.in_(list(names)))
        .group_by(g.grp, g.incident, g.quiet_since_ms)
        .order_by(g.grp)
    )
    return [_group(row) for row in tx.connection.execute(query)]


def _group(row: Any) -> Group:
    return Group(
        name=row.grp,
        title=row.title,
        firing=int(row.firing or 0),
        severity=int(row.severity or 0),
        began_at=from_ms(row.began),
        services=(row.service,) if row.service else (),
        incident=row.incident,
        ended_at=from_ms(row.ended) if row.ended else None,
        was_quiet=row.quiet_since_ms is not None,
    )


def tie(tx: Transaction, source: str, group: str, incident: str | None) -> None:
    """Tie a group to the incident it opened, or to none any more."""
    where = alert_groups.c.source == source, alert_groups.c.grp == group
    tx.connection.execute(update(alert_groups).where(*where).values(incident=incident))


def rest(tx: Transaction, source: str, group: str, since: datetime | None) -> None:
    """Note since when nothing of a group fires, or that something does."""
    where = alert_groups.c.source == source, alert_groups.c.grp == group
    since_ms = None if since is None else to_ms(since)
    tx.connection.execute(update(alert_groups).where(*where).values(quiet_since_ms=since_ms))


def unopened(reading: Reading, source: str, limit: int) -> list[str]:
    """Return groups of a source in which something fires that is no incident, those that fire longest first."""
    g = alert_groups.c
    query = select(g.grp).where(g.source == source, g.incident.is_(None), g.quiet_since_ms.is_(None))
    return list(reading.connection.scalars(query.order_by(g.began_at_ms, g.grp).limit(limit)))


def quiet_groups(
    reading: Reading, now: datetime, patience: Mapping[str, timedelta], limit: int
) -> list[QuietGroup]:
    """Return groups with an incident in which nothing fires for as long as their source's patience, none where it
    names none: whom nobody waits for any more is not held up by those who have to.
    """
    g = alert_groups.c
    waits = [(g.source == name, int(long.total_seconds() * 1000)) for name, long in patience.items() if long]
    wait = case(*waits, else_=0) if waits else 0
    query = select(g.source, g.grp, g.incident, g.quiet_since_ms).where(
        g.quiet_since_ms + wait <= to_ms(now), g.incident.is_not(None)
    )
    rows = reading.connection.execute(query.order_by(g.quiet_since_ms).limit(limit))
    return [QuietGroup(row.source, row.grp, row.incident, from_ms(row.quiet_since_ms)) for row in rows]
