"""A success criterion that a machine can check."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.text import Line, Name

Comparison = Literal["<", "<=", "=", ">=", ">"]
_WORDS = {"<": "under", "<=": "at most", "=": "exactly", ">=": "at least", ">": "over"}


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """Holds when `metric` `comparison` `threshold` for the whole window of `window_days` days."""

    metric: Name
    comparison: Comparison
    threshold: float
    unit: Line = ""
    window_days: Annotated[int, Meta(ge=1, le=3650)] = 14


def describe(criterion: Criterion) -> str:
    """Return the criterion in one line, e.g. `embedding_age_p99 at most 6 h for 14 days`."""
    figure = f"{criterion.threshold:g} {criterion.unit}".strip()
    days = "day" if criterion.window_days == 1 else "days"
    words = _WORDS[criterion.comparison]
    return f"{criterion.metric} {words} {figure} for {criterion.window_days} {days}"
