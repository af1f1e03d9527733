"""Passwords, sessions, one-time links and failed attempts. Secrets are kept as hashes alone."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table, delete, exists, func, insert, or_, select, update

from hardwon.domain.catalog import Person
from hardwon.domain.record import decode
from hardwon.domain.sign_in import IDLE, WINDOW, Attempts, Session
from hardwon.storage.clock import from_ms, to_ms
from hardwon.storage.store import Reading
from hardwon.storage.tables import attempts, credentials, identities, invitations, people, sessions
from hardwon.storage.transaction import Transaction

_SHOWN: Final = 50


def digest(secret: str) -> str:
    """Return the hash by which a random secret is kept."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def find_session(reading: Reading, secret: str) -> Session | None:
    """Return the session of a cookie, live or not, or None."""
    row = reading.connection.execute(select(sessions).where(sessions.c.sha256 == digest(secret))).first()
    return None if row is None else _session(row)


def _session(row: Any) -> Session:
    return Session(
        person=row.person,
        agent=row.agent,
        began_at=from_ms(row.began_at_ms),
        seen_at=from_ms(row.seen_at_ms),
        ends_at=from_ms(row.ends_at_ms),
    )


def sessions_of(reading: Reading, person: str, at: datetime) -> tuple[Session, ...]:
    """Return a person's live sessions, last used first; at most fifty."""
    now = to_ms(at)
    query = select(sessions).where(
        sessions.c.person == person,
        sessions.c.ends_at_ms > now,
        sessions.c.seen_at_ms > now - _ms(IDLE.total_seconds()),
    )
    rows = reading.connection.execute(query.order_by(sessions.c.seen_at_ms.desc()).limit(_SHOWN))
    return tuple(_session(row) for row in rows)


def put_session(tx: Transaction, secret: str, session: Session) -> None:
    """Keep a new session, drop those that are over, and note the sign-in."""
    now = to_ms(tx.at)
    over = or_(sessions.c.ends_at_ms <= now, sessions.c.seen_at_ms <= now - _ms(IDLE.total_seconds()))
    tx.connection.execute(delete(sessions).where(over))
    tx.connection.execute(
        insert(sessions).values(
            sha256=digest(secret),
            person=session.person,
            agent=session.agent,
            began_at_ms=to_ms(session.began_at),
            seen_at_ms=to_ms(session.seen_at),
            ends_at_ms=to_ms(session.ends_at),
        )
    )
    tx.audit("signed_in", "person", session.person)


def see_session(tx: Transaction, secret: str) -> None:
    """Note that a session was used just now; no audit entry comes of it."""
    query = update(sessions).where(sessions.c.sha256 == digest(secret))
    tx.connection.execute(query.values(seen_at_ms=to_ms(tx.at)))


def end_session(tx: Transaction, secret: str) -> None:
    """End one session; one that is over already is no mistake."""
    query = delete(sessions).where(sessions.c.sha256 == digest(secret)).returning(sessions.c.person)
    for person in tx.connection.scalars(query).all():
        tx.audit("signed_out", "person", person)


def end_sessions(tx: Transaction, person: str) -> int:
    """End all sessions of a person and take back their links; return how many sessions there were."""
    ended = tx.connection.execute(delete(sessions).where(sessions.c.person == person)).rowcount
    tx.connection.execute(delete(invitations).where(invitations.c.person == person))
    return int(ended)


def put_invitation(tx: Transaction, secret: str, person: str, ends_at: datetime) -> None:
    """Keep a one-time link; it takes the place of the one before."""
    tx.connection.execute(delete(invitations).where(invitations.c.person == person))
    row = {"sha256": digest(secret), "person": person, "ends_at_ms": to_ms(ends_at)}
    tx.connection.execute(insert(invitations).values(row))
    tx.audit("invited", "person", person)


def invited(reading: Reading, secret: str, at: datetime) -> str | None:
    """Return whom a link was made for while it works, else None."""
    i = invitations.c
    query = select(i.person).where(i.sha256 == digest(secret), i.ends_at_ms > to_ms(at))
    return reading.connection.scalar(query)


def take_invitation(tx: Transaction, secret: str) -> str | None:
    """Use a link up and return whom it was made for, or None where it does not work any more."""
    i = invitations.c
    query = delete(invitations).where(i.sha256 == digest(secret), i.ends_at_ms > to_ms(tx.at))
    return tx.connection.scalar(query.returning(i.person))


def password_of(reading: Reading, person: str) -> str | None:
    """Return the hash of a person's password, or None."""
    return reading.connection.scalar(select(credentials.c.password).where(credentials.c.person == person))


def put_password(tx: Transaction, person: str, password: str) -> None:
    """Keep the hash of a person's password, with its audit entry."""
    tx.connection.execute(delete(credentials).where(credentials.c.person == person))
    row = {"person": person, "password": password, "changed_at_ms": to_ms(tx.at)}
    tx.connection.execute(insert(credentials).values(row))
    tx.audit("password_set", "person", person)


def anybody_signs_in(reading: Reading) -> bool:
    """Tell whether anybody can sign in: with a password, or as a provider knows them."""
    return any(bool(reading.connection.scalar(select(exists().select_from(t)))) for t in _ENTRANCES)


def person_named(reading: Reading, name: str) -> Person | None:
    """Return the person with that id, or the one and only with that e-mail address, or None."""
    wanted = name.strip().lower()
    if "@" not in wanted:
        body = reading.connection.scalar(select(people.c.body).where(func.lower(people.c.id) == wanted))
        return _person(body) if body else None
    everybody = (_person(body) for body in reading.connection.scalars(select(people.c.body)))
    found = [person for person in everybody if person.email.lower() == wanted]
    return found[0] if len(found) == 1 else None


def identified(reading: Reading, issuer: str, subject: str) -> str | None:
    """Return the person whom a provider calls so, or None."""
    i = identities.c
    query = select(i.person).where(i.issuer == issuer, i.subject == subject)
    return reading.connection.scalar(query)


def put_identity(tx: Transaction, issuer: str, subject: str, person: str) -> None:
    """Keep what a provider calls a person, with its audit entry."""
    tx.connection.execute(insert(identities).values(issuer=issuer, subject=subject, person=person))
    tx.audit("identified", "person", person, issuer)


def attempts_of(reading: Reading, key: str) -> Attempts | None:
    """Return the failed attempts by a person or from an address."""
    row = reading.connection.execute(select(attempts).where(attempts.c.key == key)).mappings().first()
    return None if row is None else Attempts(count=row["count"], since=from_ms(row["since_ms"]))


def put_attempts(tx: Transaction, key: str, failed: Attempts) -> None:
    """Keep how often it failed, and forget what is older than the window; no audit entry comes of it."""
    old = to_ms(tx.at) - _ms(WINDOW.total_seconds())
    tx.connection.execute(delete(attempts).where(or_(attempts.c.key == key, attempts.c.since_ms < old)))
    row = {"key": key, "count": failed.count, "since_ms": to_ms(failed.since)}
    tx.connection.execute(insert(attempts).values(row))


def forget_attempts(tx: Transaction, key: str) -> None:
    """Forget the failed attempts by a person or from an address."""
    tx.connection.execute(delete(attempts).where(attempts.c.key == key))


_ENTRANCES: tuple[Table, ...] = (credentials, identities)


def _person(body: bytes) -> Person:
    record = decode("person", body)
    assert isinstance(record, Person)  # noqa: S101  (the table holds nothing else)
    return record


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
