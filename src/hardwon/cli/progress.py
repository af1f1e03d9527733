"""A progress bar on a person's terminal, and silence anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hardwon.cli.output import on_terminal
from hardwon.usecases.app import Progress, no_progress


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress]:
    """Give a callback that draws what is being done and how far it is."""
    if quiet or not on_terminal():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def show(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield show
