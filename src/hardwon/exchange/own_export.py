"""Hardwon's own export, read back: every record, revision, link and file, checked against the manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final, cast

import msgspec

from hardwon.domain.commitment import SALT_BYTES
from hardwon.domain.errors import InputError
from hardwon.domain.record import TYPES, decode
from hardwon.domain.revision import KeptRevision
from hardwon.exchange.draft import Attachment, Draft, Limits, NewId, Problem, ReadFile
from hardwon.exchange.export_format import (
    ATTACHMENTS,
    FORMAT,
    HASH,
    MANIFEST,
    VERSION,
    ListedFile,
    Manifest,
    StoredRecord,
    StoredRevision,
)
from hardwon.exchange.exporting import hashes_in
from hardwon.exchange.importing import SourceFile, failed
from hardwon.exchange.text_file import too_large

_DECODER: Final = msgspec.json.Decoder(StoredRecord)
_AGAIN: Final = "Export again, or restore the file from git."
_ORDER: Final = {kind: number for number, kind in enumerate(TYPES)}


class OwnExport:
    """Reads a folder that `hardwon export` wrote. The Markdown in it is for people and is not read."""

    name = "hardwon"

    def claims(self, path: Path, head: bytes) -> bool:
        """Claim a folder whose manifest names our format."""
        manifest = path / MANIFEST
        if head or not manifest.is_file() or manifest.is_symlink():
            return False
        with manifest.open("rb") as stream:
            return FORMAT.encode() in stream.read(300)

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read the records in the order in which they must be written: what is pointed at comes first."""
        del mapping, new_id
        manifest = _manifest(file, limits)
        if isinstance(manifest, Problem):
            yield ReadFile(path=file.name, problems=(manifest,))
            return
        bad = [p for listed in manifest.files if (p := _tampered(file, listed, limits))]
        broken = {problem.path for problem in bad}
        extra = _unlisted(file, manifest)
        if bad or extra:
            yield ReadFile(path=str(Path(file.name) / MANIFEST), problems=tuple(bad), left=extra)
        files = _attachments(file, manifest, broken)
        taken: set[str] = set()
        for listed in sorted((f for f in manifest.files if f.path.endswith(".json")), key=_order):
            name = _shown(file, listed)
            if name not in broken and not listed.path.startswith(f"{ATTACHMENTS}/"):
                yield _record(file, listed, files, taken)
        rest = tuple(attachment for sha256, attachment in files.items() if sha256 not in taken)
        if rest:
            yield ReadFile(path=str(Path(file.name) / ATTACHMENTS), attachments=rest)


def _order(listed: ListedFile) -> tuple[int, str]:
    return _ORDER.get(cast("Any", listed.path.split("/", 1)[0]), len(_ORDER)), listed.path


def _shown(file: SourceFile, listed: ListedFile) -> str:
    return f"{file.name}/{listed.path}"


def _manifest(file: SourceFile, limits: Limits) -> Manifest | Problem:
    path, name = file.path / MANIFEST, f"{file.name}/{MANIFEST}"
    if problem := too_large(path, name, limits.table_bytes):
        return problem
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return Problem(path=name, reason=f"the manifest is broken: {error}", fix=_AGAIN)
    if manifest.format != FORMAT or manifest.version != VERSION:
        reason = f"the export has format {manifest.version}, and this Hardwon reads {VERSION}"
        return Problem(path=name, reason=reason, fix="Use the Hardwon that wrote it, or a newer one.")
    return manifest


def _tampered(file: SourceFile, listed: ListedFile, limits: Limits) -> Problem | None:
    """Return what is wrong with a listed file: a path that leads out, a missing or a changed file."""
    name = _shown(file, listed)
    parts = PurePosixPath(listed.path)
    path = file.path / listed.path
    if parts.is_absolute() or ".." in parts.parts or "\\" in listed.path or "\x00" in listed.path:
        return Problem(path=name, reason="the manifest names a path outside the export", fix=_AGAIN)
    if any((file.path / parent).is_symlink() for parent in (parts, *parts.parents)):
        return Problem(path=name, reason="it is a symbolic link, and links are not followed", fix=_AGAIN)
    if not path.is_file():
        return Problem(path=name, reason="the manifest lists it and it is not there", fix=_AGAIN)
    if problem := too_large(path, name, limits.table_bytes):
        return problem
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1024 * 1024):
            digest.update(chunk)
    if digest.hexdigest() != listed.sha256:
        return Problem(path=name, reason="it was changed since the export: its hash differs", fix=_AGAIN)
    return None


def _unlisted(file: SourceFile, manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """Return the files that the manifest does not know; they are not read."""
    known = {listed.path for listed in manifest.files} | {MANIFEST}
    found = (
        path.relative_to(file.path).as_posix()
        for path in sorted(file.path.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(file.path).parts
    )
    return tuple((path, "the manifest does not list it: left out") for path in found if path not in known)


def _attachments(file: SourceFile, manifest: Manifest, broken: set[str]) -> dict[str, Attachment]:
    found = {}
    for listed in manifest.files:
        folder, _, sha256 = listed.path.partition("/")
        if folder == ATTACHMENTS and HASH.fullmatch(sha256) and _shown(file, listed) not in broken:
            found[sha256] = Attachment(sha256=sha256, path=file.path / listed.path, size=listed.size)
    return found


def _salt(revision: StoredRevision) -> bytes:
    """Return the salt an export wrote down, or none for one of another length. Raises ValueError."""
    salt = bytes.fromhex(revision.salt)
    return salt if len(salt) == SALT_BYTES else b""


def _record(file: SourceFile, listed: ListedFile, files: dict[str, Attachment], taken: set[str]) -> ReadFile:
    """Return one record's file as a draft with its own id, its history and the files it names first."""
    name = _shown(file, listed)
    try:
        stored = _DECODER.decode((file.path / listed.path).read_bytes())
        record = decode(stored.kind, bytes(stored.record))
        revisions = tuple(
            KeptRevision(
                number=revision.number,
                at=datetime.fromisoformat(revision.at),
                by=revision.by,
                verb=revision.verb,
                detail=revision.detail,
                body=bytes(revision.body),
                salt=_salt(revision),
            )
            for revision in stored.revisions
        )
        named = hashes_in(bytes(stored.record)).union(*(hashes_in(revision.body) for revision in revisions))
    except InputError as error:
        return failed(name, error.message, _AGAIN)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return failed(name, f"it is no record: {error}", _AGAIN)
    held = tuple(files[sha256] for sha256 in sorted(named) if sha256 in files and sha256 not in taken)
    taken.update(attachment.sha256 for attachment in held)
    draft = Draft(
        record=record,
        source=getattr(record, "source", "") or "export",
        source_id=getattr(record, "source_id", "") or record.id,
        fingerprint=listed.sha256,
        revisions=revisions,
        attachments=held,
    )
    missing = tuple(
        Problem(path=name, reason=f"its file {sha256} is not in the export", fix=_AGAIN)
        for sha256 in sorted(named)
        if sha256 not in files
    )
    said = f"{stored.kind}: {record.id}, {len(revisions)} revisions"
    return ReadFile(path=name, understood=(said,), drafts=(draft,), problems=missing)
