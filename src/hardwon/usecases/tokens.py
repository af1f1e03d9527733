"""API tokens: issued once, kept as a hash, revoked at will."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from hardwon.domain.access import Permission, authorise, permissions_of
from hardwon.domain.actor import Actor
from hardwon.domain.errors import ForbiddenError, InputError
from hardwon.storage.tokens import TokenRow, revoke_token, save_token
from hardwon.storage.tokens import list_tokens as query_tokens
from hardwon.usecases.app import App

PREFIX = "hw_"
MAX_DAYS = 366
MAX_NAME = 200


def issue(
    app: App,
    actor: Actor,
    name: str,
    permissions: Sequence[Permission],
    *,
    teams: Sequence[str] = (),
    days: int = 90,
) -> tuple[str, TokenRow]:
    """Return a new token's secret, shown this once, and its record.

    It can do no more than its issuer. Raises ForbiddenError, InputError.
    """
    authorise(actor, "administer")
    if not name.strip() or len(name) > MAX_NAME:
        raise InputError(
            f"A token needs a name of 1 to {MAX_NAME} characters.", fix="Name the program that will use it."
        )
    if not 1 <= days <= MAX_DAYS:
        raise InputError(f"A token lives 1 to {MAX_DAYS} days.", fix="Choose another time.")
    if teams and "administer" in permissions:
        raise InputError(
            "A token that administers sees everything, whatever its teams.",
            fix="Leave out the teams, or the right to administer.",
        )
    if beyond := sorted(set(permissions) - permissions_of(actor)):
        raise ForbiddenError(f"You may not give: {', '.join(beyond)}.", fix="Leave them out.")
    secret = PREFIX + secrets.token_urlsafe(32)
    now = app.now()
    with app.store.begin(actor, now) as tx:
        row = TokenRow(
            id=f"token-{secrets.token_hex(6)}",
            name=name.strip(),
            sha256=hashlib.sha256(secret.encode()).hexdigest(),
            permissions=tuple(permissions),
            teams=tuple(teams),
            created_at=now,
            expires_at=now + timedelta(days=days),
            revoked_at=None,
        )
        save_token(tx, row)
    return secret, row


def revoke(app: App, actor: Actor, token_id: str) -> None:
    """End a token at once. Raises ForbiddenError, NotFoundError."""
    authorise(actor, "administer")
    with app.store.begin(actor, app.now()) as tx:
        revoke_token(tx, token_id)


def list_tokens(app: App, actor: Actor) -> tuple[TokenRow, ...]:
    """Return all tokens without their secrets, newest first. Raises ForbiddenError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        return tuple(query_tokens(reading))
