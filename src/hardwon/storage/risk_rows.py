"""The rows the risk score counts, written and dropped with the records they are derived from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select

from hardwon.domain.deployment import Deployment
from hardwon.domain.incident import Incident
from hardwon.domain.record import Record
from hardwon.domain.risk_traits import Shipment, Trait, ties_of, traits_of
from hardwon.domain.shipment import failures_said_by, shipment_of
from hardwon.storage.clock import to_ms
from hardwon.storage.tables import failures, risk_traits

_BATCH: Final = 500


def clear_risk(connection: Connection, record_id: str) -> None:
    """Drop what a record says about risk, to write that of its next revision."""
    connection.execute(delete(risk_traits).where(risk_traits.c.deployment == record_id))
    connection.execute(delete(failures).where(failures.c.source == record_id))


def write_risk(connection: Connection, records: Sequence[Record], now: datetime) -> None:
    """Write the traits of deployments that shipped, and every failure that records say."""
    shipped = [r for r in records if isinstance(r, Deployment) and r.outcome != "planned"]
    rows = [row for deployment in shipped for row in _traits(deployment, now)]
    if rows:
        connection.execute(insert(risk_traits), rows)
    said = {
        (name, record.id): {
            "deployment": name,
            "source": record.id,
            "at": to_ms(at),
            "scope": record.scope,
        }
        for record in records
        if isinstance(record, Deployment | Incident)
        for name, at in failures_said_by(record, now)
    }
    for row in _taken_back(connection, shipped, now):
        said.setdefault((row["deployment"], row["source"]), row)
    if said:
        _replace(connection, list(said.values()))


def _traits(deployment: Deployment, now: datetime) -> Iterator[dict[str, Any]]:
    shipment = shipment_of(deployment, now.timestamp())
    at = to_ms(deployment.finished_at or deployment.started_at or now)
    for key in dict.fromkeys(trait.key for trait in (*traits_of(shipment), *ties_of(shipment))):
        yield {"key": key, "at": at, "deployment": deployment.id, "scope": deployment.scope}


def _taken_back(
    connection: Connection, shipped: Sequence[Deployment], now: datetime
) -> Iterator[dict[str, Any]]:
    """Yield the failures of deployments whose commits another one reverts, whichever came first."""
    shipments = [shipment_of(deployment, now.timestamp()) for deployment in shipped]
    names = {name for shipment in shipments for name in _commits(shipment)}
    keys = {Trait(kind, name).key: (kind, name) for name in names for kind in ("commit", "reverts")}
    sides: dict[tuple[str, str], list[Any]] = {}
    wanted = list(keys)
    for start in range(0, len(wanted), _BATCH):
        query = select(risk_traits).where(risk_traits.c.key.in_(wanted[start : start + _BATCH]))
        for row in connection.execute(query):
            sides.setdefault(keys[row.key], []).append(row)
    for name in names:
        for taken in sides.get(("commit", name), ()):
            for by in sides.get(("reverts", name), ()):
                if by.deployment != taken.deployment:
                    at = max(by.at, taken.at)
                    yield {
                        "deployment": taken.deployment,
                        "source": by.deployment,
                        "at": at,
                        "scope": by.scope,
                    }


def _commits(shipment: Shipment) -> tuple[str, ...]:
    return (*shipment.commits, *shipment.reverts)


def _replace(connection: Connection, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        connection.execute(
            delete(failures).where(
                failures.c.deployment == row["deployment"], failures.c.source == row["source"]
            )
        )
    connection.execute(insert(failures), rows)
