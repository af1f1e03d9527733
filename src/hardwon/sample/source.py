"""How the sample's files are written: small structs that TOML is decoded into, strictly.

A story file counts in days before today (`days_ago`); a public one names its `date`. A time is
`HH:MM` on that day, or `+1 02:40` on the day after, always UTC.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.action import ActionState
from hardwon.domain.actor import Role
from hardwon.domain.artifact import State
from hardwon.domain.catalog import Criticality
from hardwon.domain.criterion import Criterion
from hardwon.domain.deployment import Outcome, Versions
from hardwon.domain.factor import Confidence, FactorKind, Standing
from hardwon.domain.incident import DeploymentLink, Detection, ImpactFigure, Risk, Status
from hardwon.domain.review import Perspective, ReviewQuestion, Verdict
from hardwon.domain.runbook import Step
from hardwon.domain.search import Signature
from hardwon.domain.timeline import EntryKind
from hardwon.domain.what_if import WhatIf

Clock = Annotated[str, Meta(pattern=r"^(\+\d+ )?[0-2]\d:[0-5]\d$")]


class _Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a file; a field it does not know is an error."""


class TimesSource(_Source, frozen=True, kw_only=True):
    """The times of an incident."""

    started: Clock | None = None
    detected: Clock | None = None
    acknowledged: Clock | None = None
    mitigated: Clock | None = None
    resolved: Clock | None = None
    closed: Clock | None = None


class EntrySource(_Source, frozen=True, kw_only=True):
    """One timeline entry. `then` says what came of a decision: `helped: traffic came back`."""

    at: Clock | None = None
    kind: EntryKind
    lane: str
    text: str
    then: str = ""
    author: str | None = None
    human: str = ""
    raw: bool = False


class FactorSource(_Source, frozen=True, kw_only=True):
    """One contributing factor; confirmed with high confidence where nothing else is said."""

    code: str | None = None
    text: str
    kind: FactorKind = "technical"
    standing: Standing = "confirmed"
    confidence: Confidence = "high"
    note: str = ""


class ImpactSource(_Source, frozen=True, kw_only=True):
    """Who was hurt and how much."""

    text: str = ""
    figures: tuple[ImpactFigure, ...] = ()


class LinkSource(_Source, frozen=True, kw_only=True):
    """A link to where a fact is published."""

    title: str
    url: Annotated[str, Meta(pattern=r"^https://")]


class ExcerptSource(_Source, frozen=True, kw_only=True):
    """Some lines of a log or a table."""

    title: str
    text: str


class LessonSource(_Source, frozen=True, kw_only=True):
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


class IncidentSource(_Source, frozen=True, kw_only=True):
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


class PostmortemSource(_Source, frozen=True, kw_only=True):
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


class RunbookSource(_Source, frozen=True, kw_only=True):
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


class NoteSource(_Source, frozen=True, kw_only=True):
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


class ActionSource(_Source, frozen=True, kw_only=True):
    """An action. `due_in` is negative where the day has passed; `done` counts days before today."""

    id: str
    title: str
    kind: Literal["prevent", "detect", "mitigate", "repair"] = "prevent"
    side: Literal["technical", "process"] = "technical"
    state: ActionState = "open"
    owner: str | None = None
    team: str
    incident: str | None = None
    lessons: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    written: int
    updated: int | None = None
    due_in: int
    done: int | None = None
    criterion: Criterion | None = None
    outcome: str = ""
    description: str = ""


class ActionsSource(_Source, frozen=True, kw_only=True):
    """All actions of the story."""

    action: tuple[ActionSource, ...]


class SeatSource(_Source, frozen=True, kw_only=True):
    """Whose view a review asked, and how they signed."""

    perspective: Perspective
    person: str | None = None
    verdict: Verdict | None = None
    note: str = ""


class DecisionSource(_Source, frozen=True, kw_only=True):
    """A decision that fell `after` so many minutes."""

    after: int
    text: str
    by: str
    action: str | None = None


class ReviewSource(_Source, frozen=True, kw_only=True):
    """A review of an incident, planned `written` days ago; one that names no `held` is still to come."""

    id: str
    incident: str
    facilitator: str
    place: str = ""
    written: int
    held: int | None = None
    at: Clock = "09:00"
    minutes: int
    closed: int | None = None
    seats: tuple[SeatSource, ...]
    questions: tuple[ReviewQuestion, ...] = ()
    decisions: tuple[DecisionSource, ...] = ()


class ReviewsSource(_Source, frozen=True, kw_only=True):
    """All reviews of the story."""

    review: tuple[ReviewSource, ...]


class ChangeSource(_Source, frozen=True, kw_only=True):
    """What a deployment carried."""

    commit: str
    text: str
    files: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()
    reverts: str | None = None


class DeploymentSource(_Source, frozen=True, kw_only=True):
    """A deployment. One planned for tomorrow is -1 days ago and has no end."""

    id: str
    service: str
    version: str
    title: str = ""
    environment: str = "prod"
    package: str = ""
    days_ago: int
    at: Clock
    minutes: int | None = None
    outcome: Outcome = "succeeded"
    versions: Versions = Versions()
    changes: tuple[ChangeSource, ...] = ()
    description: str = ""


class DeploymentsSource(_Source, frozen=True, kw_only=True):
    """All deployments of the story."""

    deployment: tuple[DeploymentSource, ...]


class PersonSource(_Source, frozen=True, kw_only=True):
    """A person of the story. `active` is false once they have left."""

    id: str
    name: str
    teams: tuple[str, ...]
    roles: tuple[Role, ...] = ("responder",)
    active: bool = True


class ServiceSource(_Source, frozen=True, kw_only=True):
    """A service of the story."""

    id: str
    name: str
    team: str
    kind: Literal["service", "model", "pipeline", "library", "data"] = "service"
    criticality: Criticality
    calls: tuple[str, ...] = ()


class EnvironmentSource(_Source, frozen=True, kw_only=True):
    """Where the story's services run."""

    id: str
    name: str
    production: bool = False


class CatalogSource(_Source, frozen=True, kw_only=True):
    """The catalogue of the story, and the names of the services that public incidents hit."""

    team: dict[str, str]
    person: tuple[PersonSource, ...]
    environment: tuple[EnvironmentSource, ...]
    service: tuple[ServiceSource, ...]
    public: dict[str, str]
