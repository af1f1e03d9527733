"""The catalogue everything else points at: services, environments, teams and people."""

from __future__ import annotations

from typing import Literal

import msgspec

from hardwon.domain.actor import Actor, Role
from hardwon.domain.errors import ForbiddenError
from hardwon.domain.text import Line, Name, Tag, Title, Url

Criticality = Literal["critical", "high", "medium", "low"]


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


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """Something that runs: an API, a pipeline, a model. `calls` names services it depends on."""

    id: Name
    name: Title
    team: Name | None = None
    kind: Literal["service", "model", "pipeline", "library", "data"] = "service"
    criticality: Criticality | None = None
    calls: tuple[Name, ...] = ()
    repository: Url = ""
    tags: tuple[Tag, ...] = ()
    revision: int = 1


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Where a service runs."""

    id: Name
    name: Title
    production: bool = False
    revision: int = 1


def acting(person: Person, grants: tuple[str, ...] = ()) -> Actor:
    """Return a person as who asks; `grants` are the restricted scopes they were let into.

    Raises ForbiddenError once they left.
    """
    if not person.active:
        raise ForbiddenError(f"{person.name} has left.", fix="Ask an admin to let you in again.")
    return Actor(id=person.id, name=person.name, roles=person.roles, teams=person.teams, grants=grants)
