"""What a reader may see of a record: marked fields are dropped for those who may not see them."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeVar

import msgspec

from hardwon.domain.access import permissions_of
from hardwon.domain.actor import Actor
from hardwon.domain.catalog import Person
from hardwon.domain.factor import Factor
from hardwon.domain.incident import Incident
from hardwon.domain.timeline import TimelineEntry

Mark = Literal["personal", "internal"]

MARKS: Final[dict[type[Any], dict[str, Mark]]] = {
    Person: {"email": "personal"},
    TimelineEntry: {"human_factor": "internal", "author": "internal"},
    Factor: {"note": "internal"},
}
"""Fields that not every reader sees: personal for the person and admins, internal for writers."""

AnyRecord = TypeVar("AnyRecord", bound=msgspec.Struct)


def project(record: AnyRecord, reader: Actor) -> AnyRecord:
    """Return the record without the marked fields this reader may not see (set to their default)."""
    held = permissions_of(reader)
    if "administer" in held:
        return record
    own = isinstance(record, Person) and record.id == reader.id
    hidden: set[Mark] = set() if "write" in held else {"internal"}
    if not own:
        hidden.add("personal")
    return _without(record, hidden)


def _without(record: AnyRecord, hidden: set[Mark]) -> AnyRecord:
    cleared = _cleared(record, hidden)
    if isinstance(cleared, Incident):
        return msgspec.structs.replace(
            cleared,
            timeline=tuple(_cleared(entry, hidden) for entry in cleared.timeline),
            factors=tuple(_cleared(factor, hidden) for factor in cleared.factors),
        )
    return cleared


def _cleared(record: AnyRecord, hidden: set[Mark]) -> AnyRecord:
    marks = MARKS.get(type(record), {})
    defaults = {field.name: field.default for field in msgspec.structs.fields(record)}
    changes = {name: defaults[name] for name, mark in marks.items() if mark in hidden}
    return msgspec.structs.replace(record, **changes) if changes else record
