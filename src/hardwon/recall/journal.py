"""An append-only file of framed records: a torn last frame is cut off, whole ones survive a crash."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

_HEADER: Final = 8


class Journal:
    """Frames of length, checksum and bytes. One process appends, others read on from where they are."""

    def __init__(self, path: Path) -> None:
        """Use the file, which need not be there yet."""
        self._path = path
        self._read_to = 0
        self._inode = 0

    def append(self, frames: Iterable[bytes]) -> None:
        """Write whole frames after the last whole one, and sync them to the disk."""
        self._path.touch()
        with self._path.open("r+b") as stream:
            stream.seek(self._read_to)
            stream.truncate()
            self._write(stream, frames)

    def rewrite(self, frames: Iterable[bytes]) -> None:
        """Put these frames in the place of all others, at once."""
        partial = self._path.with_suffix(".new")
        with partial.open("wb") as stream:
            self._write(stream, frames)
        partial.replace(self._path)

    def _write(self, stream: IO[bytes], frames: Iterable[bytes]) -> None:
        for frame in frames:
            stream.write(len(frame).to_bytes(4, "big"))
            stream.write(zlib.crc32(frame).to_bytes(4, "big"))
            stream.write(frame)
        stream.flush()
        os.fsync(stream.fileno())
        self._read_to = stream.tell()
        self._inode = os.fstat(stream.fileno()).st_ino

    def read_on(self) -> Iterator[bytes]:
        """Yield the whole frames not read yet."""
        if not self._path.exists() or self._path.stat().st_size <= self._read_to:
            return
        with self._path.open("rb") as stream:
            self._inode = os.fstat(stream.fileno()).st_ino
            stream.seek(self._read_to)
            while len(header := stream.read(_HEADER)) == _HEADER:
                length = int.from_bytes(header[:4], "big")
                frame = stream.read(length)
                if len(frame) < length or zlib.crc32(frame) != int.from_bytes(header[4:], "big"):
                    return
                self._read_to = stream.tell()
                yield frame

    @property
    def replaced(self) -> bool:
        """Whether the file was started anew since it was last read."""
        if not self._read_to:
            return False
        if not self._path.exists():
            return True
        state = self._path.stat()
        return state.st_ino != self._inode or state.st_size < self._read_to

    def rewind(self) -> None:
        """Read from the beginning again."""
        self._read_to = 0

    def clear(self) -> None:
        """Start anew."""
        self._path.unlink(missing_ok=True)
        self._read_to = 0
