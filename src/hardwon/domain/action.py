"""An action: a promise to change something."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.criterion import Criterion
from hardwon.domain.errors import RuleError
from hardwon.domain.moment import Moment
from hardwon.domain.reference import References
from hardwon.domain.text import Line, Name, Prose, Tag, Title, Url

ActionState = Literal["open", "in_progress", "blocked", "done", "verified", "ineffective", "cancelled"]
UNFINISHED: Final[tuple[ActionState, ...]] = ("open", "in_progress", "blocked")
TRANSITIONS: Final[dict[ActionState, tuple[ActionState, ...]]] = {
    "open": ("in_progress", "blocked", "done", "cancelled"),
    "in_progress": ("open", "blocked", "done", "cancelled"),
    "blocked": ("open", "in_progress", "cancelled"),
    "done": ("verified", "ineffective", "open"),
    "verified": ("open",),
    "ineffective": ("open", "cancelled"),
    "cancelled": ("open",),
}


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What will change. Done is not verified: only its criterion's evaluation makes it so."""

    id: Name
    title: Title
    kind: Literal["prevent", "detect", "mitigate", "repair"] = "prevent"
    side: Literal["technical", "process"] = "technical"
    state: ActionState = "open"
    owner: Name | None = None
    team: Name | None = None
    due_on: date | None = None
    criterion: Criterion | None = None
    outcome: Line = ""
    incident: Name | None = None
    lessons: tuple[Name, ...] = ()
    services: tuple[Name, ...] = ()
    tags: tuple[Tag, ...] = ()
    description: Prose = ""
    url: Url = ""
    references: References = ()
    written_at: Moment
    updated_at: Moment
    done_at: Moment | None = None
    source: Line = "typed"
    source_id: Line = ""
    scope: Line = EVERYONE
    revision: int = 1
    schema_version: int = 1


def days_overdue(action: Action, today: date) -> int:
    """Return by how many days an unfinished action is past its due date, 0 where it is not."""
    if action.state not in UNFINISHED or action.due_on is None:
        return 0
    return max(0, (today - action.due_on).days)


def move(action: Action, state: ActionState, at: datetime, *, outcome: str = "") -> Action:
    """Return the action in `state`.

    Raises RuleError where there is no such step, or where verified is asked without a criterion.
    """
    if state not in TRANSITIONS[action.state]:
        raise RuleError(
            f"{action.id} is {action.state} and cannot become {state}.",
            fix=f"From here it can become: {', '.join(TRANSITIONS[action.state])}.",
        )
    if state == "verified" and action.criterion is None:
        raise RuleError(
            f"{action.id} has no success criterion to verify.",
            fix="Give it one: a metric, a comparison and a window.",
        )
    return msgspec.structs.replace(
        action,
        state=state,
        updated_at=at,
        done_at=at if state == "done" else action.done_at,
        outcome=outcome or action.outcome,
    )
