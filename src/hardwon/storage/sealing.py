"""Secrets at rest: encrypted with a key that lies in the workspace's folder, outside the database.

AES-256-GCM with a random nonce; the id of the row is bound to it, so that no sealed secret can be moved to another.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hardwon.domain.errors import UnavailableError
from hardwon.storage.keys import secret_file

KEY_FILE: Final = "secrets.key"
_NONCE: Final = 12


def seal(home: Path, name: str, secret: str) -> bytes:
    """Return a secret encrypted under its name."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(secret_file(home / KEY_FILE)).encrypt(nonce, secret.encode(), name.encode())


def unseal(home: Path, name: str, sealed: bytes) -> str:
    """Return a secret. Raises UnavailableError where the key is not the one it was sealed with."""
    try:
        data = AESGCM(secret_file(home / KEY_FILE)).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
    except InvalidTag as error:
        raise UnavailableError(
            f"The secret {name} cannot be read with {home / KEY_FILE}.",
            fix="Bring that file back, or give the source a new secret.",
        ) from error
    return data.decode()
