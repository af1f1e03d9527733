"""References: the addresses outside that a record is about, added and taken off."""

from __future__ import annotations

from typing import Final

import msgspec

from hardwon.domain.access import Permission
from hardwon.domain.action import Action
from hardwon.domain.actor import Actor
from hardwon.domain.artifact import Artifact, told_of
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import DuplicateError, InputError, NotFoundError
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.lesson import Lesson
from hardwon.domain.note import Note
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.record import TYPES, Record
from hardwon.domain.reference import MAX_REFERENCES, Reference, key_of
from hardwon.domain.runbook import Runbook
from hardwon.domain.text import kind_of
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App

Referring = Incident | Deployment | Action | Postmortem | Lesson | Runbook | Note
KINDS: Final = ("incident", "deployment", "action", "postmortem", "lesson", "runbook", "note")
"""Kinds of records that refer to addresses."""


def refer(app: App, actor: Actor, record_id: str, reference: Reference, expected_revision: int) -> Record:
    """Add a reference to a record.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, DuplicateError for an address that
    is there already, InputError past 200 of them.
    """
    now = app.now()
    with app.store.begin(actor, now) as tx:
        stored = _stored(tx, actor, record_id)
        if key_of(reference.url) in {key_of(other.url) for other in stored.references}:
            raise DuplicateError(f"{record_id} refers to that address already.", fix="Open its links.")
        if len(stored.references) >= MAX_REFERENCES:
            raise InputError(
                f"A record has at most {MAX_REFERENCES} links.", fix="Link a page that lists them."
            )
        return _keep(tx, stored, (*stored.references, reference), expected_revision)


def drop(app: App, actor: Actor, record_id: str, position: int, expected_revision: int) -> Record:
    """Take the reference at `position` off.

    Raises ForbiddenError, NotFoundError, RevisionConflictError.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = _stored(tx, actor, record_id)
        if not 0 <= position < len(stored.references):
            raise NotFoundError(f"{record_id} has no such link.", fix="Open its page again.")
        left = (*stored.references[:position], *stored.references[position + 1 :])
        return _keep(tx, stored, left, expected_revision)


def _stored(tx: Transaction, actor: Actor, record_id: str) -> Referring:
    kind = kind_of(record_id)
    if kind not in KINDS:
        raise NotFoundError(f"{record_id} keeps no links.", fix=f"Kinds that do: {', '.join(KINDS)}.")
    permission: Permission = "deploy" if kind == "deployment" else "write"
    stored: Referring = tx.get_as(actor, permission, TYPES[kind], record_id)  # type: ignore[index]
    return stored


def _keep(tx: Transaction, stored: Referring, references: tuple[Reference, ...], expected: int) -> Record:
    changed = msgspec.structs.replace(stored, references=references)
    if isinstance(changed, Artifact | Action):
        changed = msgspec.structs.replace(changed, updated_at=tx.at)
    told = told_of(stored) if isinstance(stored, Artifact) else ()
    saved: Record = tx.save(changed, (Event(verb="revised", detail="links", tell=told),), expected)
    return saved
