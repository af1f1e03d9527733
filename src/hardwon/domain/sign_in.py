"""Signing in: what a password must be, how long a session lives, when somebody has to wait.

The limits follow OWASP's ASVS 5.0: a length instead of classes of characters (6.2), sessions that end
by idleness and by age (7.3), and a bound on guessing (6.3).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from hardwon.domain.catalog import Person
from hardwon.domain.errors import InputError, ThrottledError

IDLE: Final = timedelta(hours=12)
"""After so long without a request a session is over."""
LONGEST: Final = timedelta(days=14)
"""After so long it is over in any case."""
SKEW: Final = timedelta(hours=2)
"""How far the clock may be set back before sessions are over."""
INVITED: Final = timedelta(hours=72)
"""How long a one-time link works."""
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
MOST_BY_PERSON: Final = 10
MOST_BY_ADDRESS: Final = 50
WINDOW: Final = timedelta(minutes=15)
"""In which so many failed attempts are borne, by person and by address."""
_FEW_LETTERS: Final = 5
_WELL_KNOWN: Final = frozenset(
    {
        "administrator",
        "correcthorsebatterystaple",
        "letmeinplease",
        "passwordpassword",
        "thisisapassword",
        "trustno1trustno1",
        "welcome12345",
        "changemeplease",
    }
)
_RUNS: Final = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "01234567890123456789")


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, and since when. `agent` is what their browser calls itself."""

    person: str
    agent: str
    began_at: datetime
    seen_at: datetime
    ends_at: datetime


class Attempts(msgspec.Struct, frozen=True, kw_only=True):
    """How often signing in failed since a moment."""

    count: int
    since: datetime


def begin_session(person: str, agent: str, at: datetime) -> Session:
    """Return a session that begins now."""
    return Session(person=person, agent=agent[:200], began_at=at, seen_at=at, ends_at=at + LONGEST)


def is_live(session: Session, at: datetime) -> bool:
    """Tell whether the session still counts: neither idle nor old, nor begun while the clock was ahead."""
    ahead = max(session.began_at, session.seen_at) > at + SKEW
    return not ahead and at < session.ends_at and at < session.seen_at + IDLE


def check_password(password: str, person: Person) -> None:
    """Raise InputError for a password that is too short, too long, or soon guessed. The error never
    repeats it.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InputError(
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
            fix="Four words that nobody would put together are easy to keep.",
        )
    plain = "".join(character for character in password.lower() if character.isalnum())
    own = {person.id, person.name, person.email, person.email.partition("@")[0], "hardwon", "password"}
    words = {"".join(c for c in word.lower() if c.isalnum()) for word in own}
    rest = plain
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "") if word else rest
    guessed = len(set(plain)) < _FEW_LETTERS or plain in _WELL_KNOWN or any(plain in run * 2 for run in _RUNS)
    if guessed or len(rest) < SHORTEST_PASSWORD // 2:
        raise InputError(
            "That password is soon guessed.", fix="Leave out names and rows of keys; take four odd words."
        )


def check_attempts(attempts: Attempts | None, most: int, at: datetime) -> None:
    """Raise ThrottledError where signing in failed too often lately."""
    if attempts is not None and attempts.count >= most and abs(at - attempts.since) < WINDOW:
        minutes = max(1, round((attempts.since + WINDOW - at).total_seconds() / 60))
        raise ThrottledError(
            "Signing in failed too often.", fix=f"Wait {minutes} minutes, or ask an admin for a new link."
        )


def failed_again(attempts: Attempts | None, at: datetime) -> Attempts:
    """Return the attempts with one more; after the window they are counted anew."""
    if attempts is None or abs(at - attempts.since) >= WINDOW:
        return Attempts(count=1, since=at)
    return msgspec.structs.replace(attempts, count=attempts.count + 1)
