"""A policy: rules a team wrote for itself, kept as text with its history."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Title

STANDARD: Final = "STD-0001"
"""The id of the minimum standard, of which a workspace has one."""
RETENTION: Final = "STD-0002"
"""The id of the retention rules, of which a workspace has one."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Rules as TOML. What they mean is read by `hardwon.rules`."""

    id: Name
    title: Title
    text: Annotated[str, Meta(max_length=100_000)]
    written_at: Moment
    updated_at: Moment
    source: Line = "typed"
    source_id: Line = ""
    revision: int = 1
    schema_version: int = 1
