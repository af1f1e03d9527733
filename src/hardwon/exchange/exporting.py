"""Writing everything out: a folder that lives well in git and comes back whole."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from hardwon.domain.commitment import KeptName, TrailLine
from hardwon.domain.errors import InputError
from hardwon.domain.record import Record, encode, kind_of
from hardwon.domain.revision import KeptRevision
from hardwon.exchange.export_format import (
    ATTACHMENTS,
    FORMAT,
    HASH,
    MANIFEST,
    TRAIL,
    TRAIL_LINES,
    VERSION,
    ListedFile,
    Manifest,
    StoredDetail,
    StoredName,
    StoredRecord,
    StoredRevision,
    stem_of,
)
from hardwon.exchange.record_text import text_of

Progress = Callable[[str, int, int | None], None]
_EVERY: Final = 100
_ENCODER: Final = msgspec.json.Encoder()


class ExportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, and attachments that could not be found."""

    folder: str
    counts: dict[str, int]
    revisions: int
    files: int
    missing: tuple[str, ...] = ()


def _quiet(what: str, done: int, total: int | None) -> None:
    """Show nothing."""


def write(
    folder: Path,
    histories: Iterable[tuple[Record, Sequence[KeptRevision]]],
    *,
    attachments: Path | None = None,
    trail: Iterable[TrailLine] = (),
    names: Iterable[KeptName] = (),
    checkpoint: str = "",
    progress: Progress = _quiet,
) -> ExportReport:
    """Write records with their revisions, the files of the `attachments` folder, and the audit trail with
    its newest checkpoint and the `names` behind its pseudonyms, to `folder`.

    The export appears whole or not at all: it is written beside the folder and moved into place. An
    earlier export in that place is replaced. Raises InputError for a folder that holds something else.
    """
    target = folder.absolute()
    check_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        writer = _Writer(fresh)
        for number, (record, revisions) in enumerate(histories, 1):
            writer.record(record, revisions)
            if number % _EVERY == 0:
                progress("records", number, None)
        missing = writer.attachments(attachments)
        if checkpoint:
            writer.trail(trail, checkpoint, names)
        writer.manifest()
        fresh.chmod(0o755)
        _replace(fresh, target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return ExportReport(
        folder=str(target),
        counts=writer.counts,
        revisions=writer.revisions,
        files=len(writer.files) + 1,
        missing=missing,
    )


def check_target(folder: Path) -> None:
    """Raise InputError where an export must not be written: over a file, or a folder of something else."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder} is no folder.", fix="Name a new folder.")
    if not folder.exists() or not any(folder.iterdir()):
        return
    known = folder / MANIFEST
    try:
        found = msgspec.json.decode(known.read_bytes(), type=Manifest).format if known.is_file() else ""
    except (msgspec.DecodeError, OSError):
        found = ""
    if found != FORMAT:
        raise InputError(
            f"{folder} holds something that is no Hardwon export.", fix="Name a new or an empty folder."
        )


def _replace(fresh: Path, target: Path) -> None:
    """Move the new folder into place; what is in git's hands (`.git`) moves along."""
    if not target.exists():
        fresh.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    old = aside / "export"
    target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        old.rename(target)
        raise
    if (old / ".git").exists():
        (old / ".git").rename(target / ".git")
    shutil.rmtree(aside, ignore_errors=True)


class _Writer:
    """Writes files below one folder and lists each with its hash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counts: dict[str, int] = {}
        self.revisions = 0
        self.files: list[ListedFile] = []
        self.named: set[str] = set()

    def record(self, record: Record, revisions: Sequence[KeptRevision]) -> None:
        """Write one record's page and its JSON."""
        kind = kind_of(record)
        stem = stem_of(record.id)
        stored = StoredRecord(
            kind=kind,
            record=msgspec.Raw(encode(record)),
            revisions=tuple(
                StoredRevision(
                    number=revision.number,
                    at=revision.at.isoformat(),
                    by=revision.by,
                    verb=revision.verb,
                    detail=revision.detail,
                    salt=revision.salt.hex(),
                    body=msgspec.Raw(bytes(revision.body)),
                )
                for revision in revisions
            ),
        )
        (self.folder / kind).mkdir(exist_ok=True)
        self._write(f"{kind}/{stem}.json", msgspec.json.encode(stored) + b"\n")
        self._write(f"{kind}/{stem}.md", text_of(record).encode("utf-8"))
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.revisions += len(revisions)
        self.named.update(hashes_in(encode(record)))
        for revision in revisions:
            self.named.update(hashes_in(bytes(revision.body)))

    def _write(self, path: str, data: bytes) -> None:
        target = self.folder / path
        if target.exists():
            raise InputError(f"Two records would be written to {path}.", fix="Report this: ids must differ.")
        target.write_bytes(data)
        self.files.append(ListedFile(path=path, size=len(data), sha256=hashlib.sha256(data).hexdigest()))

    def attachments(self, folder: Path | None) -> tuple[str, ...]:
        """Copy the kept files; return the hashes that records name and no file has."""
        kept = set()
        names = sorted(path.name for path in folder.iterdir()) if folder and folder.is_dir() else []
        for name in names:
            source = Path(folder or "") / name
            if HASH.fullmatch(name) and source.is_file() and not source.is_symlink():
                (self.folder / ATTACHMENTS).mkdir(exist_ok=True)
                self._copy(source, f"{ATTACHMENTS}/{name}", name)
                kept.add(name)
        return tuple(sorted(self.named - kept))

    def trail(self, lines: Iterable[TrailLine], checkpoint: str, names: Iterable[KeptName]) -> None:
        """Write the trail's entries, one a line, what was signed of them, and what they commit to."""
        (self.folder / TRAIL).mkdir()
        self._write(f"{TRAIL}/checkpoint.txt", checkpoint.encode())
        details: list[bytes] = []
        parts = iter(lines)
        position = 0
        while batch := list(islice(parts, TRAIL_LINES)):
            self._write(f"{TRAIL}/{position:010d}.jsonl", b"\n".join(line.entry for line in batch) + b"\n")
            details += (
                _ENCODER.encode(StoredDetail(entry=place, detail=line.detail, salt=line.salt.hex()))
                for place, line in enumerate(batch, position)
                if line.salt
            )
            position += len(batch)
        self._write(f"{TRAIL}/details.jsonl", b"".join(line + b"\n" for line in details))
        known = (
            StoredName(
                pseudonym=known.pseudonym, name=known.name, salt=known.salt.hex() if known.salt else ""
            )
            for known in names
        )
        self._write(f"{TRAIL}/names.jsonl", b"".join(_ENCODER.encode(name) + b"\n" for name in known))

    def _copy(self, source: Path, path: str, sha256: str) -> None:
        target = self.folder / path
        shutil.copyfile(source, target)
        self.files.append(ListedFile(path=path, size=target.stat().st_size, sha256=sha256))

    def manifest(self) -> None:
        """Write the list of all files, last."""
        manifest = Manifest(
            format=FORMAT,
            version=VERSION,
            counts=self.counts,
            revisions=self.revisions,
            files=tuple(sorted(self.files, key=lambda file: file.path)),
        )
        data = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        (self.folder / MANIFEST).write_bytes(data + b"\n")


def hashes_in(body: bytes) -> set[str]:
    """Return the hashes of kept files that a record's JSON names."""
    found: set[str] = set()
    _collect(msgspec.json.decode(body), found)
    return found


def _collect(value: object, found: set[str]) -> None:
    if isinstance(value, dict):
        own = value.get("sha256")
        if isinstance(own, str) and HASH.fullmatch(own):
            found.add(own)
        for item in value.values():
            _collect(item, found)
    elif isinstance(value, list):
        for item in value:
            _collect(item, found)
