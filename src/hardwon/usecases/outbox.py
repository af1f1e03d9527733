"""The outbox: tell what happened to those who should know, here and in other systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.action import Action
from hardwon.domain.actor import system
from hardwon.domain.destination import Destination, wants
from hardwon.domain.incident import Incident
from hardwon.domain.lesson import Lesson
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.runbook import Runbook
from hardwon.exchange.cdevents_out import Happened, Told, build, named_in, topic_of
from hardwon.storage import outbox
from hardwon.storage.clock import from_ms
from hardwon.storage.dispatches import Dispatch, load_destinations, put_dispatches
from hardwon.storage.outbox import ToldEvent
from hardwon.storage.queries.records import get_records, get_revision
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App

_KINDS: Final[dict[str, type[Told]]] = {
    "incident": Incident,
    "postmortem": Postmortem,
    "lesson": Lesson,
    "runbook": Runbook,
    "action": Action,
}
_OLD: Final = "imported"
"""What an import brings happened long ago, and elsewhere."""


def deliver(app: App) -> int:
    """Tell every event that waits and return how many there were; for the worker."""
    told = 0
    while outbox.is_waiting(app.store):
        with app.store.begin(system(), app.now()) as tx:
            batch = outbox.tell(tx)
            _dispatch(tx, batch, app.settings.base_url.rstrip("/"))
        told += len(batch)
        if not batch:
            break
    return told


def _dispatch(tx: Transaction, batch: Sequence[ToldEvent], base: str) -> None:
    """Put what other systems want to know where it is sent from, in the same write."""
    receivers = [one for one in load_destinations(tx) if one.active] if batch else []
    if not receivers:
        return
    public = Reading(tx.connection, (EVERYONE,))
    given = [dispatch for told in batch for dispatch in _dispatches(public, told, receivers, base)]
    put_dispatches(tx, given)


def _dispatches(
    public: Reading, told: ToldEvent, receivers: Sequence[Destination], base: str
) -> list[Dispatch]:
    """Return what is sent of one event: nothing where not everyone may see the record, then and now."""
    kind, _, verb = told.event.topic.partition(".")
    if kind not in _KINDS or verb == _OLD:
        return []
    (name, *_), number = told.event.records, told.event.revision
    after = get_revision(public, _KINDS[kind], name, number)
    before = get_revision(public, _KINDS[kind], name, number - 1) if number > 1 else None
    topic = topic_of(before, after)
    record = get_records(public, [name]).get(name) if topic else None
    if topic is None or not isinstance(record, Told):
        return []
    wanted = [one for one in receivers if wants(one, topic, record.services)]
    if not wanted:
        return []
    seen = get_records(public, named_in(record))
    event = build(Happened(record, number, from_ms(told.at_ms), topic), base, seen)
    body = msgspec.json.encode(event)
    return [Dispatch(one.id, event.context.id, name, event.context.type, body) for one in wanted]
