"""`hardwon token`: tokens for programs."""

from __future__ import annotations

from typing import get_args

import click

from hardwon.cli.output import clean, line, message, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.domain.access import Permission
from hardwon.usecases import tokens


@click.group("token")
def command() -> None:
    """Issue, list and revoke API tokens."""


@command.command("issue")
@click.argument("name")
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    type=click.Choice(get_args(Permission)),
    default=("read", "ask"),
    show_default=True,
    help="What it may do; may be given several times.",
)
@click.option("--team", "teams", multiple=True, help="A team whose records it sees.")
@click.option("--days", type=int, default=90, show_default=True, help="How long it lives.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def issue(
    ctx: click.Context,
    name: str,
    permissions: tuple[Permission, ...],
    teams: tuple[str, ...],
    days: int,
    *,
    as_json: bool,
) -> None:
    """Issue a token for NAME. Its secret is printed once and not kept."""
    with open_workspace(ctx) as (app, actor):
        secret, row = tokens.issue(app, actor, name, permissions, teams=teams, days=days)
    if as_json:
        print_json({"secret": secret, "id": row.id, "name": row.name, "expires_at": row.expires_at})
        return
    line(secret)
    message(
        f"{row.id} may {', '.join(row.permissions)} until {row.expires_at:%Y-%m-%d}. "
        "Keep it now: it is not shown again."
    )


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_all(ctx: click.Context, *, as_json: bool) -> None:
    """List the tokens, without their secrets."""
    with open_workspace(ctx) as (app, actor):
        rows = tokens.list_tokens(app, actor)
    if as_json:
        shown = ("id", "name", "permissions", "teams", "created_at", "expires_at", "revoked_at")
        print_json([{name: getattr(row, name) for name in shown} for row in rows])
        return
    for row in rows:
        state = "revoked" if row.revoked_at else f"until {row.expires_at:%Y-%m-%d}"
        line(f"{row.id}  {clean(row.name)}  {','.join(row.permissions)}  {state}")


@command.command("revoke")
@click.argument("token_id", metavar="ID")
@click.pass_context
def revoke(ctx: click.Context, token_id: str) -> None:
    """End a token at once."""
    with open_workspace(ctx) as (app, actor):
        tokens.revoke(app, actor, token_id)
    message(f"{token_id} is revoked.")
