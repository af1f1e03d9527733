"""Measuring recall on a team's own history: questions with known answers, asked as of their day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.errors import InputError, NotFoundError
from hardwon.domain.search import Filters, Hit, Probe, SearchQuery, Signature
from hardwon.recall.evaluation import (
    Metrics,
    alert_threshold,
    measure,
    reachable,
    recall_above,
)
from hardwon.storage.queries.records import get_source_ids
from hardwon.usecases.app import App, Progress, no_progress

Task = Literal["similar", "check", "search"]
BACKGROUND = "background_changes.jsonl"
ALERT_RATES = (0.01, 0.05, 0.1)
CORPUS_KINDS: Final[tuple[Literal["incident", "lesson", "note", "deployment"], ...]] = (
    "incident",
    "lesson",
    "note",
    "deployment",
)
"""What a corpus line becomes. Actions recognised within a line are no answers of their own."""


class Question(msgspec.Struct, frozen=True):
    """One line of `queries.jsonl`; a corpus line has the same fields. None says as much as nothing."""

    id: str
    text: str | None = ""
    title: str | None = ""
    date: str | None = None
    files: tuple[str, ...] | None = ()
    services: tuple[str, ...] | None = ()


class RunRow(msgspec.Struct, frozen=True):
    """One line of a run: the corpus's own ids, rank from 1, score comparable across queries."""

    query: str
    document: str
    rank: int
    score: float


class EvalReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered and, where the right answers are known, how good that was.

    `alerts` holds (share of unrelated changes that may raise an alert, threshold, recall@5).
    """

    task: Task
    queries: int
    rows: tuple[RunRow, ...]
    metrics: Metrics | None
    alerts: tuple[tuple[float, float, float], ...]


def evaluate(
    app: App,
    actor: Actor,
    folder: Path,
    *,
    task: Task | None = None,
    top: int = 10,
    progress: Progress = no_progress,
) -> EvalReport:
    """Ask every question of `folder` against its corpus, which this workspace holds and indexed.

    The default task is `check` where questions name files, else `similar`. Raises NotFoundError
    without `queries.jsonl`, InputError naming the line that cannot be read.
    """
    authorise(actor, "ask")
    questions = list(_read(folder / "queries.jsonl"))
    chosen: Task = task or ("check" if any(question.files for question in questions) else "similar")
    with app.store.read(None) as reading:
        corpus_ids = get_source_ids(reading, CORPUS_KINDS)
    asking = _Asking(app=app, actor=actor, task=chosen, top=top, corpus_ids=corpus_ids)
    rows = [row for question in _counted(questions, "questions", progress) for row in asking.ask(question)]
    if not (folder / "qrels.tsv").is_file():
        return EvalReport(task=chosen, queries=len(questions), rows=tuple(rows), metrics=None, alerts=())
    days = {entry.id: entry.date or "" for entry in _read(folder / "corpus.jsonl")}
    asked = {question.id: question.date or "" for question in questions}
    answers = reachable(_read_qrels(folder / "qrels.tsv"), days, asked)
    answers = {query: grades for query, grades in answers.items() if query in asked}
    ranking = _ranking(rows)
    alerts: list[tuple[float, float, float]] = []
    if (folder / BACKGROUND).is_file():
        others = list(_read(folder / BACKGROUND))
        tops = [
            max((row.score for row in asking.ask(question)), default=0.0)
            for question in _counted(others, "background changes", progress)
        ]
        for rate in ALERT_RATES:
            threshold = alert_threshold(tops, rate)
            alerts.append((rate, threshold, recall_above(ranking, answers, threshold)))
    return EvalReport(
        task=chosen,
        queries=len(answers),
        rows=tuple(rows),
        metrics=measure(ranking, answers),
        alerts=tuple(alerts),
    )


class _Asking(msgspec.Struct, frozen=True, kw_only=True):
    """How questions are asked: the task, how many answers, and the corpus's own ids."""

    app: App
    actor: Actor
    task: Task
    top: int
    corpus_ids: dict[str, str]

    def ask(self, question: Question) -> list[RunRow]:
        """Return the answers to one question, never the question itself."""
        own = tuple(record for record, source in self.corpus_ids.items() if source == question.id)
        at = _time_of(question.date)
        filters = Filters(kinds=CORPUS_KINDS, until=at, exclude=own)
        rows: list[RunRow] = []
        for hit in self._hits(question, filters, at):
            document = self.corpus_ids.get(hit.id)
            if document is not None and len(rows) < self.top:
                rows.append(RunRow(question.id, document, len(rows) + 1, hit.score))
        return rows

    def _hits(self, question: Question, filters: Filters, at: datetime | None) -> tuple[Hit, ...]:
        scopes = scopes_of(self.actor)
        if self.task == "search":
            text = f"{question.title or ''} {question.text or ''}".strip()[:10_000]
            query = SearchQuery(text=text, scopes=scopes, filters=filters, limit=self.top)
            return self.app.index.search(query).hits
        probe = Probe(
            title=question.title or "",
            text=question.text or "",
            scopes=scopes,
            signature=Signature(files=question.files or (), services=question.services or ()),
            filters=filters,
            at=at,
            limit=self.top,
            words_only=not self.app.settings.meaning,
        )
        return self.app.index.check(probe) if self.task == "check" else self.app.index.similar(probe)


def _counted(questions: Iterable[Question], what: str, progress: Progress) -> Iterator[Question]:
    everything = list(questions)
    for number, question in enumerate(everything, 1):
        yield question
        progress(what, number, len(everything))


def _ranking(rows: Iterable[RunRow]) -> dict[str, list[tuple[str, float]]]:
    ranking: dict[str, list[tuple[str, float]]] = {}
    for row in rows:
        ranking.setdefault(row.query, []).append((row.document, row.score))
    return ranking


def _time_of(date: str | None) -> datetime | None:
    if not date:
        return None
    try:
        at = datetime.fromisoformat(date)
    except ValueError as error:
        raise InputError(f"{date!r} is no date.", fix="Write YYYY-MM-DD.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _read(path: Path) -> Iterator[Question]:
    """Yield the lines of a file. Raises NotFoundError, InputError naming the line."""
    if not path.is_file():
        raise NotFoundError(f"{path} is not there.", fix="An evaluation needs it: see the guide.")
    decoder = msgspec.json.Decoder(Question)
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                yield decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise InputError(f"{path.name}, line {number}: {error}.", fix="Mend it.") from error


def _read_qrels(path: Path) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fields = line.split("\t")
        if not line.strip() or fields[0] in {"query", "query_id"}:
            continue
        try:
            query, document, grade = fields[0], fields[1], int(fields[2])
        except (IndexError, ValueError) as error:
            fix = "Write query, document and grade with tabs between."
            raise InputError(f"{path.name}, line {number} cannot be read.", fix=fix) from error
        qrels.setdefault(query, {})[document] = grade
    return qrels
