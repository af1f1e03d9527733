"""Files that outlive a power cut: their bytes are synced, and the folder that names them is too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hardwon.domain.errors import UnavailableError


def sync_path(path: Path) -> None:
    """Wait until a file's bytes, or the names in a folder, are on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder that stays, with those above it. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_path(folder.parent)


@contextmanager
def kept_plainly() -> Iterator[None]:
    """Turn what a disk refuses into UnavailableError."""
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"The file cannot be kept: {error.strerror or error}.",
            fix="Look after the disk (`hardwon doctor`), then try again.",
        ) from error
