"""Evidently's report as JSON: tests of data and models that failed are one observation, with their figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from hardwon.domain.capture import name_of
from hardwon.domain.errors import InputError
from hardwon.domain.observation import Observation
from hardwon.exchange.draft import Draft, Limits, NewId, Problem, ReadFile, checked, fingerprint_of
from hardwon.exchange.importing import SourceFile, failed
from hardwon.exchange.text_file import read_text
from hardwon.exchange.webhooks.payload import Payload

_MOST: Final = 1_000
"""Failed tests that one observation names."""
_FAILED: Final = frozenset({"FAIL", "ERROR", "WARNING"})
_PASSED: Final = frozenset({"SUCCESS", "SKIPPED"})
_FIX: Final = "Write it with `Report.run(...).json()`."


class Evidently:
    """Reads the JSON of one run: `metrics` and `tests`."""

    name = "evidently"

    def claims(self, path: Path, head: bytes) -> bool:
        """Claim JSON with Evidently's metrics."""
        return path.suffix.lower() == ".json" and b'"metrics"' in head and b"evidently:" in head

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read the tests; `--map service=NAME` says what was tested."""
        text = read_text(file.path, file.name, limits.file_bytes)
        if isinstance(text, Problem):
            yield ReadFile(path=file.name, problems=(text,))
            return
        try:
            report = Payload(msgspec.json.decode(text))
        except (msgspec.DecodeError, RecursionError) as error:
            yield failed(file.name, f"it is no JSON: {error}", _FIX)
            return
        if not isinstance(report.at("tests").value, list):
            yield failed(
                file.name, "it has no list of tests", "Run the report with tests: include_tests=True."
            )
            return
        yield _read(file, report, new_id, name_of(mapping.get("service", "")))


def _read(file: SourceFile, report: Payload, new_id: NewId, service: str | None) -> ReadFile:
    tests = report.items("tests")
    counts = Counter(test.line("status").upper() for test in tests)
    strange = [
        number for number, test in enumerate(tests, 1) if test.line("status").upper() not in _FAILED | _PASSED
    ]
    problems = [
        Problem(path=file.name, reason=f"test {number} neither passed nor failed", fix=_FIX)
        for number in strange[:_MOST]
    ]
    wrong = [test for test in tests if test.line("status").upper() in _FAILED]
    drafts: tuple[Draft, ...] = ()
    if wrong:
        try:
            drafts = (_draft(file, report, wrong, new_id(), service, len(tests)),)
        except InputError as error:
            problems.append(Problem(path=file.name, reason=error.message, fix=error.fix))
    passed = sum(counts[word] for word in _PASSED)
    return ReadFile(
        path=file.name,
        understood=(f"tests: {len(tests)}, {passed} passed, {len(wrong)} failed",),
        problems=tuple(problems),
        drafts=drafts,
    )


def _draft(
    file: SourceFile, report: Payload, wrong: Sequence[Payload], name: str, service: str | None, tests: int
) -> Draft:
    """Return the observation. One run is known by what it says, wherever its file lies."""
    fingerprint = fingerprint_of(msgspec.json.encode(report.value, order="sorted"))
    at = datetime.fromtimestamp(file.path.stat().st_mtime, UTC)
    first = wrong[0].title("name", otherwise="a test")
    title = first if len(wrong) == 1 else f"{len(wrong)} of {tests} tests of the data failed: {first}"
    record = Observation(
        id=name,
        title=title[:500],
        kind="near_miss",
        text=_told(report, wrong),
        services=(service,) if service else (),
        tags=("data-quality",),
        written_at=at,
        updated_at=at,
        source="evidently",
        source_id=fingerprint,
    )
    return Draft(record=checked(record), source="evidently", source_id=fingerprint, fingerprint=fingerprint)


def _told(report: Payload, wrong: Sequence[Payload]) -> str:
    """Return each failed test with what it found and the figure it looked at."""
    figures = {metric.line("id"): metric for metric in report.items("metrics")}
    lines = []
    for test in wrong[:_MOST]:
        metric = figures.get(test.line("metric_config", "metric_id"))
        figure = f" `{_figure(metric)}`" if metric is not None else ""
        said = test.line("description")[:500]
        lines.append(f"- **{test.line('name')[:300]}** ({test.line('status').lower()}): {said}{figure}")
    if len(wrong) > _MOST:
        lines.append(f"- and {len(wrong) - _MOST:,} more")
    return "\n".join(lines)[:400_000]


def _figure(metric: Payload) -> str:
    value = metric.at("value").value
    shown = msgspec.json.encode(value).decode() if isinstance(value, dict | list) else metric.line("value")
    return f"{metric.line('metric_name')[:200]} = {shown[:300]}".replace("`", "'")
