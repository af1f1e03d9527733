"""The history of a record: who wrote which revision, one of them, two side by side."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.comparison import Comparison
from hardwon.domain.comparison import compare as compare_revisions
from hardwon.domain.projection import project
from hardwon.domain.record import TYPES, Record, RecordKind, kind_named
from hardwon.storage.queries.records import RevisionRow, get_record, get_revisions
from hardwon.storage.queries.records import get_revision as query_revision
from hardwon.usecases.app import App

ARTIFACTS: Final = frozenset({"postmortem", "lesson", "runbook", "note"})
"""Kinds whose old revisions can be brought back."""


class History(msgspec.Struct, frozen=True, kw_only=True):
    """A record's revisions, newest first, and two of them compared."""

    id: str
    kind: RecordKind
    title: str
    revisions: tuple[RevisionRow, ...]
    comparison: Comparison

    @property
    def newest(self) -> int:
        """The number of the last revision."""
        return self.revisions[0].revision

    @property
    def restorable(self) -> bool:
        """Whether an old revision can be brought back."""
        return self.kind in ARTIFACTS


def get_history(app: App, actor: Actor, record_id: str) -> tuple[RevisionRow, ...]:
    """Return who wrote which revision, newest first. Raises NotFoundError, InputError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        get_record(reading, _type_of(record_id), record_id)
        return project(tuple(get_revisions(reading, record_id)), actor)


def get_revision(app: App, actor: Actor, record_id: str, number: int) -> Record:
    """Return one revision as it was written. Raises NotFoundError, InputError."""
    authorise(actor, "read")
    kind = _type_of(record_id)
    with app.store.read(scopes_of(actor)) as reading:
        get_record(reading, kind, record_id)
        revision: Record = project(query_revision(reading, kind, record_id, number), actor)
    return revision


def get_newest(app: App, actor: Actor, record_id: str) -> Record:
    """Return a record of any kind as it is now. Raises NotFoundError, InputError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        newest: Record = project(get_record(reading, _type_of(record_id), record_id), actor)
    return newest


def compare(app: App, actor: Actor, record_id: str, left: int, right: int) -> Comparison:
    """Return two revisions line by line. Raises NotFoundError, InputError."""
    older = get_revision(app, actor, record_id, left)
    newer = get_revision(app, actor, record_id, right)
    return compare_revisions(older, newer, (left, right))


def open_history(
    app: App, actor: Actor, record_id: str, *, left: int | None = None, right: int | None = None
) -> History:
    """Return the history with two revisions compared: the last two unless others are named.

    Raises NotFoundError, InputError.
    """
    revisions = get_history(app, actor, record_id)
    right = right or revisions[0].revision
    left = left or max(1, right - 1)
    newest: Any = get_revision(app, actor, record_id, revisions[0].revision)
    return History(
        id=record_id,
        kind=kind_named(record_id),
        title=newest.title,
        revisions=revisions,
        comparison=compare(app, actor, record_id, left, right),
    )


def _type_of(record_id: str) -> type[Any]:
    return TYPES[kind_named(record_id)]
