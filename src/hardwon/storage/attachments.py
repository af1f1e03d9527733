"""Attached files, each under the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from pathlib import Path

from hardwon.domain.errors import InputError


def keep_bytes(folder: Path, content: bytes) -> str:
    """Keep a file's bytes and return their SHA-256. It appears whole or not at all."""
    sha256 = hashlib.sha256(content).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / sha256).exists():
        partial = folder / f".{sha256}.{os.getpid()}.{threading.get_ident()}"
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(folder / sha256)
    return sha256


def keep_attachment(folder: Path, source: Path, sha256: str) -> Path:
    """Copy a file to the attachment store under its hash and return where it lies.

    It appears whole or not at all. Raises InputError where the bytes do not have that hash.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / sha256
    if target.exists():
        return target
    partial = folder / f".{sha256}.{os.getpid()}"
    shutil.copyfile(source, partial)
    digest = hashlib.sha256()
    with partial.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
        os.fsync(stream.fileno())
    if digest.hexdigest() != sha256:
        partial.unlink()
        raise InputError(f"{source.name} is not the file it says.", fix="Export it again.")
    partial.replace(target)
    return target
