"""Which record stands for what a source reports, so that several sources may report the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Final

from sqlalchemy import exists, func, select, update

from hardwon.domain.incident import Incident
from hardwon.domain.source import ReportedKind
from hardwon.storage.clock import to_ms
from hardwon.storage.tables import deployments, incidents, reported
from hardwon.storage.transaction import Transaction

_SAME_SHIPMENT: Final = timedelta(hours=2)
_SAME_TROUBLE: Final = timedelta(minutes=30)
_CANDIDATES: Final = 20
_OPEN: Final = ("open", "acknowledged", "mitigated")


def find_report(tx: Transaction, source: str, kind: ReportedKind, key: str) -> str | None:
    """Return the id of the record that stands for what a source reports under a key."""
    table = reported.c
    query = select(table.record).where(table.source == source, table.kind == kind, table.key == key)
    return tx.connection.scalar(query)


def put_report(tx: Transaction, source: str, kind: ReportedKind, key: str, record: str) -> None:
    """Note that a record stands for what a source reports under a key."""
    statement = import_module(f"sqlalchemy.dialects.{tx.connection.dialect.name}").insert(reported)
    row = {"source": source, "kind": kind, "key": key, "record": record, "over": 0}
    keys = ["source", "kind", "key"]
    tx.connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_={"record": record, "over": 0}), row
    )


def set_over(tx: Transaction, source: str, key: str, *, over: bool) -> None:
    """Note whether a source says that an incident of its own is over."""
    table = reported.c
    where = table.source == source, table.kind == "incident", table.key == key
    tx.connection.execute(update(reported).where(*where).values(over=int(over)))


def is_held_open(tx: Transaction, incident: str) -> bool:
    """Tell whether any source still reports the incident."""
    held = exists().where(reported.c.record == incident, reported.c.over == 0, reported.c.kind == "incident")
    return bool(tx.connection.scalar(select(held)))


def same_shipment(
    tx: Transaction, source: str, place: tuple[str | None, str | None, str], at: datetime
) -> str | None:
    """Return the deployment that another source reported of this service, environment and version at about
    that time, the nearest of several.
    """
    service, environment, version = place
    if not (service and environment and version):
        return None
    table, at_ms = deployments.c, to_ms(at)
    by_others = exists().where(reported.c.record == table.id, reported.c.source != source)
    by_this = exists().where(reported.c.record == table.id, reported.c.source == source)
    near = int(_SAME_SHIPMENT.total_seconds() * 1000)
    query = select(table.id).where(
        table.service == service,
        table.at.between(at_ms - near, at_ms + near),
        table.environment == environment,
        table.version == version,
        by_others,
        ~by_this,
    )
    return tx.connection.scalar(query.order_by(func.abs(table.at - at_ms), table.id).limit(1))


def open_elsewhere(tx: Transaction, source: str, at: datetime) -> Sequence[str]:
    """Return the incidents under way that another source reported at about that time, newest first."""
    table, at_ms = incidents.c, to_ms(at)
    by_others = exists().where(
        reported.c.record == table.id, reported.c.kind == "incident", reported.c.source != source
    )
    near = int(_SAME_TROUBLE.total_seconds() * 1000)
    query = select(table.id).where(
        table.status.in_(_OPEN), table.at.between(at_ms - near, at_ms + near), by_others
    )
    rows = tx.connection.scalars(query.order_by(table.at.desc(), table.id.desc()).limit(_CANDIDATES))
    return tuple(rows)


def follow(tx: Transaction, incident: str) -> Incident:
    """Return an incident, or the one it was merged into. Raises NotFoundError."""
    stored = tx.get(Incident, incident)
    while stored.merged_into:
        stored = tx.get(Incident, stored.merged_into)
    return stored
