"""Giving what was recorded under one name of a service to the service that is meant."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import delete, select, update

from hardwon.domain.catalog import Service
from hardwon.domain.event import Event
from hardwon.domain.record import TYPES
from hardwon.domain.text import kind_of
from hardwon.storage.alerts import report_key
from hardwon.storage.tables import alert_groups, alerts, labels, reported, services
from hardwon.storage.transaction import Transaction

MOST: Final = 2_000
"""Records that one write gives to another service."""


def move_service(tx: Transaction, stray: str, service: str) -> int | None:
    """Give the records and alerts of `stray` to `service`, and the names that meant it; return how many records
    moved, or None where there are more than 2,000: then none of them does.
    """
    for other in list(tx.connection.scalars(select(services.c.id).where(services.c.same_as == stray))):
        stored = tx.get(Service, other)
        changed = msgspec.structs.replace(stored, same_as=service)
        tx.save(changed, (Event(verb="revised", detail=f"another name of {service}"),), stored.revision)
    held = (labels.c.axis == "service") & (labels.c.value == stray)
    names = list(tx.connection.scalars(select(labels.c.record).where(held).limit(MOST + 1)))
    if len(names) > MOST:
        return None
    for name in names:
        stored_record: Any = tx.get(TYPES[kind_of(name)], name)  # type: ignore[index]
        moved = _renamed(stored_record, stray, service)
        tx.save(moved, (Event(verb="revised", detail=f"{stray} is {service}"),), stored_record.revision)
    _move_alerts(tx, stray, service)
    return len(names)


def _renamed(record: Any, stray: str, service: str) -> Any:
    """Return the record with the service that is meant in place of the other name."""
    said: dict[str, Any] = {}
    if getattr(record, "service", None) == stray:
        said["service"] = service
    if stray in getattr(record, "services", ()):
        said["services"] = _each_once(record.services, stray, service)
    if (applies := getattr(record, "applies", None)) is not None and stray in applies.services:
        said["applies"] = msgspec.structs.replace(
            applies, services=_each_once(applies.services, stray, service)
        )
    return msgspec.structs.replace(record, **said)


def _each_once(names: tuple[str, ...], stray: str, service: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(service if name == stray else name for name in names))


def _move_alerts(tx: Transaction, stray: str, service: str) -> None:
    """Rename the groups that alerts of the stray name form; one that the service has already takes them in."""
    a = alerts.c
    pairs = tx.connection.execute(select(a.source, a.grp).where(a.service == stray).distinct()).all()
    for source, old in pairs:
        new = f"{service}{old.removeprefix(stray)}"[:500]
        _move_group(tx, source, old, new)
        rows = update(alerts).where(a.source == source, a.grp == old)
        tx.connection.execute(rows.values(grp=new, service=service))


def _move_group(tx: Transaction, source: str, old: str, new: str) -> None:
    """Rename a group with what it reports, unless there is one of that name which has an incident of its own."""
    g, r = alert_groups.c, reported.c
    mine = g.source == source, g.grp == old
    taken = tx.connection.execute(select(g.incident).where(g.source == source, g.grp == new)).first()
    if taken is not None and taken.incident is not None:
        return
    if taken is not None:
        tx.connection.execute(delete(alert_groups).where(g.source == source, g.grp == new))
    tx.connection.execute(update(alert_groups).where(*mine).values(grp=new))
    report = r.source == source, r.kind == "incident"
    tx.connection.execute(delete(reported).where(*report, r.key == report_key(new)))
    tx.connection.execute(
        update(reported).where(*report, r.key == report_key(old)).values(key=report_key(new))
    )
