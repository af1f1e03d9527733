"""`hardwon init`: make a workspace."""

from __future__ import annotations

import click

from hardwon.cli.output import line, message, print_json
from hardwon.cli.workspace import open_workspace


@click.command("init")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """Make a workspace, or bring an existing one up to this version."""
    with open_workspace(ctx, create=True) as (app, _):
        settings = app.settings
    if as_json:
        print_json(
            {"workspace": str(settings.home), "database": "other" if settings.database_url else "sqlite"}
        )
        return
    line(str(settings.home))
    message("The workspace is ready. Next: `hardwon import PATH`, a look first, nothing is written.")
