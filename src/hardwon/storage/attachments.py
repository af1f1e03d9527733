"""Attached files, each under the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Final

from hardwon.domain.errors import InputError

_JUST_NOW: Final = 3_600 * 10**9
"""Nanoseconds for which a file stays though no record names it."""


def keep_bytes(folder: Path, content: bytes) -> str:
    """Keep a file's bytes and return their SHA-256. It appears whole or not at all."""
    sha256 = hashlib.sha256(content).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    if not _stays(folder / sha256):
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
    if _stays(target):
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


def drop_file(folder: Path, sha256: str) -> bool:
    """Remove a file that no record names, and tell whether it went: one that was given just now stays, since
    its record may be about to be written.
    """
    path = folder / sha256
    try:
        if time.time_ns() - path.stat().st_mtime_ns < _JUST_NOW:
            return False
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _stays(path: Path) -> bool:
    """Tell whether a file is kept already, and mark that it was given again."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
