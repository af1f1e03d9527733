"""Reading deliveries: oldest first, many in one write, and what cannot be read says why and stays."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from hardwon.domain.actor import system
from hardwon.domain.capture import name_of
from hardwon.domain.catalog import Criticality, Environment, Service
from hardwon.domain.errors import HardwonError, InputError, RevisionConflictError, UnavailableError
from hardwon.domain.event import Event
from hardwon.domain.resource import resource_of
from hardwon.domain.signal import (
    AlertSignal,
    ChangeSignal,
    DeploymentSignal,
    GateSignal,
    IncidentSignal,
    Placed,
    Signal,
    TicketSignal,
)
from hardwon.domain.source import Source
from hardwon.exchange.webhooks.source import Reported, read_delivery
from hardwon.rules.mapping import mapper_of
from hardwon.storage.deliveries import WaitingDelivery, is_waiting, settle_delivery, waiting
from hardwon.storage.queries.records import known_ids
from hardwon.storage.queries.services import meant_by
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App
from hardwon.usecases.capture.alerts import take_alerts
from hardwon.usecases.capture.changes import take_changes, take_tickets
from hardwon.usecases.capture.deployments import take_deployments
from hardwon.usecases.capture.gates import take_gates
from hardwon.usecases.capture.incidents import take_incident

LOG: Final = logging.getLogger("hardwon.capture")
_FIRST, _MOST = 4, 200
"""Deliveries read in the first write, and in any at most."""
_WRITE: Final = 0.01
"""Seconds that one write should take, so that whoever delivers meanwhile hardly waits."""
_SECONDS: Final = 1.0
_GIVE_WAY: Final = 6
"""While deliveries come, reading them rests six times as long as it works."""


class _Read(NamedTuple):
    delivery: WaitingDelivery
    reported: Reported | None
    why: str = ""


def digest(app: App, *, seconds: float = _SECONDS) -> bool:
    """Read what was delivered for so long; tell whether more is waiting."""
    with app.store.read(None) as reading:
        if not is_waiting(reading):
            return False
    began, most = time.monotonic(), _FIRST
    until = began + seconds
    while True:
        if _round(app, most) < most:
            return False
        spent = time.monotonic() - began
        if time.monotonic() >= until:
            return True
        most = min(_MOST, most * 2) if spent < _WRITE else max(1, most // 2)
        if app.intake.is_busy:
            time.sleep(spent * _GIVE_WAY)
        began = time.monotonic()


def _round(app: App, most: int) -> int:
    """Read the oldest deliveries in one write; where that fails, each in its own. Return how many there were."""
    try:
        return _together(app, most)
    except (UnavailableError, RevisionConflictError):
        raise
    except Exception:  # noqa: BLE001  (which one of them it was shows when each is read alone)
        return _one_by_one(app, most)


def _together(app: App, most: int, tried: list[int] | None = None) -> int:
    """Read the oldest deliveries in one write, and note which were tried; return how many there were."""
    with app.store.begin(system(), app.now()) as tx:
        given = waiting(tx, most)
        if tried is not None:
            tried += [delivery.id for delivery in given]
        found = [_read(tx, delivery) for delivery in given]
        for name in dict.fromkeys(one.delivery.source for one in found):
            mine = [one for one in found if one.delivery.source == name]
            signals = [signal for one in mine if one.reported for signal in one.reported.signals]
            _apply(app, tx, tx.get(Source, name), signals)
        for one in found:
            _settle(tx, one)
    return len(found)


def _one_by_one(app: App, most: int) -> int:
    for number in range(most):
        tried: list[int] = []
        try:
            if not _together(app, 1, tried):
                return number
        except (UnavailableError, RevisionConflictError):
            raise
        except Exception as error:
            if not isinstance(error, HardwonError):
                LOG.exception("a delivery was read and could not be kept")
            why = f"{error.message} {error.fix}" if isinstance(error, HardwonError) else "See the log."
            with app.store.begin(system(), app.now()) as tx:
                for delivery in waiting(tx, 1):
                    if delivery.id in tried:  # another process may have dealt with it in between
                        settle_delivery(tx, delivery.id, "failed", reason=why)
    return most


def _read(tx: Transaction, delivery: WaitingDelivery) -> _Read:
    source = tx.get(Source, delivery.source)
    try:
        mapper = mapper_of(source.mapping) if source.mapping else None
        return _Read(delivery, read_delivery(source.kind, delivery.headers, delivery.body, mapper))
    except InputError as error:
        return _Read(delivery, None, f"{error.message} {error.fix}")


def _settle(tx: Transaction, one: _Read) -> None:
    if one.reported is None:
        settle_delivery(tx, one.delivery.id, "failed", reason=one.why)
        return
    event, signals = one.reported
    settle_delivery(tx, one.delivery.id, "done" if signals else "unused", event=event, signals=len(signals))


def _apply(app: App, tx: Transaction, source: Source, signals: Sequence[Signal]) -> None:
    placed = _meant(tx, [one for one in signals if isinstance(one, Placed)])
    _claim(tx, source, "service", [signal.service for signal in placed], _criticalities(placed))
    _claim(tx, source, "environment", [signal.environment for signal in placed])
    take_changes(tx, source, [one for one in signals if isinstance(one, ChangeSignal)])
    take_deployments(app, tx, source, [one for one in placed if isinstance(one, DeploymentSignal)])
    for signal in placed:
        if isinstance(signal, IncidentSignal):
            take_incident(app, tx, source, signal)
    take_alerts(app, tx, source, [one for one in placed if isinstance(one, AlertSignal)])
    take_tickets(tx, source, [one for one in signals if isinstance(one, TicketSignal)])
    take_gates(tx, source, [one for one in signals if isinstance(one, GateSignal)])


def _meant(tx: Transaction, signals: Sequence[Placed]) -> Sequence[Placed]:
    """Return the signals with the service that is meant where they use another name of it."""
    names = {name for signal in signals if (name := name_of(signal.service))}
    meant = meant_by(Reading(tx.connection, None), sorted(names))
    if not meant:
        return signals
    return [
        msgspec.structs.replace(signal, service=meant[name]) if name in meant else signal
        for signal, name in ((signal, name_of(signal.service) or "") for signal in signals)
    ]


def _criticalities(signals: Sequence[Placed]) -> dict[str, Criticality]:
    """Return how critical each service is, as far as labels say it."""
    labelled = [one for one in signals if isinstance(one, AlertSignal)]
    said = ((name_of(one.service), resource_of(one.labels).criticality) for one in labelled)
    return {name: criticality for name, criticality in said if name and criticality}


def _claim(
    tx: Transaction,
    source: Source,
    kind: Literal["service", "environment"],
    words: Sequence[str],
    criticality: Mapping[str, Criticality] = {},
) -> None:
    """Put services and environments into the catalogue that nobody wrote down yet: they wait to be claimed."""
    names = {name: word for word in words if (name := name_of(word))}
    known = known_ids(Reading(tx.connection, None), kind, list(names))
    for name in sorted(names.keys() - known):
        title, event = names[name][:500], Event(verb="created", detail=f"seen by {source.id}")
        if kind == "environment":
            tx.save(Environment(id=name, name=title), (event,))
        else:
            fresh = Service(
                id=name,
                name=title,
                criticality=criticality.get(name),
                seen_by=source.id,
                seen_at=tx.at,
            )
            tx.save(fresh, (event,))
