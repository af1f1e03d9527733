"""Threads as the use cases open them: on an artifact, with its sections, told to those who see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from hardwon.domain.access import EVERYONE, scopes_of
from hardwon.domain.artifact import Artifact, told_of, visible_scope
from hardwon.domain.catalog import Person, acting
from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.postmortem import SECTION_TITLES, Postmortem
from hardwon.domain.record import TYPES
from hardwon.domain.text import kind_of
from hardwon.domain.thread import MAX_THREADS, Thread, ThreadKind, place_of
from hardwon.storage.queries.catalog import grants_of
from hardwon.storage.queries.records import get_record, known_ids
from hardwon.storage.queries.templates import outline_in
from hardwon.storage.queries.threads import count_threads
from hardwon.storage.questions import count_waiting
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction

_ARTIFACTS: Final = ("postmortem", "lesson", "runbook", "note")


def new_thread(
    tx: Transaction, artifact: Artifact, section: str, kind: ThreadKind, text: str, at: datetime
) -> Thread:
    """Return a thread that has no author yet, seen by whom its artifact is seen."""
    return Thread(
        id=tx.next_id("thread"),
        artifact=artifact.id,
        section=section,
        kind=kind,
        text=text,
        written_at=at,
        updated_at=at,
        scope=visible_scope(artifact),
    )


def artifact_at(reading: Reading, artifact_id: str) -> Artifact:
    """Return the artifact of that id. Raises InputError for another kind of id, NotFoundError."""
    kind: Any = kind_of(artifact_id)
    if kind not in _ARTIFACTS:
        raise InputError(
            f"{artifact_id[:100]!r} names no artifact.", fix="Use an id like LES-0007 or PM-0042."
        )
    artifact: Artifact = get_record(reading, TYPES[kind], artifact_id)
    return artifact


def titles_of(reading: Reading, artifact: Artifact) -> dict[str, str]:
    """Return the sections one can comment on: the standard ones, and those of its own template."""
    if not isinstance(artifact, Postmortem):
        return {}
    return {**SECTION_TITLES, **{section.name: section.title for section in outline_in(reading, artifact)}}


def place_in(tx: Transaction, artifact: Artifact, section: str) -> str:
    """Return how a section of an artifact is called where somebody is told of it."""
    return place_of(artifact, section, titles_of(Reading(tx.connection, None), artifact))


def check_room(tx: Transaction, artifact_id: str) -> None:
    """Raise RuleError where an artifact takes no more threads, those that wait counted in."""
    reading = Reading(tx.connection, None)
    if count_threads(reading, artifact_id) + count_waiting(reading, artifact_id) >= MAX_THREADS:
        raise RuleError(f"{artifact_id} takes {MAX_THREADS} threads.", fix="Reply in one of them.")


def told_about(tx: Transaction, artifact: Artifact, names: Sequence[str]) -> tuple[str, ...]:
    """Return who is told: the artifact's owner and team, and those of the names that may see it."""
    return tuple(dict.fromkeys((*told_of(artifact), *mentioned(tx, artifact, names))))


def mentioned(tx: Transaction, artifact: Artifact, names: Sequence[str]) -> tuple[str, ...]:
    """Return those of the names that are people or teams and may see the artifact."""
    reading, scope = Reading(tx.connection, None), visible_scope(artifact)
    people, teams = (known_ids(reading, kind, names) for kind in ("person", "team"))
    return tuple(
        name
        for name in names
        if (name in people and _person_sees(reading, tx.get(Person, name), scope))
        or (name in teams and _team_sees(name, scope))
    )


def _person_sees(reading: Reading, person: Person, scope: str) -> bool:
    if not person.active:
        return False
    scopes = scopes_of(acting(person, grants_of(reading, person.id)))
    return scopes is None or scope in scopes


def _team_sees(team: str, scope: str) -> bool:
    return scope.removeprefix("draft:") in {EVERYONE, f"team:{team}"}
