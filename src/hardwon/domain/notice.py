"""A notice: something a person should know, kept in their in-app inbox."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One line for one reader about one record."""

    id: int
    reader: str
    record: str
    text: str
    at: datetime
    read_at: datetime | None = None
