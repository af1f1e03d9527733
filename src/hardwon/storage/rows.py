"""From a record to its rows: the noun's own columns, its labels and its links."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, select

from hardwon.domain.action import UNFINISHED, Action
from hardwon.domain.artifact import Artifact, visible_scope
from hardwon.domain.catalog import Service, is_unclaimed
from hardwon.domain.deployment import Deployment
from hardwon.domain.destination import Destination
from hardwon.domain.incident import Incident, occurred_at
from hardwon.domain.lesson import Lesson
from hardwon.domain.mention import mentions_of
from hardwon.domain.observation import Observation
from hardwon.domain.policy import Policy
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.record import Record, RecordKind, encode, kind_of
from hardwon.domain.reference import key_of
from hardwon.domain.review import Review, people_of
from hardwon.domain.runbook import Runbook
from hardwon.domain.sensitivity import withhold
from hardwon.domain.source import Source
from hardwon.domain.template import Template
from hardwon.domain.term import Term
from hardwon.domain.thread import Thread
from hardwon.storage import tables
from hardwon.storage.clock import optional_ms, to_ms

NO_DUE_DATE: Final = date(9999, 12, 31)
"""Stands for no due date, so that what is due first sorts first."""
MEMBER: Final = "member"
"""The relation of a restricted incident to those who were let into it."""
CARRIES: Final = "carries"
"""The relation of a deployment to the commits of its changes."""
_EXCERPT: Final = 240

TABLES: Final[dict[RecordKind, Table]] = {
    "team": tables.teams,
    "person": tables.people,
    "service": tables.services,
    "environment": tables.environments,
    "deployment": tables.deployments,
    "incident": tables.incidents,
    "postmortem": tables.artifacts,
    "lesson": tables.artifacts,
    "runbook": tables.artifacts,
    "note": tables.artifacts,
    "action": tables.actions,
    "observation": tables.observations,
    "review": tables.reviews,
    "thread": tables.threads,
    "template": tables.templates,
    "term": tables.terms,
    "policy": tables.policies,
    "source": tables.sources,
    "destination": tables.destinations,
}


def scope_of(table: Table) -> ColumnElement[str]:
    """Return the scope that rows of a table are seen by; a thread is seen by whom its artifact is seen now."""
    if table is not tables.threads:
        return table.c.scope
    of_artifact = select(tables.artifacts.c.scope).where(tables.artifacts.c.id == tables.threads.c.artifact)
    return of_artifact.scalar_subquery()


def row_of(record: Record, now: datetime) -> dict[str, Any]:
    """Return the columns of a record's row, which say nothing that is marked. `now` dates one without time."""
    row = {
        "id": record.id,
        "revision": record.revision,
        "scope": getattr(record, "scope", "everyone"),
        "source": getattr(record, "source", ""),
        "source_id": getattr(record, "source_id", ""),
        "body": encode(record),
    }
    columns = _columns(record, now)
    return row | {name: withhold(v) if isinstance(v, str) else v for name, v in columns.items()}


def _columns(record: Record, now: datetime) -> dict[str, Any]:
    if isinstance(record, Incident):
        return _incident(record, now)
    if isinstance(record, Deployment):
        return _deployment(record, now)
    if isinstance(record, Action):
        return _action(record)
    if isinstance(record, Artifact):
        return _artifact(record)
    if isinstance(record, Observation | Review | Thread | Template | Term | Policy | Source | Destination):
        return _plain(record)
    return {"name": record.name, **_claim(record)}


def _claim(record: Record) -> dict[str, Any]:
    """Return what the list of services is filtered by."""
    if not isinstance(record, Service):
        return {}
    return {"unclaimed": int(is_unclaimed(record)), "same_as": record.same_as}


def _incident(incident: Incident, now: datetime) -> dict[str, Any]:
    return {
        "title": incident.title,
        "severity": incident.severity,
        "status": incident.status,
        "at": to_ms(occurred_at(incident) or now),
        "detected_at": optional_ms(incident.times.detected_at),
        "resolved_at": optional_ms(incident.times.resolved_at),
    }


def _deployment(deployment: Deployment, now: datetime) -> dict[str, Any]:
    return {
        "title": deployment.title,
        "service": deployment.service,
        "environment": deployment.environment,
        "version": deployment.version,
        "outcome": deployment.outcome,
        "risk": deployment.risk.band if deployment.risk else None,
        "at": to_ms(deployment.finished_at or deployment.started_at or now),
    }


def _action(action: Action) -> dict[str, Any]:
    return {
        "title": action.title,
        "kind": action.kind,
        "side": action.side,
        "state": action.state,
        "owner": action.owner,
        "team": action.team,
        "due_on": action.due_on or NO_DUE_DATE,
        "incident": action.incident,
        "unfinished": int(action.state in UNFINISHED),
        "updated_at": to_ms(action.updated_at),
    }


def _artifact(artifact: Artifact) -> dict[str, Any]:
    text = artifact.body
    if isinstance(artifact, Lesson):
        text = artifact.claim or text
    elif isinstance(artifact, Postmortem) and artifact.sections:
        text = artifact.sections[0].text
    elif isinstance(artifact, Runbook) and artifact.steps and not text:
        text = artifact.steps[0].text
    return {
        "scope": visible_scope(artifact),
        "kind": kind_of(artifact),  # type: ignore[arg-type]
        "title": artifact.title,
        "state": artifact.state,
        "owner": artifact.owner,
        "team": artifact.team,
        "risk": artifact.risk,
        "review_on": artifact.review_on,
        "reminded": artifact.reminded,
        "proven_on": artifact.proven_on if isinstance(artifact, Runbook) else None,
        "remedy": artifact.remedy if isinstance(artifact, Lesson) else None,
        "excerpt": " ".join(withhold(text).split())[:_EXCERPT],
        "updated_at": to_ms(artifact.updated_at),
    }


def _plain(
    record: Observation | Review | Thread | Template | Term | Policy | Source | Destination,
) -> dict[str, Any]:
    """Return the columns of the nouns whose fields are their columns."""
    if isinstance(record, Policy):
        return {"title": record.title}
    if isinstance(record, Destination):
        return {"title": record.title, "active": int(record.active and not record.paused)}
    if isinstance(record, Source):
        return {"title": record.title, "kind": record.kind}
    if isinstance(record, Thread):
        row = {name: getattr(record, name) for name in ("artifact", "section", "kind", "state")}
        return row | {"at": to_ms(record.written_at)}
    row = {"title": record.title, "state": record.state}
    if isinstance(record, Term):
        return row | {"axis": record.axis}
    row["kind"] = record.kind
    if isinstance(record, Observation):
        row["at"] = to_ms(record.written_at)
    elif isinstance(record, Review):
        row |= {"subject": record.subject, "due_on": record.due_on}
        row["starts_at"] = optional_ms(record.starts_at)
    return row


def labels_of(record: Record) -> Iterator[tuple[str, str]]:
    """Yield the (axis, value) labels of a record, each once."""
    if isinstance(record, Deployment):
        pairs = [("service", record.service), ("environment", record.environment)]
        yield from ((axis, value) for axis, value in pairs if value)
        return
    if not isinstance(record, Incident | Artifact | Action | Observation):
        return
    yield from (("service", value) for value in dict.fromkeys(record.services))
    yield from (("tag", value) for value in dict.fromkeys(record.tags))
    if isinstance(record, Incident | Artifact | Observation):
        yield from (("environment", value) for value in dict.fromkeys(record.environments))
    if isinstance(record, Incident):
        codes = (factor.code for factor in record.factors if factor.standing != "rejected")
        yield from (("factor", code) for code in dict.fromkeys(codes) if code)


def links_of(record: Record) -> Iterator[tuple[str, str]]:
    """Yield the (relation, target) links of a record, each once.

    What its words alone name is a `mention`; an address is kept in the form it is found by.
    """
    typed = tuple(_typed_links(record))
    yield from typed
    references = (key_of(reference.url) for reference in getattr(record, "references", ()))
    yield from (("reference", key) for key in dict.fromkeys(references))
    known = {target for _, target in typed}
    yield from (("mention", target) for target in mentions_of(record) if target not in known)


def _typed_links(record: Record) -> Iterator[tuple[str, str]]:
    """Yield the links that a record's own fields make."""
    if isinstance(record, Incident):
        pairs = {(link.relation, link.deployment): None for link in record.deployments}
        yield from pairs
        yield from (("related", target) for target in dict.fromkeys(record.related))
        yield from (("merged", target) for target in (record.merged_into,) if target)
        yield from ((MEMBER, person) for person in dict.fromkeys(record.members))
    elif isinstance(record, Deployment):
        yield from ((CARRIES, commit) for commit in dict.fromkeys(change.commit for change in record.changes))
    elif isinstance(record, Action):
        yield from (("incident", target) for target in (record.incident,) if target)
        yield from (("lesson", target) for target in dict.fromkeys(record.lessons))
    elif isinstance(record, Observation):
        yield from (("became", target) for target in (record.became,) if target)
    elif isinstance(record, Review):
        yield ("subject", record.subject)
        yield from (("decided", name) for name in dict.fromkeys(d.action for d in record.decisions) if name)
        yield from (("asked", name) for name in people_of(record))
    elif isinstance(record, Thread):
        yield ("artifact", record.artifact)
    elif isinstance(record, Artifact):
        incidents = dict.fromkeys(record.incidents)
        if isinstance(record, Postmortem) and record.incident:
            incidents[record.incident] = None
        yield from (("incident", target) for target in incidents)
        yield from (("successor", target) for target in (record.successor,) if target)
        if isinstance(record, Runbook):
            yield from (("lesson", target) for target in dict.fromkeys(record.lessons))
