"""The records Hardwon keeps, by kind, and their one encoding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

import msgspec

from hardwon.domain.action import Action
from hardwon.domain.catalog import Environment, Person, Service, Team
from hardwon.domain.deployment import Deployment
from hardwon.domain.destination import Destination
from hardwon.domain.errors import InputError
from hardwon.domain.incident import Incident
from hardwon.domain.lesson import Lesson
from hardwon.domain.note import Note
from hardwon.domain.observation import Observation
from hardwon.domain.policy import Policy
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.review import Review
from hardwon.domain.revision import KeptRevision
from hardwon.domain.runbook import Runbook
from hardwon.domain.source import Source
from hardwon.domain.template import Template
from hardwon.domain.term import Term
from hardwon.domain.text import kind_of as kind_of_id
from hardwon.domain.thread import Thread

RecordKind = Literal[
    "team",
    "person",
    "service",
    "environment",
    "term",
    "template",
    "policy",
    "source",
    "destination",
    "deployment",
    "incident",
    "postmortem",
    "lesson",
    "runbook",
    "note",
    "action",
    "observation",
    "review",
    "thread",
]
Record: TypeAlias = (
    Team
    | Person
    | Service
    | Environment
    | Term
    | Template
    | Policy
    | Source
    | Destination
    | Deployment
    | Incident
    | Postmortem
    | Lesson
    | Runbook
    | Note
    | Action
    | Observation
    | Review
    | Thread
)

TYPES: Final[dict[RecordKind, type[Any]]] = {
    "team": Team,
    "person": Person,
    "service": Service,
    "environment": Environment,
    "term": Term,
    "template": Template,
    "policy": Policy,
    "source": Source,
    "destination": Destination,
    "deployment": Deployment,
    "incident": Incident,
    "postmortem": Postmortem,
    "lesson": Lesson,
    "runbook": Runbook,
    "note": Note,
    "action": Action,
    "observation": Observation,
    "review": Review,
    "thread": Thread,
}
"""In the order in which an import must write them: what is pointed at comes first."""
_KINDS: Final[dict[type[Any], RecordKind]] = {cls: kind for kind, cls in TYPES.items()}
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODERS: Final = {kind: msgspec.json.Decoder(cls) for kind, cls in TYPES.items()}


def kind_named(record_id: str) -> RecordKind:
    """Return the kind of record that a readable id names. Raises InputError where it names none."""
    kind = kind_of_id(record_id)
    if kind in TYPES:
        return kind
    raise InputError(f"{record_id[:200]} is no record.", fix="Use an id like INC-0042 or LES-0007.")


def kind_of(record: Record) -> RecordKind:
    """Return the kind of a record."""
    return _KINDS[type(record)]


def encode(record: Record) -> bytes:
    """Return the record's JSON: what a revision stores, the API returns and an export writes."""
    return _ENCODER.encode(record)


def decode(kind: RecordKind, body: bytes | str) -> Record:
    """Return the record in `body`. Raises InputError naming the field that does not fit."""
    try:
        record: Record = _DECODERS[kind].decode(body)
    except msgspec.DecodeError as error:
        raise InputError(f"This is no {kind}: {error}.", fix="See its JSON Schema.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"This is no {kind}: {error}.", fix="Save it as UTF-8.") from error
    return record


def check_history(record: Record, history: Sequence[KeptRevision]) -> None:
    """Let a record pass whose history counts from 1 and ends in it. Raises InputError."""
    numbers = [kept.number for kept in history]
    counted = numbers == list(range(1, record.revision + 1))
    if not counted or decode(kind_of(record), history[-1].body) != record:
        raise InputError(f"The history of {record.id} does not lead to the record.", fix="Export it again.")


def json_schema(kind: RecordKind) -> dict[str, Any]:
    """Return the kind's JSON Schema (2020-12), with its `$id`."""
    schema = msgspec.json.schema(TYPES[kind])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:hardwon:schema:{kind}:1-0-0",
        **schema,
    }
