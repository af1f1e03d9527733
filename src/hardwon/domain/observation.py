"""An observation: something worth knowing that was no incident."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.action import Action
from hardwon.domain.errors import RuleError
from hardwon.domain.lesson import Lesson
from hardwon.domain.moment import Moment
from hardwon.domain.search import Signature
from hardwon.domain.text import Line, Name, Prose, Tag, Title, Url

ObservationKind = Literal["near_miss", "outside", "threat", "need"]
ObservationState = Literal["noted", "became", "dismissed"]


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """A near miss, an outside postmortem, a threat or a user's need.

    Triage makes it a lesson or an action (`became` names it) or dismisses it (`because` says why).
    """

    id: Name
    title: Title
    kind: ObservationKind = "near_miss"
    state: ObservationState = "noted"
    text: Prose = ""
    url: Url = ""
    services: tuple[Name, ...] = ()
    environments: tuple[Name, ...] = ()
    tags: tuple[Tag, ...] = ()
    author: Name | None = None
    team: Name | None = None
    became: Name | None = None
    because: Line = ""
    triaged_by: Name | None = None
    triaged_at: Moment | None = None
    written_at: Moment
    updated_at: Moment
    source: Line = "typed"
    source_id: Line = ""
    scope: Line = EVERYONE
    revision: int = 1
    schema_version: int = 1


def become(observation: Observation, record: str, by: str, at: datetime) -> Observation:
    """Return the observation triaged into a lesson or an action, `record`.

    Raises RuleError for one that is triaged.
    """
    _check_noted(observation)
    return msgspec.structs.replace(
        observation, state="became", became=record, triaged_by=by, triaged_at=at, updated_at=at
    )


def dismiss(observation: Observation, because: str, by: str, at: datetime) -> Observation:
    """Return the observation dismissed, with the reason. Raises RuleError without one, or for one that is
    triaged.
    """
    _check_noted(observation)
    if not because.strip():
        raise RuleError(
            f"{observation.id} is dismissed for a reason.", fix="Say in a line why nobody acts on it."
        )
    return msgspec.structs.replace(
        observation, state="dismissed", because=because.strip(), triaged_by=by, triaged_at=at, updated_at=at
    )


def reopen(observation: Observation, at: datetime) -> Observation:
    """Return a dismissed observation, noted again. Raises RuleError for any other: what it became stays."""
    if observation.state != "dismissed":
        raise RuleError(
            f"{observation.id} is {spoken_state(observation)}.", fix="Only a dismissed one is reopened."
        )
    return msgspec.structs.replace(
        observation, state="noted", because="", triaged_by=None, triaged_at=None, updated_at=at
    )


def spoken_state(observation: Observation) -> str:
    """Return where it stands, as people say it."""
    if observation.state == "became":
        return f"triaged: it became {observation.became}"
    return "dismissed" if observation.state == "dismissed" else "waiting for triage"


def lesson_from(observation: Observation, lesson: str, owner: str, at: datetime) -> Lesson:
    """Return the draft of the lesson it becomes: what was seen, and where it applies."""
    return Lesson(
        id=lesson,
        title=observation.title,
        body=_told(observation),
        services=observation.services,
        environments=observation.environments,
        applies=Signature(services=observation.services, environments=observation.environments),
        tags=observation.tags,
        owner=owner,
        team=observation.team,
        written_at=at,
        updated_at=at,
        source="observation",
        source_id=observation.id,
        scope=observation.scope,
    )


def action_from(observation: Observation, action: str, owner: str, at: datetime) -> Action:
    """Return the action it becomes, open."""
    return Action(
        id=action,
        title=observation.title,
        description=_told(observation),
        services=observation.services,
        tags=observation.tags,
        url=observation.url,
        owner=owner,
        team=observation.team,
        written_at=at,
        updated_at=at,
        source="observation",
        source_id=observation.id,
        scope=observation.scope,
    )


def _told(observation: Observation) -> str:
    """Return what was seen, and where it was read."""
    return "\n\n".join(part for part in (observation.text.strip(), observation.url) if part)


def _check_noted(observation: Observation) -> None:
    if observation.state != "noted":
        raise RuleError(
            f"{observation.id} is {spoken_state(observation)}.",
            fix="Reopen it first." if observation.state == "dismissed" else "Go on there.",
        )
