"""What is known of earlier changes when one ships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    bindparam,
    func,
    literal_column,
    select,
    true,
    union_all,
)

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
    at, traits = int(shipment.at * 1000), traits_of(shipment)
    asked: dict[str, Any] = {f"key{number}": trait.key for number, trait in enumerate(traits)}
    scoped = reading.scopes is not None
    if reading.scopes is not None:
        asked["scopes"] = list(reading.scopes)
    found: list[list[Any]] = [[] for _ in range(len(traits) + 1)]
    for number, name, shipped, failed in reading.connection.execute(
        _histories(len(traits), scoped=scoped), {**asked, "at": at}
    ):
        found[number].append((name, shipped, failed))
    by_trait: dict[Trait, Sequence[Past]] = {
        trait: _past(rows) for trait, rows in zip(traits, found, strict=False)
    }
    return Known(recent=_past(found[-1]), by_trait=by_trait)


@lru_cache(maxsize=64)
def _histories(traits: int, *, scoped: bool) -> CompoundSelect[Any]:
    """Return the question for the last changes with each of so many traits, and for the last of all, newest
    first: (number of the trait, id, when it shipped, when it was first said to have failed).

    It is one question, made once, for it is asked of every deployment that is reported.
    """
    table, rows = risk_traits.c, deployments.c
    last = bindparam("at", type_=BigInteger)
    parts = [
        select(
            literal_column(str(number)).label("number"),
            table.deployment,
            table.at,
            _seen(table.deployment, scoped=scoped),
        )
        .where(table.key == bindparam(f"key{number}"), table.at <= last, _shown(table.scope, scoped=scoped))
        .order_by(table.at.desc(), table.deployment.desc())
        .limit(WINDOW)
        for number in range(traits)
    ]
    recent = (
        select(literal_column(str(traits)).label("number"), rows.id, rows.at, _seen(rows.id, scoped=scoped))
        .where(rows.at <= last, rows.outcome != "planned", _shown(rows.scope, scoped=scoped))
        .order_by(rows.at.desc(), rows.id.desc())
        .limit(RECENT)
    )
    return union_all(*(select(part.subquery()) for part in (*parts, recent)))


def risk_of(reading: Reading, deployment: Deployment, at: datetime) -> Risk:
    """Return the risk of a stored deployment as its time knew it; `at` is when it ships or shipped."""
    shipment = shipment_of(deployment, at.timestamp())
    return assess(shipment, known_before(reading, shipment))


def _seen(deployment: ColumnElement[str], *, scoped: bool) -> ColumnElement[int]:
    """Return when a deployment was first said to have failed by a record this reader may see."""
    said = select(func.min(failures.c.at)).where(failures.c.deployment == deployment)
    return said.where(_shown(failures.c.scope, scoped=scoped)).scalar_subquery().label("failed")


def _shown(scope: ColumnElement[str], *, scoped: bool) -> ColumnElement[bool]:
    """Return the condition under which a reader of the scopes to be named sees a row of that scope."""
    return scope.in_(bindparam("scopes", expanding=True)) if scoped else true()


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
