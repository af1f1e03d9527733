"""The home page: what waits for the actor, what changed, what came back, what worked, what to reread."""

from __future__ import annotations

from datetime import date

import msgspec

from hardwon.domain.access import authorise, permissions_of, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.projection import project
from hardwon.domain.record import RecordKind
from hardwon.storage.queries.actions import ActionRow, list_actions
from hardwon.storage.queries.artifacts import ArtifactRow
from hardwon.storage.queries.home import (
    ChangeRow,
    Recurrence,
    broken_promise,
    overdue_reviews,
    recent_changes,
    reread,
    worked_lately,
)
from hardwon.storage.queries.incidents import IncidentRow, list_incidents
from hardwon.storage.queries.observations import count_noted
from hardwon.storage.queries.records import count_records
from hardwon.storage.queries.reviews import ReviewRow, list_reviews
from hardwon.usecases.app import App

MANY = 10_000
"""Records of a kind that are counted; of more it is only said that there are more."""
_QUEUE = 6
_CHANGES = 8


class HomePage(msgspec.Struct, frozen=True, kw_only=True):
    """What the home page shows. Everything may be empty. `observations` is how many wait for triage by
    this reader; `counts` ends with 10,001.
    """

    today: date
    debriefs: tuple[ReviewRow, ...]
    open_incidents: tuple[IncidentRow, ...]
    reviews: tuple[ArtifactRow, ...]
    actions: tuple[ActionRow, ...]
    observations: int
    changes: tuple[ChangeRow, ...]
    recurrence: Recurrence | None
    worked: ActionRow | None
    reread: ArtifactRow | None
    counts: dict[RecordKind, int]

    @property
    def waiting(self) -> int:
        """How many things wait."""
        lists = (self.debriefs, self.open_incidents, self.reviews, self.actions)
        return sum(map(len, lists)) + bool(self.observations)


def get_home(app: App, actor: Actor) -> HomePage:
    """Return the home page for the actor, over what they may see."""
    authorise(actor, "read")
    today = app.today()
    with app.store.read(scopes_of(actor)) as reading:
        counts = count_records(reading, MANY + 1)
        actions = list_actions(reading, unfinished=True, limit=_QUEUE, today=today).rows
        overdue = list_reviews(reading, overdue=True, limit=_QUEUE, today=today).rows
        page = HomePage(
            today=today,
            debriefs=tuple(row for row in overdue if row.overdue_days),
            open_incidents=list_incidents(reading, status="open", limit=5, today=today).rows
            + list_incidents(reading, status="acknowledged", limit=5, today=today).rows,
            reviews=overdue_reviews(reading, today, limit=_QUEUE),
            actions=actions,
            observations=count_noted(reading) if "write" in permissions_of(actor) else 0,
            changes=recent_changes(reading, app.now(), limit=_CHANGES),
            recurrence=broken_promise(reading, today),
            worked=worked_lately(reading, today),
            reread=reread(reading, today),
            counts=counts,
        )
    return project(page, actor)


def get_counts(app: App, actor: Actor) -> dict[RecordKind, int]:
    """Return how many records of each kind the actor may see; 10,001 stands for more than 10,000."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return count_records(reading, MANY + 1)
