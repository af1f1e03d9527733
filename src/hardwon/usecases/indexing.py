"""The search index: keep it up with the store, or build it anew."""

from __future__ import annotations

import time

import msgspec

from hardwon.storage.feed import read_feed
from hardwon.usecases.app import App, Progress, no_progress

_BATCH = 2_000
_VECTORS = 64


class IndexState(msgspec.Struct, frozen=True, kw_only=True):
    """How far the index is. `writable` is false where another process keeps it."""

    documents: int
    pending_vectors: int
    writable: bool


def catch_up(app: App, *, seconds: float | None = None, vectors: bool = True) -> IndexState:
    """Bring the index up with the store: words first, then vectors until `seconds` have passed.

    Does nothing where another process keeps the index.
    """
    index = app.index
    if not index.writable:
        return IndexState(documents=index.document_count, pending_vectors=index.pending(), writable=False)
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        with app.store.read(None) as reading:
            batch = read_feed(reading, index.cursor, _BATCH)
        if batch.anew:
            index.clear()
        elif not batch.documents and not batch.deletions:
            break
        index.apply(batch.documents, batch.deletions, batch.cursor)
    while vectors and index.pending() and (deadline is None or time.monotonic() < deadline):
        index.embed_pending(_VECTORS)
    return IndexState(documents=index.document_count, pending_vectors=index.pending(), writable=True)


def rebuild(app: App, progress: Progress = no_progress) -> IndexState:
    """Throw the index away and build it again from the store."""
    index = app.index
    index.clear()
    done = 0
    while True:
        with app.store.read(None) as reading:
            batch = read_feed(reading, index.cursor, _BATCH)
        if not batch.documents and not batch.deletions:
            break
        index.apply(batch.documents, batch.deletions, batch.cursor)
        done += len(batch.documents)
        progress("words", done, None)
    total = index.pending()
    while left := index.pending():
        index.embed_pending(_VECTORS)
        progress("meaning", total - left, total)
    return catch_up(app)
