"""Small records of every kind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hardwon.domain.action import Action
from hardwon.domain.actor import Actor
from hardwon.domain.catalog import Environment, Person, Service, Team
from hardwon.domain.deployment import Deployment
from hardwon.domain.destination import Destination
from hardwon.domain.factor import Factor
from hardwon.domain.incident import DeploymentLink, Incident, Times
from hardwon.domain.lesson import Lesson
from hardwon.domain.note import Note
from hardwon.domain.observation import Observation
from hardwon.domain.policy import Policy
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.record import Record
from hardwon.domain.review import Review
from hardwon.domain.runbook import Runbook, Step
from hardwon.domain.source import Source
from hardwon.domain.template import Template
from hardwon.domain.term import Term
from hardwon.domain.thread import Thread

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
ADA = Actor(id="ada", name="Ada", roles=("admin",))


def incident(number: int = 1, **changes: Any) -> Incident:
    at = NOW - timedelta(days=number)
    fields: dict[str, Any] = {
        "id": f"INC-{number:04d}",
        "title": f"Search is slow {number}",
        "severity": 1 + number % 5,
        "services": ("search",),
        "environments": ("production",),
        "tags": ("latency",),
        "times": Times(started_at=at, detected_at=at + timedelta(minutes=4)),
        "factors": (Factor(text="No signal", code="no_freshness_signal"),),
        "deployments": (DeploymentLink(deployment="DEP-0001", relation="caused"),),
    }
    return Incident(**(fields | changes))


def deployment(number: int = 1, **changes: Any) -> Deployment:
    fields: dict[str, Any] = {
        "id": f"DEP-{number:04d}",
        "title": f"Ship search {number}",
        "service": "search",
        "environment": "production",
        "outcome": "succeeded",
        "finished_at": NOW - timedelta(hours=number),
        "source": "ci",
        "source_id": str(number),
    }
    return Deployment(**(fields | changes))


def lesson(number: int = 1, **changes: Any) -> Lesson:
    fields: dict[str, Any] = {
        "id": f"LES-{number:04d}",
        "title": f"Watch the age {number}",
        "state": "published",
        "claim": "Alert on the age of the index.",
        "services": ("search",),
        "tags": ("freshness",),
        "incidents": ("INC-0001",),
        "review_on": date(2026, 12, 1),
        "owner": "ada",
        "risk": "high",
        "written_at": NOW,
        "updated_at": NOW - timedelta(minutes=number),
    }
    return Lesson(**(fields | changes))


def action(number: int = 1, **changes: Any) -> Action:
    fields: dict[str, Any] = {
        "id": f"ACT-{number:04d}",
        "title": f"Add the alert {number}",
        "owner": "ada",
        "team": "search",
        "due_on": TODAY - timedelta(days=number),
        "incident": "INC-0001",
        "lessons": ("LES-0001",),
        "services": ("search",),
        "written_at": NOW,
        "updated_at": NOW,
    }
    return Action(**(fields | changes))


def one_of_each() -> list[Record]:
    dates = {"written_at": NOW, "updated_at": NOW}
    return [
        Team(id="search", name="Search"),
        Person(id="ada", name="Ada", teams=("search",)),
        Service(id="search", name="Search", team="search"),
        Environment(id="production", name="Production", production=True),
        deployment(),
        incident(),
        Postmortem(
            id="PM-0001", title="Why search was slow", incident="INC-0001", state="published", **dates
        ),
        lesson(),
        Runbook(id="RB-0001", title="Rebuild", steps=(Step(text="Stop it"),), state="published", **dates),
        Note(id="NTE-0001", title="A note", body="Text", state="published", **dates),
        action(),
        Observation(id="OBS-0001", title="It nearly failed", **dates),
        Review(id="REV-0001", title="Why search was slow", subject="INC-0001", due_on=TODAY, **dates),
        Thread(id="THR-0001", artifact="PM-0001", text="Was the mute known?", **dates),
        Template(id="TPL-0001", title="For services", **dates),
        Term(id="TRM-0001", title="Silent success", word="silent_success", **dates),
        Policy(id="STD-0001", title="The minimum standard", text="revision = 1", **dates),
        Source(id="SRC-0001", title="Our Alertmanager", kind="alertmanager", **dates),
        Destination(id="DST-0001", title="Our status page", url="https://status.example/hook", **dates),
    ]
