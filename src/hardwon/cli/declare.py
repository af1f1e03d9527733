"""`hardwon declare`: open an incident."""

from __future__ import annotations

import click
import msgspec

from hardwon.cli.output import line, message, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.domain.errors import InputError
from hardwon.usecases import incidents
from hardwon.usecases.incidents import NewIncident


@click.command("declare")
@click.argument("title")
@click.option(
    "--severity", type=click.IntRange(1, 5), help="1 (worst) to 5; leave it out until it is judged."
)
@click.option("--service", "services", multiple=True, help="A service that is hurt; may be given again.")
@click.option("--environment", "environments", multiple=True, help="Where; may be given again.")
@click.option("--summary", default="", help="What is known. Markdown.")
@click.option("--team", help="Who takes it on.")
@click.option("--tag", "tags", multiple=True, help="A word of the glossary; may be given again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, /, *, as_json: bool, **given: object) -> None:
    """Declare an incident; a TITLE is enough, the rest can follow."""
    try:
        new = msgspec.convert(given, NewIncident)
    except msgspec.ValidationError as error:
        raise InputError(f"{error}.", fix="Correct that option.") from error
    with open_workspace(ctx) as (app, actor):
        made = incidents.declare(app, actor, new)
    if as_json:
        print_json(made)
        return
    line(made.id)
    message(f'Next: `hardwon log {made.id} "what happens"`, `hardwon similar {made.id}`.')
