"""What a reader hands on: drafts of records, what was understood, what was left, and problems with their fix."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from hardwon.domain.errors import InputError
from hardwon.domain.moment import check_moments
from hardwon.domain.record import Record, decode, encode, kind_of
from hardwon.domain.revision import KeptRevision
from hardwon.domain.signal import AlertSignal
from hardwon.domain.text import check_plain

NewId = Callable[[], str]
"""Gives the next placeholder id, `new:1`, `new:2`, ... unique within one reading."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a reader takes in. Tables are streamed, so they may be larger than a text."""

    file_bytes: int = 64 * 1024 * 1024
    table_bytes: int = 4 * 1024 * 1024 * 1024
    line_bytes: int = 1024 * 1024
    front_matter_bytes: int = 256 * 1024
    rows_per_batch: int = 20_000


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why something could not be read, where (line 0: the file as a whole), and what to do about it."""

    path: str
    line: int = 0
    reason: str
    fix: str


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A kept file: its SHA-256, and where its bytes lie now."""

    sha256: str
    path: Path
    size: int


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A record to be stored, and where it comes from.

    Its id, and the ids it points at, are placeholders (`new:1`) that the storing side replaces; a
    draft from an own export has real ids and `revisions`. The pair of `source` and `source_id`
    names it for ever; `fingerprint` changes when the text it was read from changes.
    """

    record: Record
    source: str
    source_id: str
    fingerprint: str = ""
    revisions: tuple[KeptRevision, ...] = ()
    attachments: tuple[Attachment, ...] = ()


class ReadFile(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one file, or of one batch of a long table's rows.

    `left` pairs what stayed text, or was left out, with the reason. `attachments` are files that no
    draft of this reading names. `signals` say when what they report was seen last in `ended_at`.
    """

    path: str
    understood: tuple[str, ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()
    drafts: tuple[Draft, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    signals: tuple[AlertSignal, ...] = ()


def fingerprint_of(*parts: str | bytes) -> str:
    """Return the SHA-256 over the parts, each with its length."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def checked(record: Record) -> Record:
    """Return the record as storage would read it back. Raises InputError where it breaks a bound."""
    check_moments(record)
    try:
        body = encode(record)
    except (UnicodeEncodeError, OverflowError, ValueError) as error:
        raise InputError(
            f"It holds what no record can keep: {error}.", fix="Remove the broken characters or numbers."
        ) from error
    check_plain("It", body)
    return decode(kind_of(record), body)
