"""What is known of earlier changes when one ships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, select

from hardwon.domain.deployment import Deployment
from hardwon.domain.freeze import freeze_of
from hardwon.domain.risk import Risk, assess
from hardwon.domain.risk_features import RECENT, WINDOW, Known, Past
from hardwon.domain.risk_traits import Shipment, Trait, traits_of
from hardwon.domain.runbook import is_proven
from hardwon.domain.shipment import shipment_of
from hardwon.storage.queries.artifacts import runbooks_for
from hardwon.storage.store import Reading
from hardwon.storage.tables import UNFINISHED, actions, deployments, failures, incidents, labels, risk_traits

_OPEN = ("open", "acknowledged", "mitigated")
_MOST = 20


def known_before(reading: Reading, shipment: Shipment) -> Known:
    """Return the earlier changes that this reader may see, by trait; indexed reads of bounded length."""
    at = int(shipment.at * 1000)
    rows = deployments
    query = (
        select(rows.c.id, rows.c.at, _seen(reading, rows.c.id))
        .where(rows.c.at <= at, rows.c.outcome != "planned", reading.visible(rows.c.scope))
        .order_by(rows.c.at.desc(), rows.c.id.desc())
        .limit(RECENT)
    )
    recent = _past(reading.connection.execute(query).all())
    table = risk_traits
    history = (
        select(table.c.deployment, table.c.at, _seen(reading, table.c.deployment))
        .where(table.c.key == bindparam("key"), table.c.at <= at, reading.visible(table.c.scope))
        .order_by(table.c.at.desc(), table.c.deployment.desc())
        .limit(WINDOW)
    )
    by_trait: dict[Trait, Sequence[Past]] = {
        trait: _past(reading.connection.execute(history, {"key": trait.key}).all())
        for trait in traits_of(shipment)
    }
    return Known(recent=recent, by_trait=by_trait)


def risk_of(reading: Reading, deployment: Deployment, at: datetime) -> Risk:
    """Return the risk of a stored deployment as its time knew it; `at` is when it ships or shipped."""
    shipment = shipment_of(deployment, at.timestamp())
    return assess(shipment, known_before(reading, shipment))


def _seen(reading: Reading, deployment: ColumnElement[str]) -> ColumnElement[int]:
    """Return when a deployment was first said to have failed by a record this reader may see."""
    return (
        select(func.min(failures.c.at))
        .where(failures.c.deployment == deployment, reading.visible(failures.c.scope))
        .scalar_subquery()
    )


def _past(rows: Sequence[Any]) -> list[Past]:
    return [Past(name, at / 1000, None if seen is None else seen / 1000) for name, at, seen in reversed(rows)]


def known_now(reading: Reading, shipment: Shipment, today: date, freezes: str) -> Known:
    """Return what is known before a change that ships today: its history, what is still open on its
    service, and the freeze the day lies in.
    """
    known = known_before(reading, shipment)
    known = msgspec.structs.replace(known, frozen=freeze_of(freezes, today))
    if not shipment.service:
        return known
    runbooks = runbooks_for(reading, services=(shipment.service,), lessons=())
    return msgspec.structs.replace(
        known,
        actions=_promised(reading, shipment.service),
        incidents=_burning(reading, shipment.service),
        runbooks=tuple(row.id for row in runbooks if not is_proven(row.proven_on, today)),
    )


def _promised(reading: Reading, service: str) -> tuple[str, ...]:
    query = (
        select(actions.c.id)
        .join(labels, labels.c.record == actions.c.id)
        .where(labels.c.axis == "service", labels.c.value == service)
        .where(UNFINISHED, reading.visible(actions.c.scope))
        .order_by(actions.c.due_on, actions.c.id)
    )
    return tuple(reading.connection.scalars(query.limit(_MOST)))


def _burning(reading: Reading, service: str) -> tuple[str, ...]:
    query = (
        select(incidents.c.id)
        .join(labels, labels.c.record == incidents.c.id)
        .where(labels.c.axis == "service", labels.c.value == service)
        .where(incidents.c.status.in_(_OPEN), reading.visible(incidents.c.scope))
        .order_by(incidents.c.at.desc(), incidents.c.id)
    )
    return tuple(reading.connection.scalars(query.limit(_MOST)))
