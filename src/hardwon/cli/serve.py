"""`hardwon serve`: the pages and the HTTP API."""

from __future__ import annotations

import click

from hardwon.cli.workspace import expect_workspace, settings_of


@click.command("serve")
@click.option("--host", help="The address to listen on; 127.0.0.1 unless set.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 8321 unless set, 0 for a free one.")
@click.option("--open/--no-open", "open_browser", default=False, help="Open the page in a browser.")
@click.pass_context
def command(ctx: click.Context, *, host: str | None, port: int | None, open_browser: bool) -> None:
    """Serve the pages and the HTTP API, and keep the index up.

    A SQLite workspace is served by one process; several may serve one PostgreSQL.
    """
    settings = settings_of(ctx, host=host, port=port)
    expect_workspace(settings)
    from hardwon.cli.serving import serve

    serve(settings, open_browser=open_browser)
