"""Times in records: aware, and within the years a deployment can happen in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from hardwon.domain.errors import InputError

Moment = Annotated[datetime, Meta(tz=True)]
"""A time with its zone, UTC once it is kept."""
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199


def check_moments(record: msgspec.Struct) -> None:
    """Let a record pass whose times can be kept, shown in any zone and counted with.

    Raises InputError naming the first one without a zone or outside the years 1900 to 2199.
    """
    _check(record)


def _check(value: Any) -> None:
    kind = type(value)
    if kind is str or value is None:
        return
    if kind is datetime or kind is date:
        _check_moment(value)
    elif kind is tuple:
        if value and type(value[0]) is not str:
            for item in value:
                _check(item)
    elif isinstance(value, msgspec.Struct):
        for item in msgspec.structs.astuple(value):
            _check(item)


def _check_moment(moment: date) -> None:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InputError(
            f"{moment.isoformat()} lies outside the years {FIRST_YEAR} to {LAST_YEAR}.",
            fix="Correct the year.",
        )
    if isinstance(moment, datetime) and moment.tzinfo is None:
        raise InputError(f"{moment.isoformat()} has no time zone.", fix="Add one, e.g. Z for UTC.")
