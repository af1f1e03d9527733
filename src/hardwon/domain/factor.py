"""Contributing factors: never "the" root cause."""

from __future__ import annotations

from typing import Literal

import msgspec

from hardwon.domain.evidence import Evidence
from hardwon.domain.text import Line, Prose, Tag

FactorKind = Literal["trigger", "technical", "process", "human", "organisational"]
Standing = Literal["hypothesised", "confirmed", "rejected"]
Confidence = Literal["low", "medium", "high"]


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """Something that contributed. `code` is a word of the glossary, e.g. `no_freshness_signal`."""

    text: Prose
    kind: FactorKind = "technical"
    standing: Standing = "hypothesised"
    confidence: Confidence | None = None
    code: Tag | None = None
    evidence: tuple[Evidence, ...] = ()
    note: Line = ""
