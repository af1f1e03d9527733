"""A term: a word the organisation agreed on, what it means, and the words that mean the same."""

from __future__ import annotations

from typing import Literal

import msgspec

from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Prose, Title

TermAxis = Literal["tag", "factor", "service", "environment", "risk", "word"]
TermState = Literal["in_use", "merged"]


class Crosswalk(msgspec.Struct, frozen=True, kw_only=True):
    """The same idea in a public vocabulary: its scheme (`AVID`, `ATLAS`, `VERIS`, `ODC`), its code."""

    scheme: Line
    code: Line


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One word of the glossary. `id` is the word as records carry it; `became` is what it merged into."""

    id: Name
    title: Title
    axis: TermAxis = "word"
    state: TermState = "in_use"
    definition: Prose = ""
    synonyms: tuple[Line, ...] = ()
    crosswalk: tuple[Crosswalk, ...] = ()
    became: Name | None = None
    written_at: Moment
    updated_at: Moment
    source: Line = "typed"
    source_id: Line = ""
    revision: int = 1
    schema_version: int = 1
