"""What postmortems, lessons, runbooks and notes share: identity, owner, lifecycle, review date."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Meta

from hardwon.domain.access import EVERYONE
from hardwon.domain.errors import InputError, NotFoundError, RuleError
from hardwon.domain.evidence import Evidence
from hardwon.domain.incident import Risk
from hardwon.domain.moment import Moment
from hardwon.domain.reference import References
from hardwon.domain.text import Line, Name, Prose, Tag, Title

ArtifactKind = Literal["postmortem", "lesson", "runbook", "note"]
State = Literal["draft", "in_review", "approved", "published", "due_for_review", "retired", "archived"]

ANSWER_WITHIN: Final = 180
"""Days an owner has to renew what is due for review."""
REMIND_AFTER: Final = (30, 90)
"""Days after which the owner is reminded with their team, and then the reviewers are told."""
TRANSITIONS: Final[dict[State, tuple[State, ...]]] = {
    "draft": ("in_review", "published", "archived"),
    "in_review": ("draft", "approved", "archived"),
    "approved": ("in_review", "published", "archived"),
    "published": ("due_for_review", "retired", "in_review"),
    "due_for_review": ("published", "retired", "in_review", "archived"),
    "retired": ("archived", "in_review"),
    "archived": ("draft",),
}
"""Each step is someone's and dated; none is undone but by another step."""


class CheckItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a checklist, and who said that it is done (None: not yet)."""

    text: Line
    done_by: Name | None = None
    done_at: Moment | None = None


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """What all four kinds share. Each kind adds its content."""

    id: Name
    title: Title
    state: State = "draft"
    owner: Name | None = None
    team: Name | None = None
    services: tuple[Name, ...] = ()
    environments: tuple[Name, ...] = ()
    risk: Risk | None = None
    tags: tuple[Tag, ...] = ()
    review_on: date | None = None
    reminded: Annotated[int, Meta(ge=0, le=9)] = 0
    retire_when: Line = ""
    retired_because: Line = ""
    successor: Name | None = None
    incidents: tuple[Name, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    checklist: tuple[CheckItem, ...] = ()
    references: References = ()
    body: Prose = ""
    written_at: Moment
    updated_at: Moment
    source: Line = "typed"
    source_id: Line = ""
    scope: Line = EVERYONE
    revision: int = 1
    schema_version: int = 1


AnyArtifact = TypeVar("AnyArtifact", bound=Artifact)


def move(
    artifact: AnyArtifact, state: State, at: datetime, *, reason: str = "", successor: str = ""
) -> AnyArtifact:
    """Return the artifact in `state`. Retiring needs a reason; it may name a successor.

    Raises RuleError where the lifecycle has no such step, InputError without the reason.
    """
    if state not in TRANSITIONS[artifact.state]:
        allowed = ", ".join(TRANSITIONS[artifact.state])
        raise RuleError(
            f"{artifact.id} is {artifact.state} and cannot become {state}.",
            fix=f"From here it can become: {allowed}.",
        )
    if state == "retired":
        if not reason.strip():
            raise InputError("Retiring needs a reason.", fix="Say why nobody should rely on it.")
        return msgspec.structs.replace(
            artifact,
            state=state,
            updated_at=at,
            retired_because=reason,
            successor=successor or artifact.successor,
        )
    return msgspec.structs.replace(artifact, state=state, updated_at=at)


def renew(artifact: AnyArtifact, review_on: date, at: datetime) -> AnyArtifact:
    """Return the artifact, still good, to be looked at again on `review_on`.

    Raises RuleError for one that is not published, InputError for a day that is past.
    """
    if artifact.state not in {"published", "due_for_review"}:
        raise RuleError(f"{artifact.id} is {artifact.state}.", fix="Publish it first.")
    if review_on <= at.date():
        raise InputError("The next review lies ahead.", fix="Choose a later day.")
    return msgspec.structs.replace(
        artifact, state="published", review_on=review_on, reminded=0, updated_at=at
    )


def tick(artifact: AnyArtifact, position: int, by: str, at: datetime) -> AnyArtifact:
    """Return the artifact with a line of its checklist done, or open again where it was done.

    Raises NotFoundError for a position (from 0) where no line is.
    """
    if not 0 <= position < len(artifact.checklist):
        raise NotFoundError(f"{artifact.id} has no checklist line {position}.", fix="Open the page again.")
    item = artifact.checklist[position]
    done = item.done_by is None
    changed = msgspec.structs.replace(item, done_by=by if done else None, done_at=at if done else None)
    lines = (*artifact.checklist[:position], changed, *artifact.checklist[position + 1 :])
    return msgspec.structs.replace(artifact, checklist=lines, updated_at=at)


class Overdue(NamedTuple):
    """The next step of what is past its review date, how often it was reminded of then, and why."""

    state: State
    reminded: int
    why: str


def overdue_step(artifact: Artifact, today: date) -> Overdue | None:
    """Return the step an artifact takes by itself, None where nothing is due.

    Its owner is asked on the review date, reminded with the team a month later; after three months
    the reviewers are told and it fades from recall; after half a year it is archived.
    """
    if artifact.review_on is None or artifact.review_on > today:
        return None
    late = (today - artifact.review_on).days
    if artifact.state == "published":
        why = "its review date has passed: renew it, retire it, or hand it over"
        return Overdue("due_for_review", 0, why)
    if artifact.state != "due_for_review":
        return None
    if late > ANSWER_WITHIN:
        return Overdue("archived", artifact.reminded, f"nobody renewed it in {ANSWER_WITHIN} days")
    if artifact.reminded < len(REMIND_AFTER) and late >= REMIND_AFTER[artifact.reminded]:
        why = f"nobody has said for {late} days whether it still holds"
        return Overdue("due_for_review", artifact.reminded + 1, why)
    return None


def is_fading(artifact: Artifact) -> bool:
    """Tell whether recall should bring an artifact back less readily: it is over, or nobody answers for it."""
    silent = artifact.state == "due_for_review" and artifact.reminded >= len(REMIND_AFTER)
    return silent or artifact.state in {"retired", "archived"}


def visible_scope(artifact: Artifact) -> str:
    """Return the scope a reader must hold: a draft is for those who may write."""
    return f"draft:{artifact.scope}" if artifact.state == "draft" else artifact.scope


def told_of(artifact: Artifact) -> tuple[str, ...]:
    """Return who is told of what happens to an artifact: its owner and its team."""
    return tuple(reader for reader in (artifact.owner, artifact.team) if reader)
