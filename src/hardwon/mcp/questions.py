"""What an agent may ask: the arguments of each tool, bounded and typed; their schemas are what clients are shown."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from hardwon.domain.observation import ObservationKind
from hardwon.domain.text import Line, Name, Prose, Title

Services = Annotated[tuple[Name, ...], Meta(max_length=20, description="Ids of services in the catalogue.")]
Limit = Annotated[int, Meta(ge=1, le=50, description="How many answers at most.")]


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change before it ships."""

    text: Annotated[Prose, Meta(description="The diff, or what the change does.")] = ""
    title: Annotated[Line, Meta(description="Its title, or the commit's first line.")] = ""
    files: Annotated[tuple[Line, ...], Meta(max_length=1_000, description="Paths it touches.")] = ()
    services: Services = ()
    environment: Annotated[Name | None, Meta(description="Where it ships to.")] = None
    version: Line = ""
    models: Annotated[
        tuple[Line, ...], Meta(max_length=20, description="Models, e.g. pkg:mlflow/ranker@8.")
    ] = ()
    deployment: Annotated[Name | None, Meta(description="A stored deployment instead, e.g. DEP-0042.")] = None


class Symptoms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of an incident, even one line."""

    text: Annotated[Prose, Meta(description="What is seen: symptoms, error messages, alerts.")] = ""
    title: Line = ""
    services: Services = ()
    incident: Annotated[Name | None, Meta(description="A stored incident instead, e.g. INC-0042.")] = None
    limit: Limit = 5


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words to search lessons by."""

    query: Annotated[
        str, Meta(max_length=2_000, description="What the lesson is about; empty for the newest.")
    ] = ""
    services: Services = ()
    limit: Limit = 10


class Which(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One record."""

    id: Annotated[Name, Meta(description="E.g. INC-0042, PM-0042, LES-0007, RB-0003, ACT-0012.")]


class Promises(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unfinished actions, all or some."""

    service: Annotated[Name | None, Meta(description="Only those that concern this service.")] = None
    team: Annotated[Name | None, Meta(description="Only those this team owns.")] = None
    after: Annotated[Line | None, Meta(description="`next` of the page before.")] = None
    limit: Limit = 20


class Noticed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something worth knowing that was no incident."""

    title: Title
    text: Prose = ""
    kind: ObservationKind = "near_miss"
    services: Services = ()
    environments: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()
