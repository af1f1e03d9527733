"""Attached files, each under the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hardwon.domain.errors import InputError
from hardwon.storage.disk import kept_plainly, make_folder, sync_path


def keep_bytes(folder: Path, content: bytes) -> str:
    """Keep a file's bytes and return their SHA-256. It appears whole or not at all, and stays.

    Raises UnavailableError where the disk is full or fails.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    with kept_plainly():
        make_folder(folder)
        if not (folder / sha256).exists():
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
        if not target.exists():
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
