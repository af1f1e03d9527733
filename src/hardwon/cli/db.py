"""`hardwon db`: the database as a whole."""

from __future__ import annotations

import click

from hardwon.cli.output import counted, message
from hardwon.cli.workspace import open_workspace
from hardwon.usecases import backups


@click.group("db")
def command() -> None:
    """Move the database to the other kind."""


@command.command("copy")
@click.argument("url")
@click.pass_context
def copy(ctx: click.Context, url: str) -> None:
    """Copy the workspace's database into the empty one at URL: to PostgreSQL when a team grows, or back.

    Stop the servers first: what they write meanwhile stays behind.
    """
    with open_workspace(ctx) as (app, actor):
        copied = backups.copy_database(app, actor, url)
    message(f"{counted(copied, 'row')} copied, and the trail is the same. Set HARDWON_DATABASE_URL to it.")
