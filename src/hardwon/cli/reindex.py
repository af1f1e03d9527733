"""`hardwon reindex`: build the search index anew."""

from __future__ import annotations

import click

from hardwon.cli.output import line, print_json
from hardwon.cli.progress import progress_bar
from hardwon.cli.workspace import open_workspace
from hardwon.usecases import indexing, links


@click.command("reindex")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """Build the search index and the links between records anew. The store is the truth; nothing is lost."""
    with open_workspace(ctx) as (app, actor), progress_bar(quiet=as_json) as progress:
        links.relink(app, actor, progress=progress)
        state = indexing.rebuild(app, progress)
    if as_json:
        print_json(state)
    else:
        line(f"{state.documents} documents are indexed.")
