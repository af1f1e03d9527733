"""How near harmless changes come to an alert: what the check's bar is measured by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, exists, select

from hardwon.domain.calibration import WINDOW
from hardwon.domain.deployment import Deployment
from hardwon.domain.record import decode
from hardwon.storage.store import Reading
from hardwon.storage.tables import check_margins, deployments, failures, links
from hardwon.storage.transaction import Transaction

_KEPT = 20 * WINDOW
_SCALE = 10_000
_HARMED = ("caused", "suspected")


class Measured(NamedTuple):
    """A change that harmed nothing: when it shipped, in milliseconds, whose it was, and its margin."""

    deployment: str
    at: int
    team: str
    margin: float


def list_margins(reading: Reading, team: str | None) -> tuple[float, ...]:
    """Return the margins of the latest changes of a team, or of everybody, the latest first, 500 at most."""
    table = check_margins.c
    query = select(table.margin).where(*_harmless(table.deployment))
    if team is not None:
        query = query.where(table.team == team)
    latest = query.order_by(table.at.desc(), table.deployment.desc()).limit(WINDOW)
    return tuple(margin / _SCALE for margin in reading.connection.scalars(latest))


def unmeasured(reading: Reading, limit: int) -> tuple[tuple[int, Deployment], ...]:
    """Return some of the 500 latest deployments that harmed nothing, as far as is known, and have no margin yet:
    when each shipped, in milliseconds, and the deployment.
    """
    table = deployments.c
    newest = (
        select(table.id, table.at, table.body)
        .where(table.outcome.in_(("succeeded", "unknown")))
        .order_by(table.at.desc(), table.id.desc())
        .limit(WINDOW)
        .subquery()
    )
    rows = newest.c
    query = select(rows.at, rows.body).where(
        ~exists().where(check_margins.c.deployment == rows.id), *_harmless(rows.id)
    )
    found = reading.connection.execute(query.order_by(rows.at.desc(), rows.id.desc()).limit(limit)).all()
    return tuple((row.at, decode("deployment", row.body)) for row in found)  # type: ignore[misc]


def _harmless(deployment: ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which nothing says that a deployment did harm."""
    return (
        ~exists().where(failures.c.deployment == deployment),
        ~exists().where(links.c.target == deployment, links.c.relation.in_(_HARMED)),
    )


def put_margins(tx: Transaction, found: Sequence[Measured]) -> None:
    """Keep what was measured, and let go what stands far behind."""
    table = check_margins.c
    fresh = import_module(f"sqlalchemy.dialects.{tx.connection.dialect.name}").insert(check_margins)
    rows = [one._asdict() | {"margin": math.ceil(one.margin * _SCALE)} for one in found]
    tx.connection.execute(fresh.on_conflict_do_nothing(index_elements=["deployment"]), rows)
    last = select(table.at).order_by(table.at.desc()).offset(_KEPT).limit(1).scalar_subquery()
    tx.connection.execute(delete(check_margins).where(table.at < last))
