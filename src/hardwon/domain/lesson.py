"""A lesson: the reusable claim that recall brings back."""

from __future__ import annotations

from typing import Literal

from hardwon.domain.artifact import Artifact
from hardwon.domain.criterion import Criterion
from hardwon.domain.search import Signature
from hardwon.domain.text import Prose
from hardwon.domain.what_if import WhatIf


class Lesson(Artifact, frozen=True, kw_only=True):
    """What to do and when it applies. `remedy` says whether doing it worked."""

    claim: Prose = ""
    applies: Signature = Signature()
    remedy: Literal["worked", "did_not_work", "untried"] = "untried"
    signals: tuple[Criterion, ...] = ()
    what_ifs: tuple[WhatIf, ...] = ()
