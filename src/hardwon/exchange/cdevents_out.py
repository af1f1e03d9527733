"""What happens here as CDEvents: which event a change of a record is, and its wording. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.action import Action
from hardwon.domain.cdevent import SPEC, CDEvent, Context, EventLink, Subject, Target
from hardwon.domain.destination import Topic
from hardwon.domain.incident import Incident
from hardwon.domain.lesson import Lesson
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.projection import for_audience
from hardwon.domain.record import kind_of
from hardwon.domain.runbook import Runbook

Told: TypeAlias = Incident | Postmortem | Lesson | Runbook | Action
"""The records whose changes are told."""
_STANDARD: Final = "dev.cdevents.{}.0.3.0"
_OWN: Final = "dev.cdeventsx.hardwon-{}.0.1.0"
_OVER: Final = frozenset({"resolved", "closed"})
_JUDGED: Final = frozenset({"verified", "ineffective"})
_UNKNOWN: Final = "unknown"
_PLACES: Final = {"incident": "incidents", "action": "actions"}


class Happened(NamedTuple):
    """One change: what the record is now, in which revision it changed, when, and which event that is."""

    record: Told
    revision: int
    at: datetime
    topic: Topic


def topic_of(before: Told | None, after: Told) -> Topic | None:
    """Return which event a change from one revision to the next is, None for none.

    What not everyone might see when it happened is none, nor is one incident that is merged into another.
    """
    if after.scope != EVERYONE:
        return None
    if isinstance(after, Incident):
        return None if after.merged_into else _of_incident(before, after)
    was = getattr(before, "state", "")
    if after.state == was:
        return None
    return _of_action(after) if isinstance(after, Action) else _of_artifact(after, was)


def event_id(record: str, revision: int, topic: str) -> str:
    """Return the id of an event: the same however often it is told."""
    return f"{record}.{revision}.{topic.rpartition('.')[2]}"


def build(happened: Happened, base: str, seen: Collection[str]) -> CDEvent:
    """Return the event as the least of all readers may see it.

    `base` is the workspace's address; other records are named only where they are in `seen`.
    """
    record = for_audience(happened.record, "everyone")
    place = f"{base}/{_PLACES.get(kind_of(record), 'artifacts')}/{record.id}"
    standard = isinstance(record, Incident)
    chain = _incident_of(record, seen)
    first = event_id(chain, 1, "incident.detected") if chain else ""
    own = event_id(record.id, happened.revision, happened.topic)
    link = EventLink(link_kind="INCIDENT", target=Target(context_id=first))
    return CDEvent(
        context=Context(
            specversion=SPEC,
            id=own,
            source=base or "/hardwon",
            type=(_STANDARD if standard else _OWN).format(happened.topic),
            timestamp=happened.at,
            schema_uri=msgspec.UNSET if standard else _schema(base),
            chain_id=chain or msgspec.UNSET,
            links=(link,) if first and first != own else (),
        ),
        subject=Subject(id=record.id, source=base or "/hardwon", content=_content(record, seen)),
        custom_data=_custom(record, place, seen),
    )


def probe(name: str, base: str, at: datetime, number: str) -> CDEvent:
    """Return the event by which a destination is tried out."""
    return CDEvent(
        context=Context(
            specversion=SPEC,
            id=f"{name}.{number}.tested",
            source=base or "/hardwon",
            type=_OWN.format("destination.tested"),
            timestamp=at,
            schema_uri=_schema(base),
        ),
        subject=Subject(id=name, source=base or "/hardwon", content={"title": "A test event"}),
        custom_data={},
    )


def _schema(base: str) -> str:
    return f"{base}/schemas/event.json" if base else "urn:hardwon:schema:event:1-0-0"


def _of_incident(before: Told | None, after: Incident) -> Topic | None:
    if before is None:
        return None if after.status in _OVER else "incident.detected"
    was_over = isinstance(before, Incident) and before.status in _OVER
    return "incident.resolved" if after.status in _OVER and not was_over else None


def _of_artifact(after: Postmortem | Lesson | Runbook, was: str) -> Topic | None:
    """Return that it is published; what is only renewed was told when it was published first."""
    if after.state != "published" or was == "due_for_review":
        return None
    if isinstance(after, Postmortem):
        return "postmortem.published"
    return "lesson.published" if isinstance(after, Lesson) else "runbook.published"


def _of_action(after: Action) -> Topic | None:
    if after.state in _JUDGED:
        return "action.verified"
    return "action.done" if after.state == "done" else None


def _incident_of(record: Told, seen: Collection[str]) -> str:
    """Return the incident a record belongs to, empty where not everyone may see it."""
    if isinstance(record, Incident):
        return record.id
    named = [record.incident] if isinstance(record, Postmortem | Action) else []
    if not isinstance(record, Action):
        named += record.incidents
    return next((name for name in named if name and name in seen), "")


def _content(record: Told, seen: Collection[str]) -> dict[str, Any]:
    """Return the subject's content; the standard's own for an incident, which must name an environment."""
    if isinstance(record, Incident):
        content: dict[str, Any] = {
            "description": record.title,
            "environment": {"id": next(iter(record.environments), _UNKNOWN)},
        }
        if record.services:
            content["service"] = {"id": record.services[0]}
        return content
    content = {"title": record.title, "state": record.state, "services": list(record.services)}
    incident = _incident_of(record, seen)
    return content | ({"incident": incident} if incident else {})


def _custom(record: Told, place: str, seen: Collection[str]) -> dict[str, Any]:
    """Return what the standard has no word for."""
    custom: dict[str, Any] = {"kind": kind_of(record), "url": place}
    if isinstance(record, Incident):
        times = msgspec.to_builtins(record.times)
        return custom | {
            "severity": record.severity,
            "status": record.status,
            "services": list(record.services),
            "environments": list(record.environments),
            "times": {name: at for name, at in times.items() if at},
            "deployments": [
                {"id": link.deployment, "relation": link.relation}
                for link in record.deployments
                if link.deployment in seen and link.relation != "dismissed"
            ],
        }
    if isinstance(record, Action):
        return custom | {"due_on": _day(record.due_on), "outcome": record.outcome}
    return custom | {"review_on": _day(record.review_on)}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def named_in(record: Told) -> tuple[str, ...]:
    """Return the other records that its event may name."""
    if isinstance(record, Incident):
        return tuple(link.deployment for link in record.deployments)
    names = [record.incident] if isinstance(record, Postmortem | Action) else []
    if not isinstance(record, Action):
        names += record.incidents
    return tuple(name for name in names if name)
