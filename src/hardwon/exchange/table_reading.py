"""Rows, from whatever file, read into drafts batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from hardwon.domain.errors import InputError
from hardwon.exchange.columns import FIELDS as ROW_FIELDS
from hardwon.exchange.columns import LITERALS, unknown_columns, unknown_fields
from hardwon.exchange.draft import Draft, Limits, NewId, Problem, ReadFile
from hardwon.exchange.importing import SourceFile, failed
from hardwon.exchange.rows import RowReader, slug_of

Row = dict[str, Any] | Problem
_MOST_PROBLEMS: Final = 200
_KINDS: Final = ("incident", "deployment")


def mapping_problem(mapping: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what is wrong with a mapping itself and its fix, or None."""
    if names := unknown_fields(mapping):
        known = ", ".join((*ROW_FIELDS, *LITERALS))
        return f"--map names unknown fields: {', '.join(names)}", f"The fields are: {known}."
    if mapping.get("kind", "incident") not in _KINDS:
        return f"--map kind={mapping['kind']} is not known", "Say kind=incident or kind=deployment."
    return None


def read_rows(
    rows: Iterator[tuple[int, Row]],
    file: SourceFile,
    mapping: Mapping[str, str],
    limits: Limits,
    new_id: NewId,
) -> Iterator[ReadFile]:
    """Yield the rows' drafts in batches: one ReadFile for most files, several for a long table."""
    if wrong := mapping_problem(mapping):
        yield failed(file.name, *wrong)
        return
    saved_at = datetime.fromtimestamp(int(file.path.stat().st_mtime), UTC)
    reader = RowReader(_source_of(file), mapping, new_id, saved_at)
    batch = _Batch(file.name, mapping, reader)
    for line, row in rows:
        batch.take(line, row)
        if batch.size >= limits.rows_per_batch:
            yield batch.close()
    if batch.size or not batch.closed:
        yield batch.close()


def _source_of(file: SourceFile) -> str:
    """Name the source after the file; after its folder too where that is a general name like `corpus`."""
    stem = file.path.stem
    return slug_of(f"{file.path.parent.name}-{stem}" if file.path.parent.name else stem)


class _Batch:
    """The rows since the last ReadFile, and the ids of all rows before."""

    def __init__(self, name: str, mapping: Mapping[str, str], reader: RowReader) -> None:
        self.name = name
        self.mapping = mapping
        self.reader = reader
        self.seen: dict[str, int] = {}
        self.closed = 0
        self._fresh()

    def _fresh(self) -> None:
        self.size = 0
        self.drafts: list[Draft] = []
        self.problems: list[Problem] = []
        self.hidden = 0
        self.reader.counts.clear()

    def take(self, line: int, row: Row) -> None:
        """Read one row, or note what is wrong with it."""
        self.size += 1
        if isinstance(row, Problem):
            self._note(row)
            return
        if missing := unknown_columns(row, self.mapping):
            found = ", ".join(str(name) for name in row)[:300]
            reason = f"there is no column {', '.join(missing)}; the columns are: {found}"
            self._note(Problem(path=self.name, line=line, reason=reason, fix="Correct --map."))
            return
        source_id = self.reader.source_id(row, self.reader.columns(row))
        first = self.seen.setdefault(source_id, line)
        if first != line:
            reason = f"the id {source_id[:80]} stands on line {first} and on line {line}"
            fix = "Give each row its own id; the first one is read."
            self._note(Problem(path=self.name, line=line, reason=reason, fix=fix))
            return
        try:
            self.drafts += self.reader.read(row)
        except InputError as error:
            self._note(Problem(path=self.name, line=line, reason=error.message, fix=error.fix))
        except (ValueError, OverflowError, RecursionError) as error:
            reason = f"the row cannot be kept: {error}"
            self._note(Problem(path=self.name, line=line, reason=reason, fix="Remove the value."))

    def _note(self, problem: Problem) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(problem)
        else:
            self.hidden += 1

    def close(self) -> ReadFile:
        """Return what was read since the last time, and begin anew."""
        understood = tuple(f"{what}: {number}" for what, number in self.reader.counts.items() if number)
        problems = list(self.problems)
        if self.hidden:
            reason = f"{self.hidden} more rows have problems"
            problems.append(Problem(path=self.name, reason=reason, fix="Mend the first ones and try again."))
        done = ReadFile(
            path=self.name, understood=understood, problems=tuple(problems), drafts=tuple(self.drafts)
        )
        self._fresh()
        self.closed += 1
        return done
