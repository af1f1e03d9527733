"""Calendars: a person's reviews at a secret address, which they can end or replace."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.catalog import Person, acting
from hardwon.domain.errors import InputError, NotFoundError
from hardwon.domain.projection import for_audience, project
from hardwon.domain.review import Review
from hardwon.render.calendar import calendar
from hardwon.storage.calendars import drop_calendar, find_calendar, has_calendar, save_calendar
from hardwon.storage.queries.catalog import grants_of
from hardwon.storage.queries.records import get_record
from hardwon.storage.queries.reviews import get_review, reviews_of
from hardwon.usecases.app import App

_PAST: Final = timedelta(days=180)
_MOST: Final = 500
_ABSENT: Final = ("There is no such calendar.", "Copy its address again, or make a new one.")


class CalendarPage(msgspec.Struct, frozen=True, kw_only=True):
    """A person's reviews, soonest first, and whether their feed has an address."""

    person: str
    upcoming: tuple[Review, ...]
    shared: bool


def open_calendar(app: App, actor: Actor) -> CalendarPage:
    """Return the planned reviews in which the actor has a part."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        mine = reviews_of(reading, actor.id, app.today() - _PAST, limit=_MOST)
        shared = has_calendar(reading, actor.id)
    planned = tuple(project(review, actor) for review in mine if review.state == "planned")
    return CalendarPage(person=actor.id, upcoming=planned, shared=shared)


def share(app: App, actor: Actor) -> str:
    """Return a new secret for the actor's feed, shown this once; the one before ends.

    Raises ForbiddenError, InputError for an actor who is no person.
    """
    authorise(actor, "read")
    secret = secrets.token_urlsafe(32)
    with app.store.begin(actor, app.now()) as tx:
        try:
            tx.get(Person, actor.id)
        except NotFoundError as error:
            raise InputError("A token has no calendar.", fix="Sign in as a person.") from error
        save_calendar(tx, actor.id, _digest(secret))
    return secret


def revoke(app: App, actor: Actor) -> None:
    """End the actor's feed at once; nothing happens where there is none. Raises ForbiddenError."""
    authorise(actor, "read")
    with app.store.begin(actor, app.now()) as tx:
        drop_calendar(tx, actor.id)


def feed(app: App, secret: str, site: str) -> str:
    """Return the calendar behind a secret: what its person has a part in and may see now.

    Raises NotFoundError, in the same words whatever is wrong with the secret or its person.
    """
    with app.store.read(None) as reading:
        owner = find_calendar(reading, _digest(secret))
        try:
            person = get_record(reading, Person, owner or "")
        except NotFoundError as error:
            raise NotFoundError(_ABSENT[0], fix=_ABSENT[1]) from error
    if not person.active:
        raise NotFoundError(_ABSENT[0], fix=_ABSENT[1])
    with app.store.read(None) as reading:
        reader = acting(person, grants_of(reading, person.id))
    with app.store.read(scopes_of(reader)) as reading:
        mine = reviews_of(reading, person.id, app.today() - _PAST, limit=_MOST)
    shown = [for_audience(project(review, reader), "everyone") for review in mine]
    return calendar(shown, name=f"Reviews of {person.name}", site=site)


def one(app: App, actor: Actor, review_id: str, site: str) -> str:
    """Return the calendar of a single review. Raises NotFoundError also for a hidden one."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        review = project(get_review(reading, review_id), actor)
    said = for_audience(review, "everyone")  # a calendar is copied on
    return calendar([said], name=said.title, site=site)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
