"""Markdown pipe tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from hardwon.exchange.plain_text import is_fence, plain

_RULE: Final = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELL: Final = re.compile(r"(?<!\\)\|")


class Table(msgspec.Struct, frozen=True):
    """A table's header as plain words, its rows (as many cells as the header), and its first line."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line: int

    def column(self, pattern: re.Pattern[str], but: Iterable[int | None] = ()) -> int | None:
        """Return the first column whose name the pattern finds, leaving some out."""
        taken = set(but)
        return next(
            (i for i, name in enumerate(self.header) if i not in taken and pattern.search(name)), None
        )


def cells(line: str) -> list[str]:
    """Return the cells of one row."""
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(inner)]


def tables_of(lines: Sequence[tuple[int, str]]) -> tuple[list[Table], list[tuple[int, str]]]:
    """Return the tables among numbered lines, and the lines that are no table's."""
    tables: list[Table] = []
    rest: list[tuple[int, str]] = []
    position, fenced = 0, False
    while position < len(lines):
        number, line = lines[position]
        fenced ^= is_fence(line)
        following = lines[position + 1][1] if position + 1 < len(lines) else ""
        if fenced or "|" not in line or "|" not in following or not _RULE.match(following):
            rest.append((number, line))
            position += 1
            continue
        header = tuple(plain(cell) for cell in cells(line))
        position += 2
        rows = []
        while position < len(lines) and "|" in lines[position][1]:
            row = cells(lines[position][1])
            rows.append(_fit(row, len(header)))
            position += 1
        tables.append(Table(header, tuple(rows), number))
    return tables, rest


def _fit(row: list[str], width: int) -> tuple[str, ...]:
    """Give a row the header's width; what is over joins the last cell, so nothing is lost."""
    if len(row) > width:
        row = [*row[: width - 1], " | ".join(row[width - 1 :])]
    return tuple(row + [""] * (width - len(row)))
