"""Two revisions of a record, line by line: whatever changed is there to be seen."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

_QUIET: Final = frozenset({"id", "revision", "schema_version", "updated_at", "source", "source_id"})
"""Fields that say where a revision stands, not what it says."""
_SHORT: Final = 160


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two revisions line by line: ` ` in both, `-` only left, `+` only right."""

    left: int
    right: int
    lines: tuple[tuple[str, str], ...]


def compare(left: msgspec.Struct, right: msgspec.Struct, numbers: tuple[int, int]) -> Comparison:
    """Return the difference of two revisions with these numbers."""
    found = difflib.ndiff(list(lines_of(left)), list(lines_of(right)))
    lines = tuple((line[0], line[2:]) for line in found if line[0] != "?")
    return Comparison(left=numbers[0], right=numbers[1], lines=lines)


def lines_of(record: msgspec.Struct, depth: int = 0) -> Iterator[str]:
    """Yield all that a record says as lines of text; fields left empty say nothing."""
    for field in msgspec.structs.fields(record):
        value = getattr(record, field.name)
        if value not in (None, "", (), field.default) and not (depth == 0 and field.name in _QUIET):
            yield from _field(field.name.replace("_", " "), value, depth)


def _field(name: str, value: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(value, msgspec.Struct):
        yield f"{indent}{name}:"
        yield from lines_of(value, depth + 1)
    elif isinstance(value, tuple) and isinstance(value[0], msgspec.Struct):
        yield f"{indent}{name}:"
        for item in value:
            yield from _item(item, depth + 1)
    elif isinstance(value, tuple):
        yield f"{indent}{name}: {', '.join(map(str, value))}"
    else:
        first, *rest = str(value).splitlines() or [""]
        yield f"{indent}{name}: {first}"
        yield from (f"{indent}  {line}" if line else "" for line in rest)


def _item(item: msgspec.Struct, depth: int) -> Iterator[str]:
    """Yield one of several parts: on one line where it is short, else as a block of its own."""
    lines = list(lines_of(item, depth + 1))
    together = ", ".join(line.strip() for line in lines)
    indent = "  " * depth
    if len(together) <= _SHORT and not any(line.endswith(":") for line in lines):
        yield f"{indent}- {together}"
    else:
        first, *rest = lines
        yield f"{indent}- {first.strip()}"
        yield from rest
