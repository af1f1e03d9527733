"""`hardwon mcp`: the Model Context Protocol over standard input and output."""

from __future__ import annotations

import asyncio

import click

from hardwon.cli.workspace import open_workspace
from hardwon.domain.actor import Actor
from hardwon.domain.errors import UnavailableError
from hardwon.usecases.app import App


@click.command("mcp")
@click.option("--write", is_flag=True, help="Offer the tools that change something, too.")
@click.pass_context
def command(ctx: click.Context, *, write: bool) -> None:
    """Serve this workspace to an agent on this machine, until it hangs up."""
    with open_workspace(ctx) as (app, actor):
        try:
            asyncio.run(_serve(app, actor, writes=write))
        except ImportError as error:
            raise UnavailableError("Agents are not served here.", fix="Install hardwon[mcp].") from error


async def _serve(app: App, actor: Actor, *, writes: bool) -> None:
    from mcp.server.stdio import stdio_server

    from hardwon.mcp.server import create_server

    server = create_server(app, lambda _: actor, writes=writes)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
