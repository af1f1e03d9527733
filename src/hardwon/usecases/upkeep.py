"""Upkeep: what the calendar asks of the library, done by the worker in the system's name."""

from __future__ import annotations

from typing import Any

from hardwon.domain.actor import system
from hardwon.domain.artifact import ANSWER_WITHIN, move, overdue_step, told_of
from hardwon.domain.event import Event
from hardwon.domain.record import TYPES
from hardwon.domain.text import kind_of
from hardwon.storage.queries.upkeep import due_artifacts
from hardwon.usecases.app import App

_BATCH = 200
_WHY = {
    "due_for_review": "its review date has passed: renew it, retire it, or hand it over",
    "archived": f"nobody renewed it in {ANSWER_WITHIN} days",
}


def ask_owners(app: App) -> int:
    """Ask the owners of what is past its review date, archive what nobody answers for.

    Returns how many artifacts moved. Each is a step in its history; nothing is deleted.
    """
    today, moved = app.today(), 0
    with app.store.read(None) as reading:
        due = due_artifacts(reading, today, limit=_BATCH)
    for name in due:
        if (kind := kind_of(name)) not in TYPES:
            continue
        with app.store.begin(system(), app.now()) as tx:
            stored: Any = tx.get(TYPES[kind], name)
            state = overdue_step(stored, today)
            if state is None:
                continue
            event = Event(
                verb="moved", detail=f"{stored.state} to {state}: {_WHY[state]}", tell=told_of(stored)
            )
            tx.save(move(stored, state, app.now()), (event,), stored.revision)
            moved += 1
    return moved
