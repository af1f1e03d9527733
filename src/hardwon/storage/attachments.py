"""Attached files, each under the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from hardwon.domain.errors import InputError

ORPHANS: Final = "orphans"
"""The folder inside the attachments' to which files go that no record names."""
_NAME: Final = re.compile(r"[0-9a-f]{64}")


class Kept(NamedTuple):
    """One file of the attachment store; `written_at` is in seconds since 1970."""

    sha256: str
    size: int
    written_at: float


def kept_files(folder: Path) -> Iterator[Kept]:
    """Yield the attached files."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                stat = entry.stat(follow_symlinks=False)
                yield Kept(entry.name, stat.st_size, stat.st_mtime)


def is_whole(folder: Path, sha256: str) -> bool:
    """Tell whether an attached file still holds the bytes that its name promises."""
    try:
        with (folder / sha256).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except OSError:
        return False


def set_aside(folder: Path, sha256: str) -> None:
    """Move a file to the orphans; it is not deleted, and may be moved back by hand."""
    (folder / ORPHANS).mkdir(mode=0o700, exist_ok=True)
    (folder / sha256).rename(folder / ORPHANS / sha256)


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
