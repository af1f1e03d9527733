"""JSON Lines, and JSON files that hold one array: incidents or deployments, a row each.

Where a row has a key twice, the last one counts, as in most JSON readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from hardwon.exchange.draft import Limits, NewId, Problem, ReadFile
from hardwon.exchange.importing import SourceFile
from hardwon.exchange.table_reading import read_rows
from hardwon.exchange.text_file import decode_text, read_text, size_text, too_large

_LINES: Final = frozenset({".jsonl", ".ndjson"})
_BROKEN: Final = (msgspec.DecodeError, RecursionError, ValueError, OverflowError)
_HOLDERS: Final = ("incidents", "deployments", "items", "data", "results", "records", "rows")


class JsonLines:
    """Reads a row per line (`.jsonl`, `.ndjson`), or a `.json` file's array."""

    name = "jsonl"

    def claims(self, path: Path, head: bytes) -> bool:
        """Claim files by their ending."""
        return bool(head or path.is_file()) and path.suffix.lower() in {*_LINES, ".json"}

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read the rows; a broken one is named by its line and the rest goes on."""
        lines = file.path.suffix.lower() in _LINES
        limit = limits.table_bytes if lines else limits.file_bytes
        if problem := too_large(file.path, file.name, limit):
            yield ReadFile(path=file.name, problems=(problem,))
            return
        rows = rows_of_lines(file, limits) if lines else rows_of_array(file, limits)
        yield from read_rows(rows, file, mapping, limits, new_id)


def rows_of_lines(file: SourceFile, limits: Limits) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    """Yield each line's number with its row or its problem. Only one line is held at a time."""
    decoder = msgspec.json.Decoder()
    with file.path.open("rb") as stream:
        number = 0
        while line := stream.readline(limits.line_bytes + 1):
            number += 1
            if len(line) > limits.line_bytes:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(limits.line_bytes)
                reason = f"the line is longer than {size_text(limits.line_bytes)}"
                yield number, Problem(path=file.name, line=number, reason=reason, fix="Split the row.")
                continue
            text = decode_text(line, file.name, number)
            if isinstance(text, Problem):
                yield number, text
            elif text.strip():
                yield number, _row(text, decoder, file.name, number)


def _row(text: str, decoder: msgspec.json.Decoder[Any], name: str, line: int) -> dict[str, Any] | Problem:
    try:
        value = decoder.decode(text)
    except _BROKEN as error:
        return Problem(path=name, line=line, reason=_reason(error), fix="Write one JSON object per line.")
    if not isinstance(value, dict):
        reason = f"a row must be an object, this is {type(value).__name__}"
        return Problem(path=name, line=line, reason=reason, fix='Write rows as {"title": ..., "text": ...}.')
    return cast("dict[str, Any]", value)


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the JSON is nested too deeply"
    return f"it is no JSON: {error}"


def rows_of_array(file: SourceFile, limits: Limits) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    """Yield the rows of a JSON array, or of an object that holds one, numbered from 1."""
    text = read_text(file.path, file.name, limits.file_bytes)
    if isinstance(text, Problem):
        yield text.line, text
        return
    try:
        value: Any = msgspec.json.decode(text)
    except _BROKEN as error:
        yield 0, Problem(path=file.name, reason=_reason(error), fix="Give one JSON array of objects.")
        return
    if isinstance(value, dict):
        held = next((value[key] for key in _HOLDERS if isinstance(value.get(key), list)), None)
        value = held if held is not None else [value]
    if not isinstance(value, list):
        yield 0, Problem(path=file.name, reason="it holds no rows", fix="Give one JSON array of objects.")
        return
    for number, row in enumerate(value, 1):
        if isinstance(row, dict):
            yield number, row
        else:
            reason = f"row {number} must be an object, it is {type(row).__name__}"
            yield number, Problem(path=file.name, line=number, reason=reason, fix="Write rows as objects.")
