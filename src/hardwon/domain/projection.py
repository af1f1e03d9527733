"""What a reader may see of a record: marked fields and passages are withheld from the others."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, Literal, TypeAlias, TypeVar

import msgspec

from hardwon.domain.access import permissions_of
from hardwon.domain.actor import Actor
from hardwon.domain.catalog import Person
from hardwon.domain.factor import Factor
from hardwon.domain.sensitivity import EVERY_MARK, Sensitivity, withhold
from hardwon.domain.timeline import TimelineEntry

Mark = Literal["personal", "internal"]

MARKS: Final[dict[type[Any], dict[str, Mark]]] = {
    Person: {"email": "personal"},
    TimelineEntry: {"human_factor": "internal", "author": "internal"},
    Factor: {"note": "internal"},
}
"""Fields that not every reader sees: personal for the person and admins, internal for writers."""

AnyRecord = TypeVar("AnyRecord")
Audience: TypeAlias = Literal["everyone", "engineers"]


def project(record: AnyRecord, reader: Actor) -> AnyRecord:
    """Return what this reader may see of a record, a row, a page of them or a text.

    Marked fields are set to their default, marked passages of any text become `[withheld]`. Whoever may
    write sees every mark in what they write, so that no correction loses a passage its writer never saw.
    """
    held = permissions_of(reader)
    if "administer" in held:
        return record
    if isinstance(record, Person) and record.id == reader.id:
        return record
    if "write" in held:
        seen: AnyRecord = (
            _without(record, {"personal"}, frozenset()) if isinstance(record, Person) else record
        )
        return seen
    return for_audience(record, "everyone")


def for_audience(record: AnyRecord, audience: Audience) -> AnyRecord:
    """Return what a reading made for an audience may say of a record, whoever asks for it.

    Engineers see what is internal; nobody's reading says what is restricted or personal.
    """
    fields: set[Mark] = {"personal"} if audience == "engineers" else {"personal", "internal"}
    marks: frozenset[Sensitivity] = frozenset({"restricted"}) if audience == "engineers" else EVERY_MARK
    said: AnyRecord = _without(record, fields, marks)
    return said


def _without(value: Any, fields: set[Mark], marks: frozenset[Sensitivity]) -> Any:
    """Return the value without those fields and marks, wherever they stand in it."""
    if isinstance(value, str):
        return withhold(value, marks)
    if isinstance(value, msgspec.Struct):
        return _of_struct(value, fields, marks)
    if isinstance(value, tuple | list):
        items = [_without(item, fields, marks) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: _without(item, fields, marks) for key, item in value.items()}
    return value


def _of_struct(record: msgspec.Struct, fields: set[Mark], marks: frozenset[Sensitivity]) -> msgspec.Struct:
    marked = MARKS.get(type(record), {})
    changes: dict[str, Any] = {}
    for name, default in _defaults(type(record)):
        value = getattr(record, name)
        new = default if marked.get(name) in fields else _without(value, fields, marks)
        if new is not value and new != value:
            changes[name] = new
    return msgspec.structs.replace(record, **changes) if changes else record


@cache
def _defaults(kind: type[msgspec.Struct]) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in msgspec.structs.fields(kind))
