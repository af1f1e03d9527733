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
from hardwon.domain.text import Line, Name, Prose, Tag, Title

ArtifactKind = Literal["postmortem", "lesson", "runbook", "note"]
State = Literal["draft", "in_review", "approved", "published", "due_for_review", "retired", "archived"]

TRANSITIONS: Final[dict[State, tuple[State, ...]]] = {
    "draft": ("in_review", "published", "archived"),
    "in_review": ("draft", "approved", "archived"),
    "approved": ("in_review", "published", "archived"),
    "published": ("due_for_review", "retired", "in_review"),
    "due_for_review": ("published", "retired", "in_review"),
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


def visible_scope(artifact: Artifact) -> str:
    """Return the scope a reader must hold: a draft is for those who may write."""
    return f"draft:{artifact.scope}" if artifact.state == "draft" else artifact.scope
