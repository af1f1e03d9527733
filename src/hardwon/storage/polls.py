"""Polls: how far each source was asked, when it is asked next, and who asks it just now."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update

from hardwon.domain.errors import ConflictError
from hardwon.storage.clock import from_ms, optional_ms, optional_time, to_ms
from hardwon.storage.sealing import seal, unseal
from hardwon.storage.sides import advance
from hardwon.storage.store import Reading
from hardwon.storage.tables import polls
from hardwon.storage.transaction import Transaction

_LONGEST: Final = 25 * 3_600_000
"""No poll lies further ahead and no lease is longer, in milliseconds: one that is was written by a clock ahead."""


class PollState(msgspec.Struct, frozen=True, kw_only=True):
    """How the asking goes: the last time an answer came, the next time, the times it failed since and why.

    `held_until` is until when the system asked to be left alone.
    """

    next_at: datetime
    last_at: datetime | None = None
    held_until: datetime | None = None
    failures: int = 0
    reason: str = ""
    has_token: bool = False


class ClaimedPoll(NamedTuple):
    """A poll that is this process's to do. `attempt` fences: only the newest claim may settle it."""

    source: str
    attempt: int
    cursor: bytes
    failures: int
    sealed: bytes | None


def put_poll(tx: Transaction, source: str, *, afresh: bool) -> None:
    """Let a source be asked from now on; `afresh` forgets how far it was asked, and its token."""
    if afresh:
        tx.connection.execute(delete(polls).where(polls.c.source == source))
    known = tx.connection.scalar(select(polls.c.source).where(polls.c.source == source))
    if known is None:
        row = {"source": source, "cursor": b"", "next_at_ms": to_ms(tx.at)}
        tx.connection.execute(insert(polls).values(row))
    else:
        tx.connection.execute(_of(source).values(next_at_ms=to_ms(tx.at)))


def put_token(tx: Transaction, home: Path, source: str, token: str) -> None:
    """Keep the token that a source is asked with, encrypted, with its audit entry."""
    tx.connection.execute(_of(source).values(sealed=seal(home, _name(source), token)))
    tx.audit("granted", "source", source, "a token to ask it with")


def drop_poll(tx: Transaction, source: str) -> None:
    """Ask a source no more; its token goes too."""
    tx.connection.execute(delete(polls).where(polls.c.source == source))


def hasten(tx: Transaction, source: str) -> None:
    """Let a source be asked at once."""
    tx.connection.execute(_of(source).values(next_at_ms=to_ms(tx.at)))


def poll_of(reading: Reading, source: str) -> PollState | None:
    """Return how the asking of a source goes, None where it is not asked."""
    row = reading.connection.execute(select(polls).where(polls.c.source == source)).one_or_none()
    if row is None:
        return None
    return PollState(
        next_at=from_ms(row.next_at_ms),
        last_at=optional_time(row.last_at_ms),
        held_until=optional_time(row.held_until_ms),
        failures=row.failures,
        reason=row.reason,
        has_token=row.sealed is not None,
    )


def is_due(reading: Reading, now: datetime) -> bool:
    """Tell whether a source is to be asked."""
    return reading.connection.scalar(select(polls.c.source).where(_due(now)).limit(1)) is not None


def claim_poll(tx: Transaction, lease: timedelta) -> ClaimedPoll | None:
    """Take the poll that is due longest and that nobody else does just now; None where there is none."""
    query = select(polls).where(_due(tx.at)).order_by(polls.c.next_at_ms, polls.c.source).limit(1)
    row = tx.connection.execute(query.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    attempt = advance(tx.connection, "poll", 1)
    values = {"attempt": attempt, "lease_until_ms": to_ms(tx.at + lease)}
    tx.connection.execute(_of(row.source).values(values))
    sealed = None if row.sealed is None else bytes(row.sealed)
    return ClaimedPoll(row.source, attempt, bytes(row.cursor), row.failures, sealed)


def token_of(home: Path, claimed: ClaimedPoll) -> str:
    """Return the token to ask a source with, empty for none. Raises UnavailableError where the key is another."""
    return "" if claimed.sealed is None else unseal(home, _name(claimed.source), claimed.sealed)


def postpone(tx: Transaction, claimed: ClaimedPoll, next_at: datetime) -> None:
    """Give a claimed poll back without having asked."""
    tx.connection.execute(_of(claimed.source).values(next_at_ms=to_ms(next_at), lease_until_ms=None))


def settle_poll(
    tx: Transaction,
    claimed: ClaimedPoll,
    *,
    next_at: datetime,
    held_until: datetime | None = None,
    cursor: bytes | None = None,
    reason: str = "",
) -> None:
    """Say how a poll went: how far it came (None: no further), and why it failed.

    Raises ConflictError where another process took it over, or the source is asked anew or no more.
    """
    values: dict[str, Any] = {
        "next_at_ms": to_ms(next_at),
        "held_until_ms": optional_ms(held_until),
        "lease_until_ms": None,
        "failures": claimed.failures + 1 if reason else 0,
        "reason": reason[:1_000],
    }
    if cursor is not None:
        values["cursor"] = cursor
    if not reason:
        values["last_at_ms"] = to_ms(tx.at)
    mine = polls.c.attempt == claimed.attempt, polls.c.lease_until_ms.is_not(None)
    if not tx.connection.execute(_of(claimed.source).where(*mine).values(values)).rowcount:
        raise ConflictError(
            f"The poll of {claimed.source} was taken over by another process.", fix="Drop what it found."
        )


def _of(source: str) -> Any:
    return update(polls).where(polls.c.source == source)


def _name(source: str) -> str:
    return f"{source}-poll"


def _due(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a poll's time has come, and that no living process has it in hand."""
    at, c = to_ms(now), polls.c
    free = or_(c.lease_until_ms.is_(None), c.lease_until_ms < at, c.lease_until_ms > at + _LONGEST)
    return and_(or_(c.next_at_ms <= at, c.next_at_ms > at + _LONGEST), free)
