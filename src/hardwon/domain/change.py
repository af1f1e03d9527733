"""A change: what was merged."""

from __future__ import annotations

from datetime import datetime

import msgspec

from hardwon.domain.text import Line, Name, Prose, Url


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What was merged: one commit or pull request with the files and tickets it touched."""

    commit: Name
    text: Prose = ""
    repository: Url = ""
    files: tuple[Line, ...] = ()
    tickets: tuple[Line, ...] = ()
    authored_at: datetime | None = None
    merged_at: datetime | None = None
    reverts: Name | None = None
