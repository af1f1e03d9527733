"""How the sample's tables are written: catalogue, deployments, actions, reviews, observations."""

from __future__ import annotations

from typing import Literal

from hardwon.domain.action import ActionState
from hardwon.domain.actor import Role
from hardwon.domain.catalog import Criticality
from hardwon.domain.criterion import Criterion
from hardwon.domain.deployment import Outcome, Versions
from hardwon.domain.observation import ObservationKind
from hardwon.domain.review import Perspective, ReviewQuestion, Verdict
from hardwon.sample.source import Clock, Source


class ActionSource(Source, frozen=True, kw_only=True):
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


class ActionsSource(Source, frozen=True, kw_only=True):
    """All actions of the story."""

    action: tuple[ActionSource, ...]


class SeatSource(Source, frozen=True, kw_only=True):
    """Whose view a review asked, and how they signed."""

    perspective: Perspective
    person: str | None = None
    verdict: Verdict | None = None
    note: str = ""


class DecisionSource(Source, frozen=True, kw_only=True):
    """A decision that fell `after` so many minutes."""

    after: int
    text: str
    by: str
    action: str | None = None


class ReviewSource(Source, frozen=True, kw_only=True):
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


class ReviewsSource(Source, frozen=True, kw_only=True):
    """All reviews of the story."""

    review: tuple[ReviewSource, ...]


class ChangeSource(Source, frozen=True, kw_only=True):
    """What a deployment carried."""

    commit: str
    text: str
    files: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()
    reverts: str | None = None


class DeploymentSource(Source, frozen=True, kw_only=True):
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


class DeploymentsSource(Source, frozen=True, kw_only=True):
    """All deployments of the story."""

    deployment: tuple[DeploymentSource, ...]


class PersonSource(Source, frozen=True, kw_only=True):
    """A person of the story. `active` is false once they have left."""

    id: str
    name: str
    teams: tuple[str, ...]
    roles: tuple[Role, ...] = ("responder",)
    active: bool = True


class ServiceSource(Source, frozen=True, kw_only=True):
    """A service of the story."""

    id: str
    name: str
    team: str
    kind: Literal["service", "model", "pipeline", "library", "data"] = "service"
    criticality: Criticality
    calls: tuple[str, ...] = ()


class EnvironmentSource(Source, frozen=True, kw_only=True):
    """Where the story's services run."""

    id: str
    name: str
    production: bool = False


class CatalogSource(Source, frozen=True, kw_only=True):
    """The catalogue of the story, and the names of the services that public incidents hit."""

    team: dict[str, str]
    person: tuple[PersonSource, ...]
    environment: tuple[EnvironmentSource, ...]
    service: tuple[ServiceSource, ...]
    public: dict[str, str]


class ObservationSource(Source, frozen=True, kw_only=True):
    """An observation. `triaged` counts days before today, as `written` does."""

    id: str
    title: str
    kind: ObservationKind
    text: str = ""
    url: str = ""
    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    author: str
    team: str | None = None
    written: int
    triaged: int | None = None
    triaged_by: str = ""
    became: str | None = None
    because: str = ""


class ObservationsSource(Source, frozen=True, kw_only=True):
    """All observations of the story."""

    observation: tuple[ObservationSource, ...]
