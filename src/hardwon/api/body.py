"""Bodies of writes: a record without what Hardwon itself decides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

from hardwon.domain.action import Action
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import InputError
from hardwon.domain.incident import Incident
from hardwon.domain.lesson import Lesson
from hardwon.domain.note import Note
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.runbook import Runbook
from hardwon.domain.text import Name

MAX_JSON: Final = 1024 * 1024
"""The largest JSON body, in bytes."""
_UNSET: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLACEHOLDER: Final = "new"
_YEARS: Final = range(1900, 9999)
"""Years whose every moment exists in every zone, with room to spare."""

AnyRecord = TypeVar("AnyRecord", bound=msgspec.Struct)


class GivenIncident(Incident, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An incident as sent; its id and revision are Hardwon's to give."""

    id: Name = _PLACEHOLDER


class GivenDeployment(Deployment, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A deployment as sent; its id, risk and revision are Hardwon's to give."""

    id: Name = _PLACEHOLDER


class GivenLesson(Lesson, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lesson as sent; id, state, revision and times are Hardwon's to give."""

    id: Name = _PLACEHOLDER
    written_at: datetime = _UNSET
    updated_at: datetime = _UNSET


class GivenRunbook(Runbook, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A runbook as sent; id, state, revision and times are Hardwon's to give."""

    id: Name = _PLACEHOLDER
    written_at: datetime = _UNSET
    updated_at: datetime = _UNSET


class GivenNote(Note, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note as sent; id, state, revision and times are Hardwon's to give."""

    id: Name = _PLACEHOLDER
    written_at: datetime = _UNSET
    updated_at: datetime = _UNSET


class GivenPostmortem(Postmortem, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A postmortem as sent; id, state, revision and times are Hardwon's to give."""

    id: Name = _PLACEHOLDER
    written_at: datetime = _UNSET
    updated_at: datetime = _UNSET


class GivenAction(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An action as sent; id, state, revision and times are Hardwon's to give."""

    id: Name = _PLACEHOLDER
    written_at: datetime = _UNSET
    updated_at: datetime = _UNSET


def record_of(given: msgspec.Struct, kind: type[AnyRecord], record_id: str = _PLACEHOLDER) -> AnyRecord:
    """Return what was sent as a record, with `record_id`, revision 1 and this schema's version."""
    expect_zones(given)
    own = {"id": record_id, "revision": 1, "schema_version": 1}
    names = kind.__struct_fields__
    return kind(**{name: own.get(name, getattr(given, name)) for name in names})


def expect_zones(value: Any) -> None:
    """Raise InputError where a time in what was sent has no zone, for nobody knows when it was."""
    if isinstance(value, datetime) and (value.tzinfo is None or value.year not in _YEARS):
        raise InputError(
            f"{value.isoformat()} has no time zone, or lies outside the calendar.",
            fix="Send times like 2026-11-20T09:30:00Z.",
        )
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            expect_zones(getattr(value, name))
    elif isinstance(value, tuple | list):
        for item in value:
            expect_zones(item)
