"""Threads: comment on a section, ask with or without a name, reply, settle, publish what was asked unnamed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

import msgspec

from hardwon.domain.access import EVERYONE, authorise, permissions_of, scopes_of
from hardwon.domain.actor import Actor, system
from hardwon.domain.artifact import Artifact, told_of, visible_scope
from hardwon.domain.catalog import Person
from hardwon.domain.errors import HardwonError, InputError, NotFoundError, RuleError, UnavailableError
from hardwon.domain.event import Event
from hardwon.domain.postmortem import SECTION_TITLES, Postmortem
from hardwon.domain.projection import project
from hardwon.domain.record import TYPES
from hardwon.domain.text import kind_of
from hardwon.domain.thread import (
    MAX_THREADS,
    Thread,
    ThreadKind,
    ThreadState,
    checked_section,
    checked_text,
    is_batch_due,
    mentions_in,
    parties_of,
    place_of,
)
from hardwon.domain.thread import reopen as reopen_thread
from hardwon.domain.thread import reply as reply_to
from hardwon.domain.thread import resolve as resolve_thread
from hardwon.storage.queries.page import MAX_LIMIT, Page
from hardwon.storage.queries.records import get_record, known_ids
from hardwon.storage.queries.threads import count_open as query_open
from hardwon.storage.queries.threads import count_threads
from hardwon.storage.queries.threads import list_threads as query_threads
from hardwon.storage.questions import (
    WaitingQuestion,
    count_waiting,
    put_question,
    take_questions,
    waiting_days,
)
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App, outline_in

_ARTIFACTS = ("postmortem", "lesson", "runbook", "note")


class SectionThreads(msgspec.Struct, frozen=True, kw_only=True):
    """What is said about one section, oldest first, and how much of it is open."""

    section: str
    title: str
    open: int
    threads: tuple[Thread, ...]


class Discussion(msgspec.Struct, frozen=True, kw_only=True):
    """All that is said about an artifact, by section; `writes` tells whether the reader may settle any of it."""

    artifact: str
    open: int
    sections: dict[str, SectionThreads]
    writes: bool


def comment(app: App, actor: Actor, artifact_id: str, text: str, *, section: str = "") -> Thread:
    """Say something about a section; the owner, the team and who is mentioned are told.

    Raises ForbiddenError, NotFoundError also for an artifact the actor does not see, InputError,
    RuleError for an artifact that takes no more threads.
    """
    return _begin(app, actor, artifact_id, section, "comment", text)


def ask(app: App, actor: Actor, artifact_id: str, text: str, *, section: str = "") -> Thread:
    """Ask about a section in one's own name. Tells and raises as `comment` does."""
    return _begin(app, actor, artifact_id, section, "question", text)


def ask_anonymously(app: App, actor: Actor, artifact_id: str, text: str, *, section: str = "") -> None:
    """Take a question of which nothing is kept but its text, its place and the day.

    Who asks is authorised and then forgotten: no audit entry, no revision, no notice, no log line.
    The batch it belongs to is published on a later day. Raises as `comment` does; what nobody
    expected is raised as UnavailableError, since an unknown error would be logged with its time.
    """
    authorise(actor, "ask")
    day = app.today()
    try:
        with app.store.begin(system(), _midnight(app)) as tx:
            reading = Reading(tx.connection, scopes_of(actor))
            artifact = _artifact(reading, artifact_id)
            place = checked_section(artifact, section, _titles(reading, artifact))
            _check_room(tx, artifact_id)
            question = WaitingQuestion(artifact=artifact_id, section=place, text=checked_text(text))
            put_question(tx, question, day)
        app.store.empty_log()
    except HardwonError:
        raise
    except Exception:  # noqa: BLE001  (logged, it would tell when somebody asked)
        raise UnavailableError("The question could not be kept.", fix="Try again.") from None


def reply(app: App, actor: Actor, thread_id: str, text: str) -> Thread:
    """Answer in a thread; who takes part in it is told as well.

    Raises ForbiddenError, NotFoundError, InputError, RuleError for a thread that is full.
    """
    authorise(actor, "ask")
    with app.store.begin(actor, app.now()) as tx:
        stored, artifact = _stored(tx, actor, thread_id)
        answered = reply_to(stored, text, actor.id, app.now())
        told = _told(tx, artifact, (*mentions_in(text), *parties_of(stored)))
        event = Event(verb="revised", detail=f"reply on {_place(tx, artifact, stored.section)}", tell=told)
        return tx.save(answered, (event,), stored.revision)


def resolve(app: App, actor: Actor, thread_id: str, expected_revision: int) -> Thread:
    """Settle a thread: its author may, and who may write.

    Raises ForbiddenError, NotFoundError, RuleError, RevisionConflictError where somebody replied since.
    """
    return _settle(app, actor, thread_id, "resolved", expected_revision)


def reopen(app: App, actor: Actor, thread_id: str, expected_revision: int) -> Thread:
    """Open a settled thread again. Raises as `resolve` does."""
    return _settle(app, actor, thread_id, "open", expected_revision)


def get_thread(app: App, actor: Actor, thread_id: str) -> Thread:
    """Return a thread. Raises NotFoundError also for one whose artifact the actor does not see."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return project(get_record(reading, Thread, thread_id), actor)


def list_threads(
    app: App,
    actor: Actor,
    artifact_id: str,
    *,
    state: ThreadState | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[Thread]:
    """Return a page of an artifact's threads, oldest first. Raises NotFoundError, InputError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        _artifact(reading, artifact_id)
        page = query_threads(reading, artifact_id, state=state, limit=limit, after=after)
    return project(page, actor)


def discuss(app: App, actor: Actor, artifact_id: str) -> Discussion:
    """Return all that is said about an artifact, section by section. Raises NotFoundError, InputError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        artifact = _artifact(reading, artifact_id)
        rows = query_threads(reading, artifact_id, limit=MAX_LIMIT).rows
        titles = _titles(reading, artifact)
        counts = query_open(reading, artifact_id)
    groups = {
        name: SectionThreads(
            section=name,
            title=title,
            open=counts.get(name, 0),
            threads=tuple(thread for thread in rows if thread.section == name),
        )
        for name, title in {**titles, "": "All of it"}.items()
    }
    writes = "write" in permissions_of(actor)
    found = Discussion(artifact=artifact_id, open=sum(counts.values()), sections=groups, writes=writes)
    return project(found, actor)


def publish_questions(app: App) -> int:
    """Publish the questions of earlier days as threads, once they make a batch; return how many there were.

    Each has no author and the midnight of today, and comes in an order that says nothing; the system
    saves them, together, and their waiting rows are gone in the same transaction. For the worker.
    """
    today = app.today()
    with app.store.read(None) as reading:
        if not is_batch_due(waiting_days(reading, today), today):
            return 0
    at = _midnight(app)
    with app.store.begin(system(), app.now()) as tx:
        taken = take_questions(tx, today)
        for question in taken:
            _publish(tx, question, at)
    app.store.empty_log()
    return len(taken)


def _publish(tx: Transaction, question: WaitingQuestion, at: datetime) -> None:
    """Save one question as a thread; one on an artifact that is gone has nobody to read it."""
    try:
        artifact = _artifact(Reading(tx.connection, None), question.artifact)
    except NotFoundError:
        return
    thread = _thread(tx, artifact, question.section, "question", question.text, at)
    told = _told(tx, artifact, mentions_in(thread.text))
    detail = f"question on {_place(tx, artifact, thread.section)}"
    tx.save(thread, (Event(verb="created", detail=detail, tell=told),))


def _begin(app: App, actor: Actor, artifact_id: str, section: str, kind: ThreadKind, text: str) -> Thread:
    authorise(actor, "ask")
    now = app.now()
    with app.store.begin(actor, now) as tx:
        reading = Reading(tx.connection, scopes_of(actor))
        artifact = _artifact(reading, artifact_id)
        titles = _titles(reading, artifact)
        place = checked_section(artifact, section, titles)
        _check_room(tx, artifact_id)
        thread = _thread(tx, artifact, place, kind, checked_text(text), now)
        thread = msgspec.structs.replace(thread, author=actor.id)
        told = _told(tx, artifact, mentions_in(thread.text))
        event = Event(verb="created", detail=f"{kind} on {place_of(artifact, place, titles)}", tell=told)
        return tx.save(thread, (event,))


def _thread(
    tx: Transaction, artifact: Artifact, section: str, kind: ThreadKind, text: str, at: datetime
) -> Thread:
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


def _settle(app: App, actor: Actor, thread_id: str, state: ThreadState, expected: int) -> Thread:
    authorise(actor, "ask")
    writes = "write" in permissions_of(actor)
    with app.store.begin(actor, app.now()) as tx:
        stored, artifact = _stored(tx, actor, thread_id)
        change = resolve_thread if state == "resolved" else reopen_thread
        changed = change(stored, actor.id, app.now(), writes=writes)
        word = "resolved" if state == "resolved" else "open again"
        detail = f"{word}: {stored.kind} on {_place(tx, artifact, stored.section)}"
        event = Event(verb="moved", detail=detail, tell=_told(tx, artifact, parties_of(stored)))
        return tx.save(changed, (event,), expected)


def _stored(tx: Transaction, actor: Actor, thread_id: str) -> tuple[Thread, Artifact]:
    """Return a thread and its artifact as they are now. Raises NotFoundError for what is not seen."""
    reading = Reading(tx.connection, scopes_of(actor))
    thread = get_record(reading, Thread, thread_id)
    return thread, _artifact(reading, thread.artifact)


def _artifact(reading: Reading, artifact_id: str) -> Artifact:
    kind: Any = kind_of(artifact_id)
    if kind not in _ARTIFACTS:
        raise InputError(
            f"{artifact_id[:100]!r} names no artifact.", fix="Use an id like LES-0007 or PM-0042."
        )
    artifact: Artifact = get_record(reading, TYPES[kind], artifact_id)
    return artifact


def _titles(reading: Reading, artifact: Artifact) -> dict[str, str]:
    """Return the sections one can comment on: the standard ones, and those of its own template."""
    if not isinstance(artifact, Postmortem):
        return {}
    return {**SECTION_TITLES, **{section.name: section.title for section in outline_in(reading, artifact)}}


def _place(tx: Transaction, artifact: Artifact, section: str) -> str:
    return place_of(artifact, section, _titles(Reading(tx.connection, None), artifact))


def _check_room(tx: Transaction, artifact_id: str) -> None:
    reading = Reading(tx.connection, None)
    if count_threads(reading, artifact_id) + count_waiting(reading, artifact_id) >= MAX_THREADS:
        raise RuleError(f"{artifact_id} takes {MAX_THREADS} threads.", fix="Reply in one of them.")


def _told(tx: Transaction, artifact: Artifact, names: Sequence[str]) -> tuple[str, ...]:
    """Return who is told: the artifact's owner and team, and those of the names that may see it."""
    reading, scope = Reading(tx.connection, None), visible_scope(artifact)
    people, teams = (known_ids(reading, kind, names) for kind in ("person", "team"))
    seeing = [
        name
        for name in names
        if (name in people and _person_sees(tx.get(Person, name), scope))
        or (name in teams and _team_sees(name, scope))
    ]
    return tuple(dict.fromkeys((*told_of(artifact), *seeing)))


def _person_sees(person: Person, scope: str) -> bool:
    scopes = scopes_of(Actor(id=person.id, name=person.name, roles=person.roles, teams=person.teams))
    return person.active and (scopes is None or scope in scopes)


def _team_sees(team: str, scope: str) -> bool:
    return scope.removeprefix("draft:") in {EVERYONE, f"team:{team}"}


def _midnight(app: App) -> datetime:
    """Return the beginning of the day, the finest time an unnamed question carries."""
    return datetime.combine(app.today(), time(), UTC)
