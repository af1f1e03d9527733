"""Threads: comment on a section, ask in one's own name, reply, settle."""

from __future__ import annotations

import msgspec

from hardwon.domain.access import authorise, permissions_of, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.artifact import Artifact
from hardwon.domain.event import Event
from hardwon.domain.projection import project
from hardwon.domain.thread import (
    Thread,
    ThreadKind,
    ThreadState,
    checked_section,
    checked_text,
    mentions_in,
    parties_of,
    place_of,
)
from hardwon.domain.thread import reopen as reopen_thread
from hardwon.domain.thread import reply as reply_to
from hardwon.domain.thread import resolve as resolve_thread
from hardwon.storage.queries.page import MAX_LIMIT, Page
from hardwon.storage.queries.records import get_record
from hardwon.storage.queries.threads import count_open as query_open
from hardwon.storage.queries.threads import list_threads as query_threads
from hardwon.storage.store import Reading
from hardwon.storage.threads import artifact_at, check_room, new_thread, place_in, titles_of, told_about
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App


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


def reply(app: App, actor: Actor, thread_id: str, text: str) -> Thread:
    """Answer in a thread; who takes part in it is told as well.

    Raises ForbiddenError, NotFoundError, InputError, RuleError for a thread that is full.
    """
    authorise(actor, "ask")
    with app.store.begin(actor, app.now()) as tx:
        stored, artifact = _stored(tx, actor, thread_id)
        answered = reply_to(stored, text, actor.id, app.now())
        told = told_about(tx, artifact, (*mentions_in(text), *parties_of(stored)))
        event = Event(verb="revised", detail=f"reply on {place_in(tx, artifact, stored.section)}", tell=told)
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
        artifact_at(reading, artifact_id)
        page = query_threads(reading, artifact_id, state=state, limit=limit, after=after)
    return project(page, actor)


def discuss(app: App, actor: Actor, artifact_id: str) -> Discussion:
    """Return all that is said about an artifact, section by section. Raises NotFoundError, InputError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        artifact = artifact_at(reading, artifact_id)
        rows = query_threads(reading, artifact_id, limit=MAX_LIMIT).rows
        titles = titles_of(reading, artifact)
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


def _begin(app: App, actor: Actor, artifact_id: str, section: str, kind: ThreadKind, text: str) -> Thread:
    authorise(actor, "ask")
    now = app.now()
    with app.store.begin(actor, now) as tx:
        reading = Reading(tx.connection, scopes_of(actor))
        artifact = artifact_at(reading, artifact_id)
        titles = titles_of(reading, artifact)
        place = checked_section(artifact, section, titles)
        check_room(tx, artifact_id)
        thread = new_thread(tx, artifact, place, kind, checked_text(text), now)
        thread = msgspec.structs.replace(thread, author=actor.id)
        told = told_about(tx, artifact, mentions_in(thread.text))
        event = Event(verb="created", detail=f"{kind} on {place_of(artifact, place, titles)}", tell=told)
        return tx.save(thread, (event,))


def _settle(app: App, actor: Actor, thread_id: str, state: ThreadState, expected: int) -> Thread:
    authorise(actor, "ask")
    writes = "write" in permissions_of(actor)
    with app.store.begin(actor, app.now()) as tx:
        stored, artifact = _stored(tx, actor, thread_id)
        change = resolve_thread if state == "resolved" else reopen_thread
        changed = change(stored, actor.id, app.now(), writes=writes)
        word = "resolved" if state == "resolved" else "open again"
        detail = f"{word}: {stored.kind} on {place_in(tx, artifact, stored.section)}"
        event = Event(verb="moved", detail=detail, tell=told_about(tx, artifact, parties_of(stored)))
        return tx.save(changed, (event,), expected)


def _stored(tx: Transaction, actor: Actor, thread_id: str) -> tuple[Thread, Artifact]:
    """Return a thread and its artifact as they are now. Raises NotFoundError for what is not seen."""
    reading = Reading(tx.connection, scopes_of(actor))
    thread = get_record(reading, Thread, thread_id)
    return thread, artifact_at(reading, thread.artifact)
