"""Upkeep: what the calendar asks of the library, done by the worker in the system's name."""

from __future__ import annotations

from typing import Any

import msgspec

from hardwon.domain.actor import system
from hardwon.domain.artifact import REMIND_AFTER, move, overdue_step, told_of
from hardwon.domain.event import Event
from hardwon.domain.record import TYPES
from hardwon.domain.text import kind_of
from hardwon.storage.queries.upkeep import due_artifacts, reviewers
from hardwon.usecases.app import App

_BATCH = 200
_MOST_TOLD = 20


def fold_log(app: App) -> None:
    """Keep the database's log short, so that no write has to."""
    app.store.fold_log()


def ask_owners(app: App) -> int:
    """Ask the owners of what is past its review date, remind, tell the reviewers, archive in the end.

    Returns how many artifacts took a step. Each is in its history; nothing is deleted.
    """
    today, moved = app.today(), 0
    with app.store.read(None) as reading:
        due = due_artifacts(reading, today, limit=_BATCH)
        others = reviewers(reading, limit=_MOST_TOLD) if due else ()
    for name in due:
        if (kind := kind_of(name)) not in TYPES:
            continue
        with app.store.begin(system(), app.now()) as tx:
            stored: Any = tx.get(TYPES[kind], name)
            step = overdue_step(stored, today)
            if step is None:
                continue
            told = told_of(stored)
            if step.reminded == len(REMIND_AFTER) or not told:
                told = tuple(dict.fromkeys((*told, *others)))
            if step.state == stored.state:
                changed = msgspec.structs.replace(stored, reminded=step.reminded)
                event = Event(verb="reminded", detail=step.why, tell=told)
            else:
                changed = move(stored, step.state, app.now())
                event = Event(verb="moved", detail=f"{stored.state} to {step.state}: {step.why}", tell=told)
            tx.save(changed, (event,), stored.revision)
            moved += 1
    return moved
