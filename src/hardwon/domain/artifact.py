"""What postmortems, lessons, runbooks and notes share: identity, owner, lifecycle, review date."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal, TypeVar

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.evidence import Evidence
from hardwon.domain.incident import Risk
from hardwon.domain.moment import Moment
from hardwon.domain.reference import References
from hardwon.domain.text import Line, Name, Prose, Tag, Title

ArtifactKind = Literal["postmortem", "lesson", "runbook", "note"]
State = Literal["draft", "in_review", "approved", "published", "due_for_review", "retired", "archived"]

ANSWER_WITHIN: Final = 180
"""Days an owner has to renew what is due for review."""
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
    retire_when: Line = ""
    retired_because: Line = ""
    successor: Name | None = None
    incidents: tuple[Name, ...] = ()
    evidence: tuple[Evidence, ...] = ()
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
    return msgspec.structs.replace(artifact, state="published", review_on=review_on, updated_at=at)


def overdue_step(artifact: Artifact, today: date) -> State | None:
    """Return the state an artifact goes to by itself: asked about on its review date, archived when
    nobody answers for half a year. None where nothing is due.
    """
    if artifact.review_on is None or artifact.review_on > today:
        return None
    if artifact.state == "published":
        return "due_for_review"
    late = (today - artifact.review_on).days > ANSWER_WITHIN
    return "archived" if artifact.state == "due_for_review" and late else None


def visible_scope(artifact: Artifact) -> str:
    """Return the scope a reader must hold: a draft is for those who may write."""
    return f"draft:{artifact.scope}" if artifact.state == "draft" else artifact.scope


def told_of(artifact: Artifact) -> tuple[str, ...]:
    """Return who is told of what happens to an artifact: its owner and its team."""
    return tuple(reader for reader in (artifact.owner, artifact.team) if reader)
