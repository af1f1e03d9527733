"""Two revisions of a record, line by line: whatever changed is there to be seen."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final, TypeAlias

import msgspec

_QUIET: Final = frozenset({"id", "revision", "schema_version", "updated_at", "source", "source_id"})
"""Fields that say where a revision stands, not what it says."""
_SHORT: Final = 160
_NEAR: Final = 3
Line: TypeAlias = tuple[str, str]
"""What happened to a line (` `, `-`, `+`, or `…` for many that are alike), and its text."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two revisions line by line: ` ` in both, `-` only left, `+` only right."""

    left: int
    right: int
    lines: tuple[tuple[str, str], ...]


def compare(left: msgspec.Struct, right: msgspec.Struct, numbers: tuple[int, int]) -> Comparison:
    """Return the difference of two revisions with these numbers."""
    before, after = list(lines_of(left)), list(lines_of(right))
    lines: list[tuple[str, str]] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            lines += [(" ", line) for line in before[a:b]]
        else:
            lines += [("-", line) for line in before[a:b]] + [("+", line) for line in after[c:d]]
    return Comparison(left=numbers[0], right=numbers[1], lines=tuple(lines))


def shortened(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return the lines around what changed; what is alike in between becomes one line with `…`."""
    near = {n for at, (op, _) in enumerate(lines) if op != " " for n in range(at - _NEAR, at + _NEAR + 1)}
    shown: list[Line] = []
    skipped = 0
    for number, line in enumerate(lines):
        if number in near:
            if skipped:
                shown.append(("…", _alike(skipped)))
            shown.append(line)
            skipped = 0
        else:
            skipped += 1
    return (*shown, ("…", _alike(skipped))) if skipped else tuple(shown)


def side_by_side(lines: Sequence[Line]) -> tuple[tuple[Line, Line], ...]:
    """Return pairs of what stood left and what stands right; ` ` with no text where nothing does."""
    pairs: list[tuple[Line, Line]] = []
    gone: list[Line] = []
    come: list[Line] = []
    for line in (*lines, (" ", "")):
        if line[0] == "-":
            gone.append(line)
        elif line[0] == "+":
            come.append(line)
        else:
            pairs += zip_longest(gone, come, fillvalue=(" ", ""))
            pairs.append((line, line))
            gone, come = [], []
    return tuple(pairs[:-1])


def _alike(number: int) -> str:
    return f"{number} line{'' if number == 1 else 's'} alike"


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
