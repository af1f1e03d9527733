"""What sources say of deployments: the same from several sources is one."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.capture import deployment_of, move_deployment, origin_of
from hardwon.domain.deployment import Deployment
from hardwon.domain.event import Event
from hardwon.domain.risk import assess
from hardwon.domain.shipment import shipment_of
from hardwon.domain.signal import DeploymentSignal
from hardwon.domain.source import Source
from hardwon.storage.queries.risks import known_now
from hardwon.storage.reports import find_report, put_report, same_shipment
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App
from hardwon.usecases.capture.changes import with_merged
from hardwon.usecases.capture.gates import ask_of_promotion


def take_deployments(app: App, tx: Transaction, source: Source, signals: Sequence[DeploymentSignal]) -> None:
    """Take in what a source says of deployments, in the order in which it said it; each is saved once."""
    told: dict[str, list[DeploymentSignal]] = {}
    for signal in signals:
        told.setdefault(signal.key, []).append(signal)
    for key, said in told.items():
        _take(app, tx, source, key, said)


def _take(app: App, tx: Transaction, source: Source, key: str, said: Sequence[DeploymentSignal]) -> None:
    now, detail = app.now(), f"by {source.id}"
    known = _known(tx, source, key)
    if known is None:
        fresh = deployment_of(source, said[0], tx.next_id("deployment"), now)
        for signal in said[1:]:
            fresh = move_deployment(fresh, signal, now)
        fresh = with_merged(tx, fresh)
        known = _reported_elsewhere(tx, source, fresh)
        put_report(tx, source.id, "deployment", key, known or fresh.id)
        if known is None:
            saved = tx.save(_foretold(app, tx, fresh), (Event(verb="created", detail=detail),))
            ask_of_promotion(tx, source, saved)
            return
    stored = tx.get(Deployment, known)
    changed = stored
    for signal in said:
        changed = move_deployment(changed, signal, now)
    if changed.changes != stored.changes:
        changed = with_merged(tx, changed)
    if changed != stored:
        tx.save(changed, (Event(verb="revised", detail=detail),), stored.revision)


def _foretold(app: App, tx: Transaction, fresh: Deployment) -> Deployment:
    """Return a new deployment with its risk, by what everybody sees who sees it."""
    reading = Reading(tx.connection, (EVERYONE, fresh.scope))
    shipment = shipment_of(fresh, app.now().timestamp())
    risk = assess(shipment, known_now(reading, shipment, app.today(), app.settings.freezes))
    return msgspec.structs.replace(fresh, risk=risk)


def _known(tx: Transaction, source: Source, key: str) -> str | None:
    return find_report(tx, source.id, "deployment", key) or tx.find_by_source(
        "deployment", origin_of(source), key
    )


def _reported_elsewhere(tx: Transaction, source: Source, fresh: Deployment) -> str | None:
    at = fresh.finished_at or fresh.started_at
    place = fresh.service, fresh.environment, fresh.version
    return same_shipment(tx, source.id, place, at or tx.at)
