"""`hardwon import`: existing knowledge comes in, a look first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from hardwon.cli.exits import FAILED, OK
from hardwon.cli.output import clean, counted, line, message, print_json
from hardwon.cli.progress import progress_bar
from hardwon.cli.workspace import open_workspace
from hardwon.usecases import audit, capture, imports, indexing

_BRIEF = 8
"""So many things left as text are named for one file; --verbose names them all."""

_MAP = "Read COLUMN as FIELD, e.g. 'started_at=Start time'; kind=deployment or kind=incident names the rows."


@click.command("import")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--map", "mapping", metavar="FIELD=COLUMN", multiple=True, help=_MAP)
@click.option("--yes", is_flag=True, help="Write. Without it this is only a look.")
@click.option("--verbose", "-v", is_flag=True, help="Name everything that was left as text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    mapping: tuple[str, ...],
    *,
    yes: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Read Markdown folders, JSON Lines, CSV and Hardwon's own exports.

    Says for each file what was understood, what stays text and why. Importing again changes nothing.
    Leaves with 1 when a file had problems; the others are imported all the same.
    """
    columns = read_mapping(mapping)
    with open_workspace(ctx, create=True) as (app, actor):
        with progress_bar(quiet=as_json) as progress:
            report = imports.run(app, actor, paths, mapping=columns, write=yes, progress=progress)
        if yes:
            while report.new.get("alert") and capture.digest(app):
                continue
            audit.sequence(app)
            indexing.catch_up(app, vectors=False)
    if as_json:
        print_json(report)
    else:
        _print(report, verbose=verbose)
    return FAILED if report.problems else OK


def read_mapping(pairs: Sequence[str]) -> dict[str, str]:
    """Return `field=column` pairs as a table. Raises UsageError for anything else."""
    table = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals or not column.strip() or not field.strip():
            raise click.UsageError(
                f"--map {pair!r} is not FIELD=COLUMN, for example --map 'started_at=Start time'."
            )
        table[field.strip()] = column.strip()
    return table


def _print(report: imports.ImportReport, *, verbose: bool) -> None:
    for file in report.files:
        _print_file(file, verbose=verbose)
    found = ", ".join(counted(number, kind) for kind, number in report.new.items()) or "nothing"
    verb = "Written" if report.written else "New"
    continued = sum(file.continued for file in report.files)
    ahead = f" Brought up to date: {continued:,}." if continued else ""
    line(f"{verb}: {found}. Known already: {report.known:,}.{ahead} Problems: {report.problems:,}.")
    if not report.written and report.new:
        message("This was a look; nothing was written. Add --yes to import.")


def _print_file(file: imports.FileReport, *, verbose: bool) -> None:
    if not (file.new or file.continued or file.problems or verbose):
        return
    line(click.style(clean(file.path), bold=True))
    for text in file.understood:
        line(f"  understood  {clean(text)}")
    left = file.left if verbose else file.left[:_BRIEF]
    for what, why in left:
        line(f"  as text     {clean(what)}: {clean(why)}")
    if len(left) < len(file.left):
        line(f"  as text     and {len(file.left) - len(left)} more (--verbose)")
    for problem in file.problems:
        where = f"line {problem.line}: " if problem.line else ""
        mark = click.style("problem", fg="red")
        line(f"  {mark}     {where}{clean(problem.reason)} {clean(problem.fix)}")
