"""One revision of a record, as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from hardwon.domain.moment import Moment

Lineage = Literal["known", "ahead", "another"]
"""The same record as far as it goes, the same with more revisions, or another record of that id."""


class KeptRevision(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote what when. `body` is the record's JSON exactly as it was stored, `salt` that of its
    commitment in the trail.
    """

    number: int
    at: Moment
    by: str
    verb: str
    detail: str = ""
    body: bytes = b""
    salt: bytes = b""


def compare_histories(theirs: Mapping[int, bytes], ours: Mapping[int, bytes]) -> Lineage:
    """Tell how a history from elsewhere relates to the one that stands here, by what revisions say."""
    if any(theirs[number] != ours[number] for number in ours.keys() & theirs.keys()):
        return "another"
    return "ahead" if max(theirs) > max(ours) else "known"
