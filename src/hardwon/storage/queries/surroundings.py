"""What stands around an incident, as the minimum standard asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from hardwon.domain.action import UNFINISHED
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.record import decode
from hardwon.domain.standard import Surroundings
from hardwon.storage.queries.actions import actions_of
from hardwon.storage.queries.artifacts import artifacts_of
from hardwon.storage.store import Reading
from hardwon.storage.tables import artifacts, links, reviews

_CHUNK: Final = 500
_UPWARDS: Final = ("artifact", "incident", "subject", "merged")


def surroundings_to_hold(reading: Reading, records: Sequence[str]) -> set[str]:
    """Return all that these records are part of: threads lead to artifacts, these, actions and reviews to incidents,
    and incidents to those they were merged into or took in.
    """
    found, fresh = set(records), set(records)
    while fresh:
        reached: set[str] = set()
        ordered = sorted(fresh)
        for start in range(0, len(ordered), _CHUNK):
            chunk = ordered[start : start + _CHUNK]
            up = select(links.c.target).where(links.c.source.in_(chunk), links.c.relation.in_(_UPWARDS))
            into = select(links.c.source).where(links.c.target.in_(chunk), links.c.relation == "merged")
            reached.update(reading.connection.scalars(up), reading.connection.scalars(into))
        fresh = reached - found
        found |= fresh
    return found


def surroundings_of(reading: Reading, incident: str, today: date) -> tuple[Postmortem | None, Surroundings]:
    """Return an incident's postmortem, and counts of its actions and lessons."""
    rows = artifacts_of(reading, incident)
    actions = actions_of(reading, incidents=[incident], today=today)
    open_ones = [action for action in actions if action.state in UNFINISHED]
    written = next((row.id for row in rows if row.kind == "postmortem"), None)
    body = reading.connection.scalar(select(artifacts.c.body).where(artifacts.c.id == written))
    postmortem = decode("postmortem", body) if body else None
    held = reading.connection.scalars(
        select(reviews.c.body).where(reviews.c.subject == incident, reviews.c.state.in_(("held", "closed")))
    )
    debriefs: list[Any] = [decode("review", row) for row in held]
    return (
        postmortem if isinstance(postmortem, Postmortem) else None,
        Surroundings(
            actions=len(actions),
            without_owner=sum(not (a.owner or a.team) or a.due_on is None for a in open_ones),
            without_criterion=sum(not a.criterion for a in open_ones),
            lessons=sum(row.kind == "lesson" for row in rows),
            reviewed=bool(debriefs),
            signed=frozenset(s.perspective for debrief in debriefs for s in debrief.seats if s.verdict),
        ),
    )
