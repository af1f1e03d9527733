"""A lesson: the reusable claim that recall brings back."""

from __future__ import annotations

from typing import Literal

import msgspec

from hardwon.domain.artifact import Artifact
from hardwon.domain.criterion import Criterion
from hardwon.domain.search import Signature
from hardwon.domain.text import Line, Prose


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """A hypothetical scenario: what would set it off, what it would do, its early sign, the answer."""

    trigger: Line
    effect: Line = ""
    early_signal: Line = ""
    response: Line = ""


class Lesson(Artifact, frozen=True, kw_only=True):
    """What to do and when it applies. `remedy` says whether doing it worked."""

    claim: Prose = ""
    applies: Signature = Signature()
    remedy: Literal["worked", "did_not_work", "untried"] = "untried"
    signals: tuple[Criterion, ...] = ()
    what_ifs: tuple[WhatIf, ...] = ()
