"""`hardwon audit`: the audit trail."""

from __future__ import annotations

import click

from hardwon.cli.exits import FAILED, OK
from hardwon.cli.output import clean, line, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.usecases import audit


@click.group("audit")
def command() -> None:
    """Verify the audit trail."""


@command.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def verify(ctx: click.Context, *, as_json: bool) -> int:
    """Recompute the whole trail; leave with 1 where something does not fit."""
    with open_workspace(ctx) as (app, actor):
        audit.sequence(app)
        report = audit.verify(app, actor)
    if as_json:
        print_json(report)
    else:
        line(f"{report.size:,} entries, root {report.root}")
        for problem in report.problems:
            line(f"{click.style('problem', fg='red')} {clean(problem)}")
    return FAILED if report.problems else OK
