"""Evidence of an incident: links, excerpts and files, attached and taken off; a file for who may see it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.errors import InputError, NotFoundError, TooLargeError
from hardwon.domain.event import Event
from hardwon.domain.evidence import Evidence
from hardwon.domain.incident import Incident
from hardwon.domain.media import HEAD, PICTURES, media_type_of
from hardwon.domain.postmortem import Postmortem
from hardwon.storage.attachments import keep_bytes
from hardwon.storage.queries.records import get_record
from hardwon.usecases.app import App

MAX_FILE: Final = 20 * 1024 * 1024
MAX_PIECES: Final = 500
_SHA256: Final = re.compile("[0-9a-f]{64}")
_SCHEMES: Final = ("https://", "http://")


class KeptFile(msgspec.Struct, frozen=True, kw_only=True):
    """An attached file: where it lies, what it is called, and what its bytes say it is."""

    path: Path
    filename: str
    media_type: str
    shown: bool


class AttachedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as a text refers to it: the incident that keeps it, its hash and name, whether it is shown."""

    incident: str
    sha256: str
    filename: str
    shown: bool


def attach(app: App, actor: Actor, incident_id: str, evidence: Evidence, expected_revision: int) -> Incident:
    """Attach a link or an excerpt.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, InputError for evidence of nothing.
    """
    if evidence.kind == "link" and not evidence.url.startswith(_SCHEMES):
        raise InputError("A link begins with https:// or http://.", fix="Copy the whole address.")
    if evidence.kind == "excerpt" and not evidence.excerpt.strip():
        raise InputError("An excerpt is some lines of text.", fix="Paste them.")
    return _add(app, actor, incident_id, evidence, expected_revision)


def attach_file(
    app: App,
    actor: Actor,
    incident_id: str,
    content: bytes,
    expected_revision: int,
    *,
    filename: str,
    title: str = "",
) -> Incident:
    """Attach a file of at most 20 MiB; it is kept under its SHA-256.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, TooLargeError, InputError for an
    empty one.
    """
    with app.store.read(scopes_of(actor)) as reading:
        authorise(actor, "write", get_record(reading, Incident, incident_id).scope)
    piece = _kept(app, content, filename, title)
    return _add(app, actor, incident_id, piece, expected_revision)


def attach_while_writing(
    app: App, actor: Actor, postmortem_id: str, content: bytes, *, filename: str
) -> AttachedFile:
    """Attach a file to the incident of a postmortem, beside what stands there by now; once is enough.

    Raises ForbiddenError, NotFoundError, TooLargeError, InputError for an empty file, or a postmortem
    of no incident.
    """
    with app.store.read(scopes_of(actor)) as reading:
        written = get_record(reading, Postmortem, postmortem_id)
        authorise(actor, "write", written.scope)
        if written.incident is None:
            fix = "Name its incident first, or link to where the file lies."
            raise InputError(f"{postmortem_id} is of no incident, which would keep the file.", fix=fix)
        incident = get_record(reading, Incident, written.incident)
        authorise(actor, "write", incident.scope)
    piece = _kept(app, content, filename)
    if all(piece.sha256 != other.sha256 for other in incident.evidence):
        _add(app, actor, incident.id, piece)
    shown = media_type_of(content[:HEAD]) in PICTURES
    return AttachedFile(incident=incident.id, sha256=piece.sha256, filename=piece.filename, shown=shown)


def detach(app: App, actor: Actor, incident_id: str, position: int, expected_revision: int) -> Incident:
    """Take the piece of evidence at `position` off; its file stays, older revisions name it.

    Raises ForbiddenError, NotFoundError, RevisionConflictError.
    """
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Incident, incident_id)
        if not 0 <= position < len(stored.evidence):
            raise NotFoundError(f"{incident_id} has no such evidence.", fix="Open the incident again.")
        left = (*stored.evidence[:position], *stored.evidence[position + 1 :])
        changed = msgspec.structs.replace(stored, evidence=left)
        return tx.save(changed, (Event(verb="revised", detail="evidence"),), expected_revision)


def open_file(app: App, actor: Actor, incident_id: str, sha256: str) -> KeptFile:
    """Return a file that an incident names. Raises NotFoundError for any other, or one that is gone."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        incident = get_record(reading, Incident, incident_id)
    if not _SHA256.fullmatch(sha256):
        raise NotFoundError("That names no file.", fix="Open the incident again.")
    pieces = (*incident.evidence, *(piece for entry in incident.timeline for piece in entry.evidence))
    named = next((piece for piece in pieces if piece.kind == "file" and piece.sha256 == sha256), None)
    path = app.settings.attachments / sha256
    if named is None or not path.is_file():
        raise NotFoundError(f"{incident_id} has no such file.", fix="Open the incident again.")
    with path.open("rb") as stream:
        media = media_type_of(stream.read(HEAD))
    return KeptFile(path=path, filename=named.filename or "file", media_type=media, shown=media in PICTURES)


def _kept(app: App, content: bytes, filename: str, title: str = "") -> Evidence:
    """Keep a file's bytes and return it as evidence. Raises TooLargeError, InputError for an empty one."""
    if not content:
        raise InputError("The file is empty.", fix="Choose another one.")
    if len(content) > MAX_FILE:
        raise TooLargeError("A file has at most 20 MiB.", fix="Attach a link to it, or an excerpt.")
    name = Path(filename.replace("\\", "/")).name[:200] or "file"
    sha256 = keep_bytes(app.settings.attachments, content)
    return Evidence(kind="file", title=title or name, sha256=sha256, filename=name)


def _add(
    app: App, actor: Actor, incident_id: str, evidence: Evidence, expected_revision: int | None = None
) -> Incident:
    """Add a piece; without `expected_revision` to what stands there by now."""
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "write", Incident, incident_id)
        if len(stored.evidence) >= MAX_PIECES:
            raise InputError(
                f"An incident has at most {MAX_PIECES} pieces of evidence.", fix="Link a folder."
            )
        changed = msgspec.structs.replace(stored, evidence=(*stored.evidence, evidence))
        expected = stored.revision if expected_revision is None else expected_revision
        return tx.save(changed, (Event(verb="revised", detail="evidence"),), expected)
