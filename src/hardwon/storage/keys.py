"""The workspace's own key, with which it signs what it says of its trail: Ed25519, made on first use."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hardwon.domain.errors import InputError
from hardwon.storage.disk import sync_path

KEY_FILE: Final = "audit.key"
"""Its 32 secret bytes, in the workspace; whoever has them can sign in the workspace's name."""
_LENGTH: Final = 32


class SigningKey:
    """Signs bytes; `public` is what others check the signatures with."""

    def __init__(self, secret: bytes) -> None:
        """Hold the key of these 32 bytes."""
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        return self._key.sign(data)


def open_key(home: Path) -> SigningKey:
    """Return the key of the workspace, which is made where there is none.

    Raises InputError for a file that holds no key.
    """
    return SigningKey(secret_file(home / KEY_FILE))


def secret_file(path: Path) -> bytes:
    """Return the 32 secret bytes of a file, which is made where there is none; only its owner can read it.

    Of several processes that make it at once one wins, and all use that one. Raises InputError for a
    file that holds no key.
    """
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(os.urandom(_LENGTH))
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
        sync_path(path.parent)
    secret = path.read_bytes()
    if len(secret) != _LENGTH:
        raise InputError(f"{path} holds no key.", fix="Bring the file back from a backup.")
    return secret


def is_signed(public: bytes, data: bytes, signature: bytes) -> bool:
    """Tell whether the key with these 32 public bytes signed the data."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
