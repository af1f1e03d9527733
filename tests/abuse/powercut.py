"""What a disk may hold after a power cut: replays a log of calls up to a moment, then forgets by chance.

Bytes stay once their file was synced, names once their folder was. Of everything else any part may be
missing: a write wholly, or some of its 512-byte sectors; a name that was made, moved or removed. The
first call of a log finds an empty folder. SQLite's shared memory and the search index are left out:
both are made anew where they are missing.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.abuse.shim import Call

SECTOR = 512
_LEFT_OUT = ("-shm",)


class File:
    """A file's bytes that stay, and what was done to it since."""

    def __init__(self) -> None:
        self.synced = bytearray()
        self.pending: list[Call] = []

    def sync(self) -> None:
        for call in self.pending:
            change(self.synced, call)
        self.pending.clear()

    def after_cut(self, chance: random.Random) -> bytearray:
        """Return bytes that may be there after a cut."""
        left = bytearray(self.synced)
        luck = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        for call in self.pending:
            if chance.random() < luck:
                change(left, call)
            elif call.kind == "W" and chance.random() < 0.5:
                tear(left, call, chance)
        return left


def change(content: bytearray, call: Call) -> None:
    """Do what a call did."""
    end = call.offset + len(call.data)
    if len(content) < (end if call.kind == "W" else call.offset):
        content.extend(bytes((end if call.kind == "W" else call.offset) - len(content)))
    if call.kind == "T":
        del content[call.offset :]
    else:
        content[call.offset : end] = call.data


def tear(content: bytearray, call: Call, chance: random.Random) -> None:
    """Do some of a write, sector by sector."""
    for start in range(0, len(call.data), SECTOR):
        if chance.random() < 0.5:
            part = call.data[start : start + SECTOR]
            change(content, Call("W", call.path, call.offset + start, part))


class Disk:
    """A folder as it was used: names as the processes see them, and names that stay."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.seen: dict[str, File | None] = {}
        self.named: dict[str, File | None] = {}
        self.pending: list[tuple[str, str, File | None, str]] = []
        self.acknowledged: list[str] = []

    def replay(self, call: Call) -> None:
        """Do the next call of the log."""
        if call.kind == "A":
            self.acknowledged.append(call.path)
            return
        path = call.path
        if path.endswith(_LEFT_OUT) or "/index/" in path:
            return
        if call.kind in "WT":
            file = self.seen.get(path)
            if file is not None:
                file.pending.append(call)
        elif call.kind == "S":
            self._sync(path)
        else:
            file = None if call.kind == "M" else File() if call.kind == "C" else self.seen.get(path)
            step = (call.kind, path, file, call.data.decode())
            rename(self.seen, step)
            self.pending.append(step)

    def _sync(self, path: str) -> None:
        file = self.seen.get(path)
        if file is not None:
            file.sync()
            return
        for step in self.pending:
            if folder_of(step) == path:
                rename(self.named, step)
        self.pending = [step for step in self.pending if folder_of(step) != path]

    def after_cut(self, chance: random.Random) -> dict[str, bytes]:
        """Return the files that may be there after a cut, by their path in the folder."""
        names, luck = dict(self.named), chance.choice((0.0, 0.5, 1.0))
        for step in self.pending:
            if chance.random() < luck:
                rename(names, step)
        return {
            path.removeprefix(self.root + "/"): bytes(file.after_cut(chance))
            for path, file in names.items()
            if file is not None and self._reachable(names, path)
        }

    def _reachable(self, names: dict[str, File | None], path: str) -> bool:
        folder = path.rpartition("/")[0]
        return folder == self.root or (folder in names and self._reachable(names, folder))


def folder_of(step: tuple[str, str, File | None, str]) -> str:
    """Return the folder whose sync keeps a step."""
    return (step[3] or step[1]).rpartition("/")[0]


def rename(names: dict[str, File | None], step: tuple[str, str, File | None, str]) -> None:
    """Do a step to names: make, move or remove one; a folder moves with what it holds."""
    kind, path, file, new = step
    if kind == "U":
        names.pop(path, None)
    elif kind in "CM":
        names[path] = file
    else:
        inner = [name for name in names if name.startswith(path + "/")]
        for name in inner:
            names[new + name.removeprefix(path)] = names.pop(name)
        if kind == "R":
            names.pop(path, None)
        names[new] = file


def write_out(files: dict[str, bytes], folder: Path) -> None:
    """Write files into an empty folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
