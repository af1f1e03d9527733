"""What forms send, read into records: names, times, dates; a mistake is said and the form is shown again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

import msgspec
from litestar.enums import RequestEncodingType
from litestar.params import Body

from hardwon.domain.errors import InputError

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
"""A form as it was sent: one value a field."""
Record = TypeVar("Record", bound=msgspec.Struct)


def names_in(text: str) -> tuple[str, ...]:
    """Return the names in a field, separated by commas or line ends, each once."""
    parts = (part.strip() for part in text.replace("\n", ",").split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def moment_in(form: Mapping[str, str], field: str) -> datetime | None:
    """Return a time as typed, UTC where it names no zone. Raises InputError naming the field."""
    text = form.get(field, "").strip()
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        fix = "Write it like 2026-11-23 14:05, or 2026-11-23 15:05+01:00."
        raise InputError(f"{field.replace('_', ' ')}: {text!r} is no time.", fix=fix) from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def day_in(form: Mapping[str, str], field: str) -> date | None:
    """Return a day as typed. Raises InputError naming the field."""
    text = form.get(field, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError(
            f"{field.replace('_', ' ')}: {text!r} is no day.", fix="Write it like 2026-11-23."
        ) from error


def text_in(form: Mapping[str, str], field: str) -> str:
    """Return a field's text with plain line ends."""
    return form.get(field, "").replace("\r\n", "\n").strip()


def number_in(form: Mapping[str, str], field: str) -> int:
    """Return a hidden field's whole number. Raises InputError."""
    try:
        return int(form.get(field, ""))
    except ValueError as error:
        raise InputError(f"{field} is no number.", fix="Open the page again.") from error


def checked(values: Mapping[str, Any], kind: type[Record]) -> Record:
    """Return the values as a record. Raises InputError naming the field that does not fit."""
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InputError(f"{error}.", fix="Correct that field.") from error


def cells_in(text: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the lines of a field as rows of named columns, split at `|`; the last takes the rest."""
    rows = (
        line.split("|", len(columns) - 1) for line in text.replace("\r\n", "\n").split("\n") if line.strip()
    )
    return [dict(zip(columns, (part.strip() for part in row), strict=False)) for row in rows]


def cells_of(rows: Iterable[msgspec.Struct], columns: Sequence[str]) -> str:
    """Return rows as the lines that `cells_in` reads back."""
    said = (" | ".join(str(getattr(row, name)) for name in columns).rstrip(" |") for row in rows)
    return "\n".join(said)
