"""A runbook: steps an operator follows."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from hardwon.domain.artifact import Artifact
from hardwon.domain.text import Line, Name, Prose

MAX_STEPS: Final = 200


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do, the command for it, and what one should see."""

    text: Prose
    command: Prose = ""
    expect: Line = ""


class Runbook(Artifact, frozen=True, kw_only=True):
    """Steps, and the day a drill last proved them (None: never)."""

    steps: Annotated[tuple[Step, ...], Meta(max_length=MAX_STEPS)] = ()
    lessons: tuple[Name, ...] = ()
    proven_on: date | None = None


def is_proven(proven_on: date | None, today: date, within_days: int = 180) -> bool:
    """Tell whether a drill proved the runbook within the last `within_days` days."""
    return proven_on is not None and (today - proven_on).days <= within_days
