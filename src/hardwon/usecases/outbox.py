"""The outbox: tell what happened to those who should know."""

from __future__ import annotations

from hardwon.domain.actor import system
from hardwon.storage import outbox
from hardwon.usecases.app import App


def deliver(app: App) -> int:
    """Tell every event that waits and return how many there were; for the worker."""
    told = 0
    while outbox.is_waiting(app.store):
        with app.store.begin(system(), app.now()) as tx:
            batch = outbox.tell(tx)
        told += batch
        if not batch:
            break
    return told
