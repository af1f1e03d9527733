"""`hardwon eval`: answer a benchmark's questions and score the answers."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from hardwon.cli.output import line, message, print_json
from hardwon.cli.progress import progress_bar
from hardwon.usecases.evaluation import evaluate


@click.command("eval")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--run",
    "run",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Write the answers here (TSV).",
)
@click.option(
    "--task", type=click.Choice(["similar", "check", "search"]), default="similar", show_default=True
)
@click.option(
    "--top", type=click.IntRange(1, 1_000), default=10, show_default=True, help="Answers for each question."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, folder: Path, run: Path, task: str, top: int, *, as_json: bool) -> None:
    """Index DIR's documents in a throw-away workspace, ask its questions, write the run and score it."""
    del ctx
    with progress_bar(quiet=as_json):
        report = evaluate(folder, run, task, top)
    if as_json:
        print_json(report)
        return
    for name, value in msgspec.structs.asdict(report).items():
        line(f"{name:<16}{value:.4f}" if isinstance(value, float) else f"{name:<16}{value}")
    message(f"The answers are in {run}.")
