"""A destination: a system that is told what happens here, and when a message to it is tried again."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.access import EVERYONE
from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Title

Topic = Literal[
    "incident.detected",
    "incident.resolved",
    "postmortem.published",
    "lesson.published",
    "runbook.published",
    "action.done",
    "action.verified",
]
DispatchState = Literal["waiting", "sent", "failed"]
Address = Annotated[str, Meta(max_length=2000, pattern=r"^https?://[^\s]+$")]
SCHEDULE: Final = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds before each try, counted from the one before."""
MOST_FAILURES: Final = 50
"""Failures in a row after which a destination is paused."""
_LONGEST: Final = 86_400
_SPREAD: Final = 0.1


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where events are sent. No `events` are all of them; with `services`, only what touches one of those.

    `paused` says why nothing is sent though it is active: too many tries failed, or the receiver is gone.
    """

    id: Name
    title: Title
    url: Address
    active: bool = True
    paused: Line = ""
    events: Annotated[tuple[Topic, ...], Meta(max_length=20)] = ()
    services: Annotated[tuple[Name, ...], Meta(max_length=100)] = ()
    team: Name | None = None
    written_at: Moment
    updated_at: Moment
    source: Line = "typed"
    source_id: Line = ""
    scope: Line = EVERYONE
    revision: int = 1
    schema_version: int = 1


def wants(destination: Destination, topic: Topic, services: tuple[str, ...]) -> bool:
    """Tell whether a destination is to be told of an event that touches these services.

    One that is paused is: what happens meanwhile waits for it.
    """
    if not destination.active:
        return False
    if destination.events and topic not in destination.events:
        return False
    return not destination.services or bool(set(destination.services) & set(services))


def wait_after(tried: int, asked: int, chance: float) -> int | None:
    """Return the milliseconds to wait after `tried` failures, None where none is left.

    `asked` are the seconds a receiver asked for, which only lengthen it, up to a day; `chance`, from 0 to 1,
    spreads what failed together by a tenth.
    """
    if tried >= len(SCHEDULE):
        return None
    seconds = SCHEDULE[tried] * (1 + _SPREAD * chance)
    return int(max(seconds, min(asked, _LONGEST)) * 1_000)
