"""Keyset paging: a page ends with the key to go on from."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Row, and_, or_

from hardwon.domain.errors import InputError

Item = TypeVar("Item")
AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row of any columns."""
MAX_LIMIT = 500


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """Rows in order, and the cursor of the next page (None: this is the last)."""

    rows: tuple[Item, ...]
    next: str | None = None


def check_limit(limit: int) -> None:
    """Raise InputError where a page is asked to hold none or too many."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InputError(f"A page holds 1 to {MAX_LIMIT} rows.", fix="Ask for fewer.")


def encode_cursor(key: Sequence[int | str]) -> str:
    """Return a sort key as an opaque cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(key))).decode().rstrip("=")


def decode_cursor(cursor: str, types: tuple[type[Any], ...]) -> tuple[Any, ...]:
    """Return the sort key in a cursor. Raises InputError for anything else."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key = msgspec.json.decode(raw, type=list[int | str])
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise InputError("That is no cursor.", fix="Use the `next` of the page before.") from error
    if len(key) != len(types) or not all(map(isinstance, key, types)):
        raise InputError("That cursor is another list's.", fix="Use the `next` of the page before.")
    if any(isinstance(part, int) and abs(part) > 2**62 for part in key):
        raise InputError("That is no cursor.", fix="Use the `next` of the page before.")
    return tuple(key)


def past(
    columns: Sequence[ColumnElement[Any]], key: Sequence[Any], *, descending: bool
) -> ColumnElement[bool]:
    """Return the condition for rows after `key` in the order of the two columns."""
    first, second = columns
    low, high = key
    if descending:
        return or_(first < low, and_(first == low, second < high))
    return or_(first > low, and_(first == low, second > high))
