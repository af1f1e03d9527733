"""Signing in and out: one-time links, passwords, sessions, an identity provider's or a proxy's word."""

from __future__ import annotations

import secrets
import threading
from datetime import timedelta
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor, system
from hardwon.domain.catalog import Person, acting
from hardwon.domain.errors import BusyError, NotFoundError, UnauthenticatedError
from hardwon.domain.sign_in import (
    INVITED,
    MOST_BY_ADDRESS,
    MOST_BY_PERSON,
    Session,
    begin_session,
    check_attempts,
    check_password,
    failed_again,
    is_live,
)
from hardwon.exchange.oidc import Provider, Ticket
from hardwon.storage import sign_in as rows
from hardwon.storage.queries.catalog import grants_of
from hardwon.storage.queries.records import get_record
from hardwon.storage.store import Reading
from hardwon.usecases.app import App

_SEEN: Final = timedelta(minutes=1)
"""A session's use is noted at most this often."""
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with OWASP's least parameters: 19 MiB, two passes; about 45 ms of a core."""
_TURNS: Final = threading.BoundedSemaphore(4)
"""Passwords that are checked at once; the rest of the cores is for those who are in."""
_WAIT: Final = 5.0
_WRONG: Final = "That name and that password do not belong together."
_FIX: Final = "Check both, or ask an admin for a new link."


def invite(app: App, actor: Actor, person_id: str) -> str:
    """Return the secret of a new one-time link by which a person sets a password; it is shown this once.

    The person's sessions go on until it is used. Raises ForbiddenError, NotFoundError, ForbiddenError
    for who has left.
    """
    authorise(actor, "administer")
    secret = secrets.token_urlsafe(32)
    with app.store.begin(actor, app.now()) as tx:
        acting(tx.get(Person, person_id))
        rows.put_invitation(tx, secret, person_id, app.now() + INVITED)
    return secret


def first_link(app: App, owner: Actor) -> str | None:
    """Return the secret of the owner's link where nobody can sign in yet, else None."""
    with app.store.read(None) as reading:
        if rows.anybody_signs_in(reading):
            return None
    return invite(app, owner, owner.id)


def get_invited(app: App, secret: str) -> Person:
    """Return whom a link was made for. Raises NotFoundError where it does not work any more."""
    with app.store.read(None) as reading:
        name = rows.invited(reading, secret, app.now())
        if name is None:
            raise _no_link()
        return get_record(reading, Person, name)


def redeem(app: App, secret: str, password: str, agent: str) -> str:
    """Set the password of whom a link was made for, end their sessions, and return a new session's secret.

    The link works once. Raises NotFoundError, InputError for a poor password, BusyError.
    """
    check_password(password, get_invited(app, secret))
    hashed = _hashed(password)
    fresh = secrets.token_urlsafe(32)
    with app.store.begin(system(), app.now()) as tx:
        name = rows.take_invitation(tx, secret)
        if name is None:
            raise _no_link()
        rows.end_sessions(tx, name)
        rows.put_password(tx, name, hashed)
        rows.forget_attempts(tx, _of_person(name))
        rows.put_session(tx, fresh, begin_session(name, agent, tx.at))
    return fresh


def sign_in(app: App, name: str, password: str, *, agent: str = "", address: str = "") -> str:
    """Return the secret of a new session for a person, by id or e-mail, and their password.

    Who is unknown, has left, or has no password is answered in the same words and after the same work.
    Raises UnauthenticatedError, ThrottledError after too many failures by that person or from that
    address, BusyError.
    """
    now = app.now()
    with app.store.read(None) as reading:
        person = rows.person_named(reading, name[:200])
        known = person is not None and person.active
        own = _of_person(person.id if person else name[:200].lower())
        bounds = ((own, MOST_BY_PERSON), (f"address:{address[:100]}", MOST_BY_ADDRESS))
        for key, most in bounds:
            check_attempts(rows.attempts_of(reading, key), most, now)
        stored = rows.password_of(reading, person.id) if person and known else None
    if not _is_right(stored or _nobody(), password) or stored is None or person is None:
        _note_failure(app, bounds)
        raise UnauthenticatedError(_WRONG, fix=_FIX)
    fresh = secrets.token_urlsafe(32)
    with app.store.begin(system(), now) as tx:
        rows.forget_attempts(tx, own)
        rows.put_session(tx, fresh, begin_session(person.id, agent, now))
    return fresh


def begin_elsewhere(app: App, redirect_uri: str) -> tuple[str, str]:
    """Return where the identity provider lets somebody sign in, and the secret that binds it to a browser.

    Raises NotFoundError where there is no provider, UnavailableError where it does not answer.
    """
    ticket = Ticket()
    return _provider(app, redirect_uri).address(ticket), ticket.secret


def enter_from_elsewhere(
    app: App, redirect_uri: str, *, ticket: str, code: str, state: str, agent: str = ""
) -> str:
    """Return the secret of a new session for whom the identity provider knows.

    At the first time they are found by the e-mail address that the provider verified, afterwards by what
    it calls them. Raises UnauthenticatedError, NotFoundError, UnavailableError.
    """
    claims = _provider(app, redirect_uri).claims(Ticket(ticket), code, state)
    fresh, now = secrets.token_urlsafe(32), app.now()
    with app.store.begin(system(), now) as tx:
        reading = Reading(tx.connection, None)
        name = rows.identified(reading, claims.issuer, claims.subject)
        if name is None:
            person = rows.person_named(reading, claims.email) if "@" in claims.email else None
            if person is None:
                raise UnauthenticatedError(
                    "Nobody here has your e-mail address.", fix="Ask an admin to add you with it."
                )
            name = person.id
            rows.put_identity(tx, claims.issuer, claims.subject, name)
        acting(tx.get(Person, name))
        rows.put_session(tx, fresh, begin_session(name, agent, now))
    return fresh


def resolve_session(app: App, secret: str) -> Actor:
    """Return who is signed in by a cookie. Raises UnauthenticatedError for one that is over or unknown."""
    now = app.now()
    with app.store.read(None) as reading:
        session = rows.find_session(reading, secret)
        if session is None or not is_live(session, now):
            raise UnauthenticatedError("You are not signed in.", fix="Sign in.")
        actor = _actor(reading, session.person)
    if now - session.seen_at >= _SEEN:
        with app.store.begin(system(), now) as tx:
            rows.see_session(tx, secret)
    return actor


def resolve_name(app: App, name: str) -> Actor:
    """Return the person whom a trusted proxy names, by id or e-mail. Raises UnauthenticatedError."""
    with app.store.read(None) as reading:
        person = rows.person_named(reading, name[:200])
        if person is None or not person.active:
            raise UnauthenticatedError("Nobody here has that name.", fix="Ask an admin to add you.")
        return _actor(reading, person.id)


def sign_out(app: App, secret: str) -> None:
    """End a session; one that is over already is no mistake."""
    with app.store.begin(system(), app.now()) as tx:
        rows.end_session(tx, secret)


def list_sessions(app: App, actor: Actor, person_id: str) -> tuple[Session, ...]:
    """Return where a person is signed in: one's own, or as an admin anybody's. Raises ForbiddenError."""
    authorise(actor, "read" if person_id == actor.id else "administer")
    with app.store.read(None) as reading:
        return rows.sessions_of(reading, person_id, app.now())


def end_sessions(app: App, actor: Actor, person_id: str) -> int:
    """End all sessions of a person, and their links; return how many sessions. One may end one's own.

    Raises ForbiddenError.
    """
    authorise(actor, "read" if actor.id == person_id else "administer")
    with app.store.begin(actor, app.now()) as tx:
        ended = rows.end_sessions(tx, person_id)
        tx.audit("signed_out", "person", person_id, "everywhere")
        return ended


def _provider(app: App, redirect_uri: str) -> Provider:
    given = app.settings
    if given.sign_in != "oidc" or not (given.oidc_issuer and given.oidc_client_id):
        raise NotFoundError("No identity provider is set up.", fix="Set oidc_issuer and oidc_client_id.")
    return Provider(
        given.oidc_issuer, given.oidc_client_id, given.oidc_client_secret, redirect_uri, given.reachable
    )


def _actor(reading: Reading, person_id: str) -> Actor:
    try:
        return acting(get_record(reading, Person, person_id), grants_of(reading, person_id))
    except NotFoundError as error:
        raise UnauthenticatedError("You are not here any more.", fix="Ask an admin.") from error


def _note_failure(app: App, bounds: tuple[tuple[str, int], ...]) -> None:
    """Count one more failure by that person and from that address; reaching a bound is in the trail."""
    with app.store.begin(system(), app.now()) as tx:
        for key, most in bounds:
            failed = failed_again(rows.attempts_of(Reading(tx.connection, None), key), tx.at)
            rows.put_attempts(tx, key, failed)
            if failed.count == most:
                tx.audit("refused", "sign_in", key, f"{failed.count} failures")


def _hashed(password: str) -> str:
    with _turn():
        return _HASHER.hash(password)


def _is_right(stored: str, password: str) -> bool:
    with _turn():
        try:
            return _HASHER.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


@lru_cache(maxsize=1)
def _nobody() -> str:
    """Return a hash that no password has, so that an unknown name costs the same work."""
    return _HASHER.hash(secrets.token_urlsafe(32))


class _turn:  # noqa: N801  (used as a statement)
    """Hold one of the turns. Raises BusyError where none comes free in time."""

    def __enter__(self) -> None:
        if not _TURNS.acquire(timeout=_WAIT):
            raise BusyError("Too many people sign in at once.", fix="Try again in a moment.")

    def __exit__(self, *_: object) -> None:
        _TURNS.release()


def _of_person(name: str) -> str:
    return f"person:{name}"


def _no_link() -> NotFoundError:
    return NotFoundError("This link does not work any more.", fix="Ask an admin for a new one.")
