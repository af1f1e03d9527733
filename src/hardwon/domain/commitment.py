"""Salted commitments: the trail binds what was said without saying it, so that the text can be erased later.

A commitment is SHA-256(salt || value) in hexadecimal digits. While the salt is kept anybody who has the
value can compare it; once the salt is gone nobody can try values until one fits.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final, NamedTuple

SALT_BYTES: Final = 16
NAMED_FOR_PEOPLE: Final = frozenset({"person", "calendar", "sign_in"})
"""Kinds of entries whose record is somebody: its name is committed to as the actor's is."""
_ERASED: Final = "erased-"


class KeptName(NamedTuple):
    """A name, its pseudonym, and the salt that ties them; None once the name was erased."""

    name: str
    pseudonym: str
    salt: bytes | None


class TrailLine(NamedTuple):
    """One entry's bytes, and the detail it commits to with the salt; None once that was erased."""

    entry: bytes
    detail: str
    salt: bytes | None


def fresh_salt() -> bytes:
    """Return 16 random bytes."""
    return secrets.token_bytes(SALT_BYTES)


def commit(salt: bytes, value: bytes) -> str:
    """Return the commitment to a value; a salt of another length commits to nothing, since some of the value could be
    passed off as salt.
    """
    if len(salt) != SALT_BYTES:
        return ""
    return hashlib.sha256(salt + value).hexdigest()


def stand_in(pseudonym: str) -> str:
    """Return the name that stands in for one that was erased; a name is committed to by its pseudonym."""
    return f"{_ERASED}{pseudonym[:12]}"


def is_stand_in(name: str) -> bool:
    """Tell whether a name stands in for an erased one."""
    return name.startswith(_ERASED)
