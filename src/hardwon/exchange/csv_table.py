"""CSV files with a header: incidents or deployments, a row each."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from hardwon.exchange.columns import columns_of, unknown_columns
from hardwon.exchange.draft import Limits, NewId, Problem, ReadFile
from hardwon.exchange.importing import SourceFile, failed
from hardwon.exchange.table_reading import mapping_problem, read_rows
from hardwon.exchange.text_file import decode_text, size_text, too_large

_DELIMITERS: Final = (",", ";", "\t")


class CsvTable:
    """Reads `.csv` and `.tsv`. Cells are text and stay text: a formula is never worked out."""

    name = "csv"

    def claims(self, path: Path, head: bytes) -> bool:
        """Claim files by their ending."""
        return bool(head or path.is_file()) and path.suffix.lower() in {".csv", ".tsv"}

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read the rows below the header."""
        if problem := too_large(file.path, file.name, limits.table_bytes):
            yield ReadFile(path=file.name, problems=(problem,))
            return
        if wrong := mapping_problem(mapping):
            yield failed(file.name, *wrong)
            return
        header = _header(file, limits)
        if isinstance(header, Problem):
            yield ReadFile(path=file.name, problems=(header,))
            return
        names, delimiter = header
        shown = ", ".join(names)[:300]
        if missing := unknown_columns(names, mapping):
            reason = f"there is no column {', '.join(missing)}; the columns are: {shown}"
            yield failed(file.name, reason, "Correct --map.", 1)
            return
        columns = columns_of(names, mapping)
        if "text" not in columns.fields and "title" not in columns.fields:
            reason = f"no column holds a title or a text; the columns are: {shown}"
            yield failed(file.name, reason, f"Name it, for example --map text={names[-1]}.", 1)
            return
        yield from read_rows(_rows(file, names, delimiter, limits), file, mapping, limits, new_id)


def _header(file: SourceFile, limits: Limits) -> tuple[list[str], str] | Problem:
    with file.path.open("rb") as stream:
        line = stream.readline(limits.line_bytes + 1)
    if len(line) > limits.line_bytes:
        reason = f"the header is longer than {size_text(limits.line_bytes)}"
        return Problem(path=file.name, line=1, reason=reason, fix="Give a table with a header line.")
    text = decode_text(line, file.name)
    if isinstance(text, Problem):
        return text
    delimiter = max(_DELIMITERS, key=text.count)
    names = [name.strip() for name in next(csv.reader([text], delimiter=delimiter), [])]
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    if doubled:
        reason = f"the header names {', '.join(doubled)} twice"
        return Problem(path=file.name, line=1, reason=reason, fix="Give each column its own name.")
    if not any(names):
        return Problem(path=file.name, line=1, reason="it has no header", fix="Name the columns in line 1.")
    return names, delimiter


def _rows(
    file: SourceFile, names: list[str], delimiter: str, limits: Limits
) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    """Yield each row's first line with the row or its problem."""
    stopped: list[Problem] = []
    csv.field_size_limit(limits.line_bytes)
    reader = csv.reader(_lines(file, limits, stopped), delimiter=delimiter, strict=True)
    next(reader, None)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield (
                line,
                Problem(path=file.name, line=line, reason=f"it is no CSV: {error}", fix="Mend its quotes."),
            )
            return
        yield from ((problem.line, problem) for problem in stopped)
        stopped.clear()
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, _row(cells, names, file.name, line)


def _row(cells: list[str], names: list[str], name: str, line: int) -> dict[str, Any] | Problem:
    if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
        reason = f"the row has {len(cells)} cells and the header {len(names)}"
        return Problem(path=name, line=line, reason=reason, fix="Quote cells that hold the delimiter.")
    return {column: cell for column, cell in zip(names, cells, strict=False) if column and cell.strip()}


def _lines(file: SourceFile, limits: Limits, stopped: list[Problem]) -> Iterator[str]:
    """Yield the file's lines; at a broken one, note it and stop."""
    with file.path.open("rb") as stream:
        number = 0
        while line := stream.readline(limits.line_bytes + 1):
            number += 1
            if len(line) > limits.line_bytes:
                reason = f"the line is longer than {size_text(limits.line_bytes)}"
                stopped.append(Problem(path=file.name, line=number, reason=reason, fix="Split the cell."))
                return
            text = decode_text(line, file.name, number)
            if isinstance(text, Problem):
                stopped.append(text)
                return
            yield text
