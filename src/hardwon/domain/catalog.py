"""The catalogue everything else points at: services, environments, teams and people."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.actor import Actor, Role
from hardwon.domain.errors import ForbiddenError, RuleError
from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Prose, Tag, Title, Url

Criticality = Literal["critical", "high", "medium", "low"]
OUTSIDE: Final = "public"
"""The tag of a service that others run: nobody here has to own it."""
MAX_OBJECTIVES: Final = 100
MAX_PATHS: Final = 500


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """A group of people that owns things."""

    id: Name
    name: Title
    revision: int = 1


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who writes, owns or is told. `active` is false once they have left."""

    id: Name
    name: Title
    email: Line = ""
    teams: tuple[Name, ...] = ()
    roles: tuple[Role, ...] = ("viewer",)
    active: bool = True
    revision: int = 1


class Objective(msgspec.Struct, frozen=True, kw_only=True):
    """What a service promises its users: a share (`target`, 0 to 1) of an indicator over a time window."""

    name: Title
    target: Annotated[float, Meta(ge=0, le=1)]
    indicator: Line = ""
    window: Line = ""
    budgeting: Line = ""


class PathOwners(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks after the files that a pattern of CODEOWNERS names; a later pattern counts before an earlier."""

    pattern: Line
    owners: Annotated[tuple[Name, ...], Meta(max_length=50)] = ()


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """Something that runs: an API, a pipeline, a model. `calls` names services it depends on.

    `same_as` says that this is but another name of that service. `seen_by` is the source that named it first.
    """

    id: Name
    name: Title
    team: Name | None = None
    kind: Literal["service", "model", "pipeline", "library", "data"] = "service"
    criticality: Criticality | None = None
    calls: tuple[Name, ...] = ()
    repository: Url = ""
    description: Prose = ""
    tags: tuple[Tag, ...] = ()
    objectives: Annotated[tuple[Objective, ...], Meta(max_length=MAX_OBJECTIVES)] = ()
    paths: Annotated[tuple[PathOwners, ...], Meta(max_length=MAX_PATHS)] = ()
    same_as: Name | None = None
    seen_by: Name | None = None
    seen_at: Moment | None = None
    revision: int = 1


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Where a service runs."""

    id: Name
    name: Title
    production: bool = False
    revision: int = 1


def is_unclaimed(service: Service) -> bool:
    """Tell whether somebody has yet to say whose service this is; one that others run waits for nobody."""
    return not service.team and not service.same_as and OUTSIDE not in service.tags


def check_same(service: Service, other: Service) -> None:
    """Let a service pass as another name of `other`. Raises RuleError for itself and for a chain of names."""
    if service.id == other.id:
        raise RuleError(f"{service.id} is no other name of itself.", fix="Name another service.")
    if other.same_as:
        raise RuleError(
            f"{other.id} is itself another name of {other.same_as}.", fix=f"Name {other.same_as} instead."
        )


def acting(person: Person, grants: tuple[str, ...] = ()) -> Actor:
    """Return a person as who asks; `grants` are the restricted scopes they were let into.

    Raises ForbiddenError once they left.
    """
    if not person.active:
        raise ForbiddenError(f"{person.name} has left.", fix="Ask an admin to let you in again.")
    return Actor(id=person.id, name=person.name, roles=person.roles, teams=person.teams, grants=grants)
