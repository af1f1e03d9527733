"""`hardwon similar`: seen before?"""

from __future__ import annotations

import sys

import click

from hardwon.cli.hits import print_hit
from hardwon.cli.output import message, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.usecases.similar import MAX_TEXT, similar


@click.command("similar")
@click.argument("text", nargs=-1)
@click.option("--incident", metavar="ID", help="Compare a stored incident.")
@click.option("--service", "services", multiple=True, help="A service it touches.")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    text: tuple[str, ...],
    incident: str | None,
    services: tuple[str, ...],
    limit: int,
    *,
    as_json: bool,
) -> None:
    """Return the past incidents, lessons and runbooks most like TEXT, or like what stdin says."""
    question = " ".join(text)
    if not incident and question in {"", "-"}:
        if sys.stdin.isatty():
            raise click.UsageError("Say what is happening, pipe it in, or name --incident ID.")
        question = read_stdin(MAX_TEXT)
    title, _, rest = question.partition("\n")
    with open_workspace(ctx) as (app, actor):
        page = similar(app, actor, title=title, text=rest, services=services, incident=incident, limit=limit)
    if as_json:
        print_json(page)
        return
    for hit in page.hits:
        print_hit(hit)
    message(f"{len(page.hits)} found ({page.mode})." if page.hits else "Nothing like it is known.")


def read_stdin(characters: int) -> str:
    """Return stdin as text, one character more than allowed at most; broken bytes are replaced."""
    raw = sys.stdin.buffer.read(4 * characters + 4)
    return raw.decode("utf-8", "replace")[: characters + 1]
