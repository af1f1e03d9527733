"""The in-app inbox: what a person should know."""

from __future__ import annotations

from collections.abc import Sequence

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.notice import Notice
from hardwon.storage.queries.notices import count_unread as query_unread
from hardwon.storage.queries.notices import list_notices as query_notices
from hardwon.storage.queries.page import Page
from hardwon.usecases.app import App


def list_notices(app: App, actor: Actor, *, limit: int = 50, after: str | None = None) -> Page[Notice]:
    """Return the actor's own notices and their teams', newest first."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return query_notices(reading, _readers(actor), limit=limit, after=after)


def count_unread(app: App, actor: Actor) -> int:
    """Return how many of the actor's notices are unread."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return query_unread(reading, _readers(actor))


def read(app: App, actor: Actor, notices: Sequence[int]) -> int:
    """Mark own notices as read and return how many were; others' are left alone."""
    authorise(actor, "read")
    with app.store.begin(actor, app.now()) as tx:
        return tx.mark_read(_readers(actor), notices)


def _readers(actor: Actor) -> tuple[str, ...]:
    return (actor.id, *actor.teams)
