"""Signals: what other systems report, in our words: something was shipped, an alert fired, an incident moved.

A signal says what its sender said, bounded and with its times; what becomes of it is decided elsewhere.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from hardwon.domain.deployment import Outcome, Versions
from hardwon.domain.incident import Status
from hardwon.domain.moment import Moment
from hardwon.domain.reference import WebAddress
from hardwon.domain.text import Line, Name, Prose, Title, Url


class DeploymentSignal(msgspec.Struct, frozen=True, kw_only=True, tag="deployment"):
    """Something was shipped, or how that went. `key` names the deployment in the sender's system."""

    key: Name
    title: Title
    at: Moment | None = None
    outcome: Outcome = "unknown"
    service: Line = ""
    environment: Line = ""
    version: Line = ""
    package: Line = ""
    versions: Versions = Versions()
    repository: Url = ""
    commit: Line = ""
    description: Prose = ""
    url: Url = ""


class AlertSignal(msgspec.Struct, frozen=True, kw_only=True, tag="alert"):
    """A monitoring signal fired or resolved. `key` names the series, `group` what the sender groups it by;
    `severity` is the sender's own word.
    """

    key: Name
    title: Title
    firing: bool
    at: Moment | None = None
    ended_at: Moment | None = None
    group: Line = ""
    severity: Line = ""
    service: Line = ""
    environment: Line = ""
    summary: Prose = ""
    url: Url = ""
    labels: dict[str, str] = {}


class IncidentSignal(msgspec.Struct, frozen=True, kw_only=True, tag="incident"):
    """An incident that another system keeps was opened, moved on, or was spoken of.

    `status` is None where the sender said nothing of it; `note` goes to the timeline.
    """

    key: Name
    title: Title
    at: Moment | None = None
    status: Status | None = None
    reopened: bool = False
    severity: Line = ""
    service: Line = ""
    environment: Line = ""
    summary: Prose = ""
    note: Prose = ""
    url: Url = ""


class ChangeSignal(msgspec.Struct, frozen=True, kw_only=True, tag="change"):
    """Something was merged as a commit, with its words; a deployment that carries the commit gets them."""

    commit: Name
    title: Title
    text: Prose = ""
    repository: Url = ""
    url: Url = ""
    authored_at: Moment | None = None
    merged_at: Moment | None = None


class TicketSignal(msgspec.Struct, frozen=True, kw_only=True, tag="ticket"):
    """A ticket of another system that names our actions was opened or closed, or its words changed."""

    key: Name
    title: Title
    actions: tuple[Name, ...]
    state: Literal["open", "closed"]
    url: WebAddress


class GateSignal(msgspec.Struct, frozen=True, kw_only=True, tag="gate"):
    """A deployment waits for our answer, which goes to `callback`. `key` names it in the sender's system."""

    key: Name
    title: Title
    callback: Url
    at: Moment | None = None
    text: Prose = ""
    service: Line = ""
    environment: Line = ""
    version: Line = ""
    repository: Line = ""
    installation: int = 0


Placed: TypeAlias = DeploymentSignal | AlertSignal | IncidentSignal
"""Signals of a service in an environment."""
Signal: TypeAlias = Placed | ChangeSignal | TicketSignal | GateSignal
SourceKind: TypeAlias = Literal[
    "alertmanager",
    "argo",
    "cdevents",
    "flagger",
    "generic",
    "github",
    "gitlab",
    "grafana",
    "incident_io",
    "mlflow",
    "openlineage",
    "pagerduty",
    "prometheus",
    "sentry",
    "statuspage",
]
"""The systems that report by webhook, or are asked."""
