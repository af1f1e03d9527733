"""A review: the debrief of an incident or a deployment, and what was decided in it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.access import EVERYONE
from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Prose, Title

ReviewKind = Literal["incident", "launch", "rollback", "near_miss", "success"]
ReviewState = Literal["planned", "held", "closed", "cancelled"]
Perspective = Literal["product", "security", "reliability", "data", "support"]
Minutes = Annotated[int, Meta(ge=1, le=480)]


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """Whose view is asked: a perspective, who brings it, and how they signed (None: not yet)."""

    perspective: Perspective
    person: Name | None = None
    verdict: Literal["agrees", "dissents"] | None = None
    note: Line = ""
    signed_at: Moment | None = None


class AgendaItem(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the agenda: what is asked, and the minutes it may take."""

    title: Title
    ask: Line = ""
    minutes: Minutes = 5


class ReviewQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question raised in the review and the answer, empty while there is none."""

    text: Line
    answer: Line = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided, when and by whom it was written down, and the action that came of it."""

    text: Line
    at: Moment
    by: Name
    action: Name | None = None


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """The debrief of `subject`, an incident or a deployment; `due_on` is the day it must be held by."""

    id: Name
    title: Title
    kind: ReviewKind = "incident"
    subject: Name
    state: ReviewState = "planned"
    due_on: date
    starts_at: Moment | None = None
    zone: Line = "UTC"
    minutes: Minutes = 60
    place: Line = ""
    facilitator: Name | None = None
    team: Name | None = None
    seats: tuple[Seat, ...] = ()
    agenda: tuple[AgendaItem, ...] = ()
    questions: tuple[ReviewQuestion, ...] = ()
    decisions: tuple[Decision, ...] = ()
    notes: Prose = ""
    began_at: Moment | None = None
    ended_at: Moment | None = None
    cancelled_because: Line = ""
    written_at: Moment
    updated_at: Moment
    source: Line = "typed"
    source_id: Line = ""
    scope: Line = EVERYONE
    revision: int = 1
    schema_version: int = 1
