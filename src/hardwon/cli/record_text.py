"""Any record as text: its title, its short fields, then its prose and its lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import click
import msgspec

from hardwon.cli.output import clean, line, paragraph
from hardwon.domain.timeline import TimelineEntry

_HIDDEN: Final = {"id", "title", "name", "schema_version", "source", "source_id", "scope", "revision"}
_SHORT: Final = 100


def print_record(record: msgspec.Struct) -> None:
    """Print one record for reading."""
    fields = msgspec.structs.asdict(record)
    title = clean(str(fields.get("title") or fields.get("name") or ""))
    line(f"{click.style(str(fields['id']), fg='cyan')}  {click.style(title, bold=True)}")
    line(f"revision {fields['revision']}")
    long = []
    for name, value in fields.items():
        if name in _HIDDEN or _is_empty(value):
            continue
        text = _short(value)
        if text is None:
            long.append((name, value))
        else:
            line(f"{_words(name):<14}{text}")
    for name, value in long:
        line()
        line(click.style(_words(name), bold=True))
        for row in _rows(value):
            line(row)


def _is_empty(value: object) -> bool:
    if isinstance(value, msgspec.Struct):
        return all(_is_empty(item) for item in msgspec.structs.asdict(value).values())
    return value is None or value in ("", ())


def _short(value: object) -> str | None:
    """Return a value that fits one line beside its name, or None."""
    if isinstance(value, str):
        return clean(value) if len(value) <= _SHORT and "\n" not in value else None
    if isinstance(value, tuple):
        plain = all(isinstance(item, str) for item in value)
        return clean(", ".join(value)) if plain and sum(map(len, value)) <= _SHORT else None
    return None if isinstance(value, msgspec.Struct) else _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value))


def _rows(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield paragraph(value, "  ")
    elif isinstance(value, tuple):
        for item in value:
            yield paragraph(f"- {_one_line(item)}", "  ")
    else:
        for name, item in msgspec.structs.asdict(value).items():
            if not _is_empty(item):
                yield paragraph(f"{_words(name)}: {_one_line(item)}", "  ")


def _entry(entry: TimelineEntry) -> str:
    """Return a timeline entry: its time as kept, who, what, and what came of a decision."""
    at = _plain(entry.at) if entry.at else "no time"
    who = f"{entry.lane}, " if entry.lane else ""
    came = f" -> {entry.consequence.text}" if entry.consequence else ""
    return clean(f"{at}  {who}{entry.kind}: {entry.text}{came}")


def _one_line(value: Any) -> str:
    if isinstance(value, TimelineEntry):
        return _entry(value)
    if isinstance(value, msgspec.Struct):
        fields: Mapping[str, Any] = msgspec.structs.asdict(value)
        shown = (item for name, item in fields.items() if not _is_empty(item) and not isinstance(item, bool))
        return " · ".join(_one_line(item) for item in shown)
    if isinstance(value, tuple):
        return "; ".join(_one_line(item) for item in value)
    return _plain(value)


def _words(name: str) -> str:
    return name.removesuffix("_at").removesuffix("_on").replace("_", " ")
