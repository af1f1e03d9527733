"""API tokens, kept as hashes."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Row, insert, select, update

from hardwon.domain.errors import NotFoundError
from hardwon.storage.clock import from_ms, optional_time, to_ms
from hardwon.storage.store import Reading
from hardwon.storage.tables import tokens
from hardwon.storage.transaction import Transaction


class TokenRow(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret."""

    id: str
    name: str
    sha256: str
    permissions: tuple[str, ...]
    teams: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def save_token(tx: Transaction, token: TokenRow) -> None:
    """Keep a new token, with its audit entry."""
    tx.connection.execute(
        insert(tokens).values(
            id=token.id,
            name=token.name,
            sha256=token.sha256,
            permissions=" ".join(token.permissions),
            teams=" ".join(token.teams),
            created_at_ms=to_ms(token.created_at),
            expires_at_ms=to_ms(token.expires_at),
        )
    )
    tx.audit("granted", "token", token.id, f"{token.name}: {' '.join(token.permissions)}")


def revoke_token(tx: Transaction, token_id: str) -> None:
    """End a token, with its audit entry. Raises NotFoundError."""
    matched = tx.connection.execute(
        update(tokens)
        .where(tokens.c.id == token_id, tokens.c.revoked_at_ms.is_(None))
        .values(revoked_at_ms=to_ms(tx.at))
    ).rowcount
    if not matched:
        raise NotFoundError(f"There is no valid token {token_id}.", fix="See `hardwon token list`.")
    tx.audit("revoked", "token", token_id)


def find_token(reading: Reading, sha256: str) -> TokenRow | None:
    """Return the token with that hash, valid or not, or None."""
    row = reading.connection.execute(select(tokens).where(tokens.c.sha256 == sha256)).first()
    return _token(row) if row else None


def list_tokens(reading: Reading) -> list[TokenRow]:
    """Return the newest 500 tokens."""
    query = select(tokens).order_by(tokens.c.created_at_ms.desc(), tokens.c.id).limit(500)
    return [_token(row) for row in reading.connection.execute(query)]


def _token(row: Row[tuple[object, ...]]) -> TokenRow:
    return TokenRow(
        id=row.id,
        name=row.name,
        sha256=row.sha256,
        permissions=tuple(row.permissions.split()),
        teams=tuple(row.teams.split()),
        created_at=from_ms(row.created_at_ms),
        expires_at=from_ms(row.expires_at_ms),
        revoked_at=optional_time(row.revoked_at_ms),
    )
