"""A writer that is killed: prints the id and revision of every write once it is acknowledged.

With `mutant` it answers before the commit, which the harness must notice.
A fail point, e.g. `INSERT INTO audit:7`, kills the process at the seventh such statement; `COMMIT`
counts the commits of the writer, `PLACE` those of the sequencer beside it (reads do not count).
"""

from __future__ import annotations

import os
import signal
import threading
from datetime import UTC, datetime

from sqlalchemy import event

from hardwon.domain.actor import Actor
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.storage.audit_log import sequence
from hardwon.storage.engine import open_engine
from hardwon.storage.store import Store

ADA = Actor(id="ada", name="Ada", roles=("admin",))
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


ANSWERS_LEFT = [0]
"""Answers until the process dies instead of giving one, 0: never."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(store: Store, point: str) -> None:
    """Die at the nth statement that begins so, before the nth commit, or between a commit and the nth answer."""
    words, _, number = point.rpartition(":")
    if words == "ANSWER":
        ANSWERS_LEFT[0] = int(number)
        return
    left = [int(number)]

    def count() -> None:
        left[0] -= 1
        if left[0] <= 0:
            die()

    def count_commit(connection) -> None:
        mine = (threading.current_thread() is threading.main_thread()) == (words == "COMMIT")
        if mine and connection.get_execution_options().get("writes"):
            count()

    if words in {"COMMIT", "PLACE"}:
        event.listen(store.engine, "commit", count_commit)
        return

    def look(connection, cursor, statement, parameters, context, many):  # noqa: ARG001
        if statement.startswith(words):
            count()

    event.listen(store.engine, "before_cursor_execute", look)


def write(store: Store, *, mutant: bool) -> None:
    while True:
        with store.begin(ADA, NOW) as tx:
            name = tx.next_id("incident")
            record = Incident(id=name, title="Killed", summary="x" * 2_000, services=("search",))
            tx.save(record, (Event(verb="created", tell=("bo",)),))
            if mutant:
                acknowledge(name, 1)
        if not mutant:
            acknowledge(name, 1)
        with store.begin(ADA, NOW) as tx:
            tx.save(record, (Event(verb="revised"),), 1)
        if not mutant:
            acknowledge(name, 2)


def acknowledge(name: str, revision: int) -> None:
    ANSWERS_LEFT[0] -= 1
    if ANSWERS_LEFT[0] == 0:
        die()
    os.write(1, f"{name} {revision}\n".encode())


def place(store: Store) -> None:
    while True:
        sequence(store, NOW)
        threading.Event().wait(0.01)


def main(url: str, mode: str, point: str) -> None:
    store = Store(open_engine(url))
    store.migrate()
    if point:
        arm(store, point)
    os.write(1, b"ready\n")
    threading.Thread(target=place, args=(store,), daemon=True).start()
    write(store, mutant=mode == "mutant")
