"""One revision of a record, as it was written."""

from __future__ import annotations

from datetime import datetime

import msgspec


class KeptRevision(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote what when. `body` is the record's JSON exactly as it was stored."""

    number: int
    at: datetime
    by: str
    verb: str
    detail: str = ""
    body: bytes = b""
