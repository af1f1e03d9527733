"""Attached files, each under the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from hardwon.domain.errors import InputError
from hardwon.storage.disk import kept_plainly, make_folder, sync_path

_JUST_NOW: Final = 3_600 * 10**9
"""Nanoseconds for which a file stays though no record names it."""

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
    """Keep a file's bytes and return their SHA-256. It appears whole or not at all, and stays.

    Raises UnavailableError where the disk is full or fails.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    with kept_plainly():
        make_folder(folder)
        if not _stays(folder / sha256):
            with _placed(folder, sha256) as partial:
                partial.write_bytes(content)
        sync_path(folder)  # also where somebody else placed it, who may have died since
    return sha256


def keep_attachment(folder: Path, source: Path, sha256: str) -> Path:
    """Copy a file to the attachment store under its hash and return where it lies.

    It appears whole or not at all, and stays. Raises InputError where the bytes do not have that hash,
    UnavailableError where the disk is full or fails.
    """
    target = folder / sha256
    with kept_plainly():
        make_folder(folder)
        if not _stays(target):
            with _placed(folder, sha256) as partial:
                shutil.copyfile(source, partial)
                with partial.open("rb") as stream:
                    if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                        raise InputError(f"{source.name} is not the file it says.", fix="Export it again.")
        sync_path(folder)
    return target


@contextmanager
def _placed(folder: Path, name: str) -> Iterator[Path]:
    """Yield a path to write to; what was written there takes its name at the end, or is removed."""
    partial = folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
    try:
        yield partial
        sync_path(partial)
        partial.replace(folder / name)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


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
