"""A change: what was merged."""

from __future__ import annotations

import msgspec

from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Prose, Url


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What was merged: one commit or pull request with the files and tickets it touched."""

    commit: Name
    text: Prose = ""
    repository: Url = ""
    files: tuple[Line, ...] = ()
    tickets: tuple[Line, ...] = ()
    authored_at: Moment | None = None
    merged_at: Moment | None = None
    reverts: Name | None = None
