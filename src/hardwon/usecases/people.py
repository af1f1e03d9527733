"""Who is asking: the local owner of an embedded workspace, or the bearer of a token."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from hardwon.domain.actor import Actor, system
from hardwon.domain.catalog import Person, acting
from hardwon.domain.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from hardwon.domain.event import Event
from hardwon.domain.locality import is_local
from hardwon.storage.queries.catalog import grants_of
from hardwon.storage.queries.records import get_record
from hardwon.storage.tokens import find_token
from hardwon.usecases.app import App

OWNER = "owner"
_FIX: Final = "Send `Authorization: Bearer hw_...`; `hardwon token issue` makes one."
_LONGEST: Final = 500


def local_owner(app: App) -> Actor:
    """Return the one owner of an embedded workspace, creating them on first use."""
    with app.store.read(None) as reading:
        try:
            return acting(get_record(reading, Person, OWNER))
        except NotFoundError:
            pass
    with app.store.begin(system(), app.now()) as tx:
        with suppress(NotFoundError):  # another request was first
            return acting(tx.get(Person, OWNER))
        person = Person(id=OWNER, name="Owner", roles=("admin",))
        return acting(tx.save(person, (Event(verb="created"),)))


def resolve_token(app: App, secret: str) -> Actor:
    """Return the actor of an API token.

    Raises ForbiddenError for an unknown, revoked or expired one, always in the same words.
    """
    digest = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
    with app.store.read(None) as reading:
        token = find_token(reading, digest)
    if token is None or token.revoked_at is not None or token.expires_at <= app.now():
        raise ForbiddenError("This token is not valid.", fix="Issue a new one with `hardwon token issue`.")
    return Actor(
        id=token.id,
        name=token.name,
        roles=("service",),
        teams=token.teams,
        permissions=token.permissions,
    )


def resolve_asker(
    app: App, authorization: str | None, client: str | None, headers: Mapping[str, str]
) -> Actor:
    """Return who asks a program's door. A token wins; without one only the local owner at this machine passes.

    Names of headers are in lower case. Raises UnauthenticatedError.
    """
    if authorization is not None:
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip() or len(secret) > _LONGEST:
            raise UnauthenticatedError("That is no bearer token.", fix=_FIX)
        try:
            return resolve_token(app, secret.strip())
        except ForbiddenError as error:
            raise UnauthenticatedError(error.message, fix=error.fix) from error
    alone = app.settings.sign_in == "owner" and not app.settings.database_url
    if not alone or not is_local(client, headers):
        raise UnauthenticatedError("This needs a token.", fix=_FIX)
    return local_owner(app)


def act_as(app: App, person_id: str) -> Actor:
    """Return the actor of a stored person. Raises NotFoundError, ForbiddenError once they left."""
    with app.store.read(None) as reading:
        return acting(get_record(reading, Person, person_id), grants_of(reading, person_id))
