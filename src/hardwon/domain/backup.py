"""A backup: what lies in its folder, and what proves that it is whole."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

FORMAT: Final = 1
DATABASE: Final = "hardwon.db"
MANIFEST: Final = "manifest.json"
_ENCODER = msgspec.json.Encoder(order="sorted")


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup holds: rows by table, files by their SHA-256, and the audit tree's size and root.

    `signature` is the workspace's, over all the rest; `public_key` checks it. Both are hexadecimal.
    """

    format: int = FORMAT
    version: str
    schema: str
    made_at: datetime
    rows: dict[str, int]
    files: dict[str, str]
    audit_size: int
    audit_root: str
    public_key: str
    signature: str = ""


def signed_part(manifest: Manifest) -> bytes:
    """Return the bytes that are signed: all but the signature, in one form."""
    return _ENCODER.encode(msgspec.structs.replace(manifest, signature=""))
