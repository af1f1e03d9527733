"""The folder format of an export: what its files are called and what stands in them.

    manifest.json             format, counts, and the size and SHA-256 of every other file
    lesson/LES-0007.md        for people and for git: front matter and the text
    lesson/LES-0007.json      the record and all its revisions, exactly as stored
    attachments/<sha256>      kept files
    trail/checkpoint.txt      what the workspace signed of its audit trail
    trail/<position>.jsonl    the trail's entries byte for byte, 50,000 in a file
    trail/names.jsonl         whom the entries' pseudonyms stand for, with the salts
    trail/details.jsonl       the details that entries commit to, with the salts

No path is made from a title or another text a person typed: a readable id names its file; any other
id is shortened to plain letters and told apart by its hash.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

from hardwon.domain.record import RecordKind
from hardwon.domain.text import slug

FORMAT: Final = "hardwon-export"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
ATTACHMENTS: Final = "attachments"
TRAIL: Final = "trail"
TRAIL_LINES: Final = 50_000
HASH: Final = re.compile(r"[0-9a-f]{64}")
_READABLE: Final = re.compile(r"[A-Z]{2,3}-[0-9]{4,12}")


class ListedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the export: its path with `/`, its size and its SHA-256."""

    path: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an export holds. It is written last, so an export without one was cut short."""

    format: str
    version: int
    counts: dict[str, int]
    revisions: int
    files: tuple[ListedFile, ...]


class StoredRevision(msgspec.Struct, frozen=True, kw_only=True):
    """One revision; `body` is its JSON byte for byte, `salt` that of its commitment in the trail."""

    number: int
    at: str
    by: str
    verb: str
    detail: str = ""
    salt: str = ""
    body: msgspec.Raw


class StoredName(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a pseudonym of the trail stands for; without a salt it was erased."""

    pseudonym: str
    name: str
    salt: str = ""


class StoredDetail(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry, by its place from 0, commits to."""

    entry: int
    detail: str
    salt: str


class StoredRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record's file: its kind, its newest state and its history, oldest revision first."""

    kind: RecordKind
    record: msgspec.Raw
    revisions: tuple[StoredRevision, ...] = ()


def stem_of(record_id: str) -> str:
    """Return the file name, without ending, of the record with this id."""
    if _READABLE.fullmatch(record_id):
        return record_id
    digest = hashlib.sha256(record_id.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{slug(record_id)[:60]}-{digest}"
