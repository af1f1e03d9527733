"""`hardwon eval`: answer a benchmark's questions and score the answers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from hardwon.bootstrap import open_app
from hardwon.cli.output import clean, line, message, print_json
from hardwon.cli.progress import progress_bar
from hardwon.cli.workspace import settings_of
from hardwon.domain.errors import InputError
from hardwon.settings import Settings
from hardwon.usecases import imports, indexing, people
from hardwon.usecases.app import Progress
from hardwon.usecases.evaluation import EvalReport, Task, evaluate


@click.command("eval")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--run", "run", type=click.Path(path_type=Path, dir_okay=False), help="Write the answers here (TSV)."
)
@click.option("--task", type=click.Choice(["similar", "check", "search"]), help="Else by the questions.")
@click.option(
    "--top", type=click.IntRange(1, 1_000), default=10, show_default=True, help="Answers for each question."
)
@click.option("--words-only", is_flag=True, help="Leave meaning out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    folder: Path,
    run: Path | None,
    task: Task | None,
    top: int,
    *,
    words_only: bool,
    as_json: bool,
) -> None:
    """Load DIR's corpus into a throw-away workspace, ask its questions, and score the answers."""
    if not (folder / "corpus.jsonl").is_file():
        raise InputError(
            f"{folder} has no corpus.jsonl.", fix="Name a folder with corpus.jsonl and queries.jsonl."
        )
    meaning = settings_of(ctx).meaning and not words_only
    with (
        tempfile.TemporaryDirectory(prefix="hardwon-") as home,
        progress_bar(quiet=as_json) as progress,
    ):
        settings = Settings(home=Path(home), meaning=meaning)
        problems, report = answer(settings, folder, task, top, progress)
    if run is not None:
        rows = (f"{row.query}\t{row.document}\t{row.rank}\t{row.score:.6f}\n" for row in report.rows)
        run.write_text("".join(rows), encoding="utf-8")
    _print(report, as_json=as_json)
    for problem in problems:
        message(f"left out of the corpus: {clean(problem)}")


def answer(
    settings: Settings, folder: Path, task: Task | None, top: int, progress: Progress
) -> tuple[tuple[str, ...], EvalReport]:
    """Import and index the corpus by the ordinary way, and ask; return import problems and the report."""
    with open_app(settings) as app:
        actor = people.local_owner(app)
        imported = imports.run(app, actor, [folder / "corpus.jsonl"], write=True, progress=progress)
        indexing.catch_up(app)
        report = evaluate(app, actor, folder, task=task, top=top, progress=progress)
    problems = tuple(
        f"{problem.path}:{problem.line}: {problem.reason}"
        for file in imported.files
        for problem in file.problems
    )
    return problems, report


def _print(report: EvalReport, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "task": report.task,
                "queries": report.queries,
                "metrics": report.metrics,
                "alerts": report.alerts,
            }
        )
        return
    line(f"{report.queries} questions, task {report.task}")
    if report.metrics is None:
        message("There is no qrels.tsv, so nothing is scored.")
        return
    for name in report.metrics.__struct_fields__:
        value = getattr(report.metrics, name)
        if name != "queries":
            line(f"{name:<14}{value.mean:.4f}  (95 % {value.low:.4f} to {value.high:.4f})")
    for rate, threshold, recall in report.alerts:
        line(
            f"recall@5 {recall:.4f} at score {threshold:.4f}, where {rate:.0%} of unrelated changes raise an alert"
        )
