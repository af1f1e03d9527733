"""What sources say of changes and tickets: a merge meets the deployment that carries it, a ticket its action."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.action import Action
from hardwon.domain.capture import change_of, with_changes, with_ticket
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import NotFoundError
from hardwon.domain.event import Event
from hardwon.domain.signal import ChangeSignal, TicketSignal
from hardwon.domain.source import Source
from hardwon.storage.merges import carriers, merged, put_merge
from hardwon.storage.transaction import Transaction


def take_changes(tx: Transaction, source: Source, signals: Sequence[ChangeSignal]) -> None:
    """Keep what was merged, and give it to the deployments that carry it already."""
    for signal in signals:
        change = change_of(signal)
        put_merge(tx, source, change)
        for name in carriers(tx, change.commit):
            stored = tx.get(Deployment, name)
            filled = with_changes(stored, {change.commit: change})
            if filled != stored and stored.scope == source.scope:
                tx.save(filled, (Event(verb="revised", detail=f"by {source.id}"),), stored.revision)


def with_merged(tx: Transaction, deployment: Deployment) -> Deployment:
    """Return a deployment with what is known of the commits that it carries."""
    commits = [change.commit for change in deployment.changes]
    return with_changes(deployment, merged(tx, commits, deployment.scope))


def take_tickets(tx: Transaction, source: Source, signals: Sequence[TicketSignal]) -> None:
    """Link each action that a ticket names to the ticket, and say how that stands; the action itself stays as it is."""
    for signal in signals:
        for name in signal.actions:
            try:
                stored = tx.get(Action, name)
            except NotFoundError:
                continue
            linked = with_ticket(stored, signal)
            if linked == stored or stored.scope not in {EVERYONE, source.scope}:
                continue
            event = Event(verb="revised", detail=f"by {source.id}: {signal.key} is {signal.state}"[:500])
            tx.save(msgspec.structs.replace(linked, updated_at=tx.at), (event,), stored.revision)
