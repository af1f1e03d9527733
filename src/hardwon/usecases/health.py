"""Health: whether the parts answer, and figures of what waits, for those who watch over Hardwon."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Final

import msgspec

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor
from hardwon.domain.errors import HardwonError
from hardwon.storage.queries.backlog import Backlog, measure_backlog
from hardwon.storage.queries.records import count_records
from hardwon.usecases.app import App

LEAST_FREE: Final = 256 * 1024 * 1024
"""Bytes of disk below which the server calls itself not ready."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the server, whether it is well, and what is to be said of it."""

    name: str
    ok: bool
    detail: str = ""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Records by kind, what waits in the background, and the free bytes of the workspace's disk."""

    records: dict[str, int]
    backlog: Backlog
    free_bytes: int


def examine(app: App) -> tuple[Part, ...]:
    """Return how the parts are that answering needs; it tells nothing of what is stored."""
    return (
        _tried("store", lambda: _store(app)),
        _tried("disk", lambda: _disk(app)),
        _tried("index", lambda: f"{app.index.document_count:,} documents"),
    )


def measure(app: App, actor: Actor) -> Figures:
    """Return figures of the workspace as a whole. Raises ForbiddenError without the permission to read."""
    authorise(actor, "read")
    with app.store.read(None) as reading:
        return Figures(
            records={str(kind): number for kind, number in count_records(reading).items()},
            backlog=measure_backlog(reading, app.now()),
            free_bytes=shutil.disk_usage(app.settings.home).free,
        )


def _tried(name: str, look: Callable[[], str]) -> Part:
    try:
        return Part(name=name, ok=True, detail=look())
    except (HardwonError, OSError) as error:
        return Part(
            name=name, ok=False, detail=error.message if isinstance(error, HardwonError) else "no answer"
        )


def _store(app: App) -> str:
    with app.store.read(None) as reading:
        backlog = measure_backlog(reading, app.now())
    return f"{backlog.jobs} jobs and {backlog.unplaced} audit entries wait"


def _disk(app: App) -> str:
    free = shutil.disk_usage(app.settings.home).free
    if free < LEAST_FREE:
        raise OSError
    return f"{free // 1024**2} MiB free"
