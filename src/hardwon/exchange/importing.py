"""Reading files and folders: finds them, hands each to the importer that claims it, names what is wrong."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final, Protocol

import msgspec

from hardwon.exchange.draft import Attachment, Draft, Limits, NewId, Problem, ReadFile

__all__ = [
    "Attachment",
    "Draft",
    "Importer",
    "Limits",
    "Problem",
    "ReadFile",
    "SourceFile",
    "importers",
    "read",
]

GROUP: Final = "hardwon.importers"
_HEAD: Final = 4096
_SKIPPED_FOLDERS: Final = frozenset(
    {".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", ".idea", ".vscode"}
)
_BINARY: Final = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"\x7fELF", b"SQLite format 3",
    b"RIFF", b"BZh", b"\xfd7zXZ", b"OggS", b"ID3", b"\x00\x00\x00",
)  # fmt: skip
_LIMITS: Final = Limits()


class SourceFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder to read: where it is, what it is called in reports, and the source it belongs to.

    `source_id` is its path below the folder that was named, with `/` between the parts.
    """

    path: Path
    name: str
    source: str
    source_id: str


class Importer(Protocol):
    """Reads one kind of file. Found by entry point in the group `hardwon.importers`."""

    @property
    def name(self) -> str:
        """The importer's name, as it is shown."""
        ...

    def claims(self, path: Path, head: bytes) -> bool:
        """Tell by the path and the first bytes (none: a folder) whether this importer reads it."""
        ...

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read the file: all drafts that can be had, and a problem for all that cannot."""
        ...


def importers() -> tuple[Importer, ...]:
    """Return the importers that are installed, our own first."""
    from hardwon.exchange.backstage import Backstage
    from hardwon.exchange.cacao import CacaoPlaybook
    from hardwon.exchange.codeowners import CodeOwners
    from hardwon.exchange.csv_table import CsvTable
    from hardwon.exchange.evidently import Evidently
    from hardwon.exchange.jsonl import JsonLines
    from hardwon.exchange.kubernetes_events import KubernetesEvents
    from hardwon.exchange.markdown_folder import MarkdownFolder
    from hardwon.exchange.openslo import OpenSlo
    from hardwon.exchange.own_export import OwnExport
    from hardwon.exchange.resource_file import ResourceAttributes

    own: list[Importer] = [
        OwnExport(),
        MarkdownFolder(),
        CacaoPlaybook(),
        Backstage(),
        OpenSlo(),
        CodeOwners(),
        ResourceAttributes(),
        KubernetesEvents(),
        Evidently(),
        JsonLines(),
        CsvTable(),
    ]
    known = {importer.name for importer in own}
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    own.extend(point.load()() for point in points if point.name not in known)
    return tuple(own)


def read(
    paths: Sequence[Path], mapping: Mapping[str, str] | None = None, *, limits: Limits = _LIMITS
) -> Iterator[ReadFile]:
    """Read files and folders, in sorted order, one ReadFile each (a long table: one per batch of rows).

    `mapping` names a table's columns: `{"text": "description"}`. A bad file gives problems and the
    rest goes on. Folders are walked without following links; nothing outside them is read.
    """
    counter = itertools.count(1)
    found = importers()

    def new_id() -> str:
        return f"new:{next(counter)}"

    for path in paths:
        yield from _read_path(Path(path), found, mapping or {}, limits, new_id)


def _read_path(
    path: Path, found: tuple[Importer, ...], mapping: Mapping[str, str], limits: Limits, new_id: NewId
) -> Iterator[ReadFile]:
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        yield failed(str(path), "there is no such file or folder", "Check the path.")
        return
    if not real.is_dir():
        file = SourceFile(path=real, name=str(path), source=_source(real.parent), source_id=real.name)
        yield from _read_file(file, found, mapping, limits, new_id, named=True)
        return
    claimed = next((importer for importer in found if importer.claims(real, b"")), None)
    if claimed is not None:
        whole = SourceFile(path=real, name=str(path), source=_source(real), source_id="")
        yield from claimed.read(whole, mapping, limits, new_id)
        return
    for entry in _walk(real):
        relative = _spelled(entry.relative_to(real).as_posix())
        name = f"{_spelled(str(path))}/{relative}"
        if entry.is_symlink():
            yield from _link(entry, name)
            continue
        file = SourceFile(path=entry, name=name, source=_source(real), source_id=relative)
        yield from _read_file(file, found, mapping, limits, new_id, named=False)


def _spelled(name: str) -> str:
    """Return a file's name with bytes that are no UTF-8 written out, so that it can be printed and kept."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _source(folder: Path) -> str:
    return f"import:{folder.name or 'files'}"[:200]


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder in sorted order, and the links, which are not followed."""
    for root, folders, files in os.walk(folder, followlinks=False):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS and name not in links)
        for name in sorted((*files, *links)):
            yield Path(root) / name


def _link(entry: Path, name: str) -> Iterator[ReadFile]:
    yield failed(
        name,
        f"it is a symbolic link to {_target(entry)}, and links in a folder are not followed",
        "Copy the file into the folder, or name it on its own.",
    )


def _target(entry: Path) -> str:
    try:
        return str(entry.readlink())
    except OSError:
        return "somewhere"


def _read_file(
    file: SourceFile,
    found: tuple[Importer, ...],
    mapping: Mapping[str, str],
    limits: Limits,
    new_id: NewId,
    *,
    named: bool,
) -> Iterator[ReadFile]:
    """Read one file; one that was named must be readable, one in a folder may be passed over."""
    if not file.path.is_file():
        yield failed(file.name, "it is no regular file", "Name a file or a folder.")
        return
    try:
        with file.path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        yield failed(file.name, f"it cannot be read: {error.strerror}", "Check its permissions.")
        return
    claimed = next((importer for importer in found if importer.claims(file.path, head)), None)
    if claimed is None:
        reason = "a binary file" if head.startswith(_BINARY) else "no importer reads this kind of file"
        if named:
            yield failed(
                file.name,
                reason,
                "Give Markdown, JSON Lines, JSON, CSV, a catalogue, a CACAO playbook or a Hardwon export.",
            )
        else:
            yield ReadFile(path=file.name, left=((file.path.name, f"{reason}: left out"),))
        return
    try:
        yield from claimed.read(file, mapping, limits, new_id)
    except OSError as error:
        yield failed(
            file.name, f"it cannot be read: {error.strerror or error}", "Check the disk and try again."
        )


def failed(path: str, reason: str, fix: str, line: int = 0) -> ReadFile:
    """Return what came of a file that could not be read."""
    return ReadFile(path=path, problems=(Problem(path=path, line=line, reason=reason, fix=fix),))
