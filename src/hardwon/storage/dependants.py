"""What hangs on an incident and is seen by whom the incident is seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import select

from hardwon.domain.action import Action
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.record import Record
from hardwon.domain.review import Review
from hardwon.storage.tables import actions, artifacts, links, reviews
from hardwon.storage.transaction import Transaction


def follow_scope(tx: Transaction, before: Incident, scope: str) -> None:
    """Give an incident's postmortem, actions and reviews its new scope, where they had its old one.

    Lessons, notes and runbooks stand alone and keep theirs.
    """
    if before.scope == scope:
        return
    for record in _dependants(tx, before.id):
        if record.scope == before.scope:
            changed = msgspec.structs.replace(record, scope=scope, updated_at=tx.at)
            event = Event(verb="revised", detail=f"{before.scope} to {scope}, as {before.id}")
            tx.save(changed, (event,), record.revision)


def _dependants(tx: Transaction, incident: str) -> Iterator[Any]:
    of_incident = select(links.c.source).where(links.c.target == incident, links.c.relation == "incident")
    written = artifacts.c.kind == "postmortem", artifacts.c.id.in_(of_incident)
    wanted: tuple[tuple[type[Record], Any], ...] = (
        (Postmortem, select(artifacts.c.id).where(*written)),
        (Action, select(actions.c.id).where(actions.c.incident == incident)),
        (Review, select(reviews.c.id).where(reviews.c.subject == incident)),
    )
    for kind, ids in wanted:
        yield from (tx.get(kind, name) for name in tx.connection.scalars(ids).all())
