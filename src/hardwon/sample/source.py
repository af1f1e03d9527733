"""How the sample's files are written: small structs that TOML is decoded into, strictly.

A story file counts in days before today (`days_ago`); a public one names its `date`. A time is
`HH:MM` on that day, or `+1 02:40` on the day after, always UTC.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.artifact import State
from hardwon.domain.criterion import Criterion
from hardwon.domain.factor import Confidence, FactorKind, Standing
from hardwon.domain.incident import DeploymentLink, Detection, ImpactFigure, Risk, Status
from hardwon.domain.runbook import Step
from hardwon.domain.search import Signature
from hardwon.domain.timeline import EntryKind
from hardwon.domain.what_if import WhatIf

Clock = Annotated[str, Meta(pattern=r"^(\+\d+ )?[0-2]\d:[0-5]\d$")]


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a file; a field it does not know is an error."""


class TimesSource(Source, frozen=True, kw_only=True):
    """The times of an incident."""

    started: Clock | None = None
    detected: Clock | None = None
    acknowledged: Clock | None = None
    mitigated: Clock | None = None
    resolved: Clock | None = None
    closed: Clock | None = None


class EntrySource(Source, frozen=True, kw_only=True):
    """One timeline entry. `then` says what came of a decision: `helped: traffic came back`."""

    at: Clock | None = None
    kind: EntryKind
    lane: str
    text: str
    then: str = ""
    author: str | None = None
    human: str = ""
    raw: bool = False


class FactorSource(Source, frozen=True, kw_only=True):
    """One contributing factor; confirmed with high confidence where nothing else is said."""

    code: str | None = None
    text: str
    kind: FactorKind = "technical"
    standing: Standing = "confirmed"
    confidence: Confidence = "high"
    note: str = ""


class ImpactSource(Source, frozen=True, kw_only=True):
    """Who was hurt and how much."""

    text: str = ""
    figures: tuple[ImpactFigure, ...] = ()


class LinkSource(Source, frozen=True, kw_only=True):
    """A link to where a fact is published."""

    title: str
    url: Annotated[str, Meta(pattern=r"^https://")]


class ExcerptSource(Source, frozen=True, kw_only=True):
    """Some lines of a log or a table."""

    title: str
    text: str


class LessonSource(Source, frozen=True, kw_only=True):
    """A lesson. Those of public incidents take their dates and services from the incident."""

    id: str
    title: str
    claim: str
    applies: Signature = Signature()
    remedy: Literal["worked", "did_not_work", "untried"] = "worked"
    signals: tuple[Criterion, ...] = ()
    what_ifs: tuple[WhatIf, ...] = ()
    state: State = "published"
    owner: str | None = None
    team: str | None = None
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    risk: Risk | None = None
    tags: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    written: int = 30
    updated: int | None = None
    review_in: int | None = None
    retire_when: str = ""
    retired_because: str = ""
    successor: str | None = None
    body: str = ""


class IncidentSource(Source, frozen=True, kw_only=True):
    """An incident, with its lesson where it is a public one."""

    id: str
    title: str
    severity: int
    status: Status = "closed"
    services: tuple[str, ...]
    environments: tuple[str, ...] = ("prod",)
    detection: Detection = "unknown"
    days_ago: int | None = None
    date: date | None = None
    summary: str
    tags: tuple[str, ...] = ()
    team: str | None = None
    errors: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    times: TimesSource
    impact: ImpactSource
    timeline: tuple[EntrySource, ...]
    factors: tuple[FactorSource, ...]
    deployments: tuple[DeploymentLink, ...] = ()
    evidence: tuple[LinkSource, ...] = ()
    excerpts: tuple[ExcerptSource, ...] = ()
    lesson: LessonSource | None = None


class PostmortemSource(Source, frozen=True, kw_only=True):
    """The front matter of a postmortem; its sections follow as Markdown under `##` headings."""

    id: str
    incident: str
    title: str
    state: State = "published"
    owner: str
    authors: tuple[str, ...]
    what_ifs: tuple[WhatIf, ...] = ()
    written: int
    updated: int | None = None
    review_in: int | None = None


class RunbookSource(Source, frozen=True, kw_only=True):
    """A runbook. `proven` counts the days since a drill last proved it."""

    id: str
    title: str
    state: State = "published"
    owner: str
    team: str
    services: tuple[str, ...]
    risk: Risk | None = None
    tags: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    lessons: tuple[str, ...] = ()
    written: int
    updated: int | None = None
    review_in: int | None = None
    proven: int | None = None
    body: str = ""
    steps: tuple[Step, ...]


class NoteSource(Source, frozen=True, kw_only=True):
    """The front matter of a note; its Markdown follows."""

    id: str
    title: str
    state: State = "published"
    owner: str
    team: str
    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    written: int
    updated: int | None = None
    review_in: int | None = None
