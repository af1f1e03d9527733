"""One revision of a record, as it was written."""

from __future__ import annotations

import msgspec

from hardwon.domain.moment import Moment


class KeptRevision(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote what when. `body` is the record's JSON exactly as it was stored."""

    number: int
    at: Moment
    by: str
    verb: str
    detail: str = ""
    body: bytes = b""
