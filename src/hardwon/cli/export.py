"""`hardwon export`: everything, in a folder that lives well in git."""

from __future__ import annotations

from pathlib import Path

import click

from hardwon.cli.exits import FAILED, OK
from hardwon.cli.output import counted, line, message, print_json
from hardwon.cli.progress import progress_bar
from hardwon.cli.workspace import open_workspace
from hardwon.usecases import exports


@click.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, folder: Path, *, as_json: bool) -> int:
    """Write every record, revision and attachment to DIR, as Markdown and JSON.

    `hardwon import DIR` brings all of it back. Tokens and sessions stay behind.
    """
    with open_workspace(ctx) as (app, actor), progress_bar(quiet=as_json) as progress:
        report = exports.export(app, actor, folder, progress)
    if as_json:
        print_json(report)
    else:
        for kind, number in report.counts.items():
            line(f"{number:>8,}  {kind}")
        message(
            f"{counted(report.revisions, 'revision')} in {counted(report.files, 'file')}: {report.folder}"
        )
    for name in report.missing:
        message(f"missing: attachment {name}")
    return FAILED if report.missing else OK
