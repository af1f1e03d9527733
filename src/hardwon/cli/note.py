"""`hardwon note`: note an observation."""

from __future__ import annotations

from typing import get_args

import click
import msgspec

from hardwon.cli.output import line, message, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.domain.errors import InputError
from hardwon.domain.observation import ObservationKind
from hardwon.usecases import observations
from hardwon.usecases.observations import GivenObservation


@click.command("note")
@click.argument("title")
@click.option("--kind", type=click.Choice(get_args(ObservationKind)), default="near_miss", show_default=True)
@click.option("--text", default="", help="What was seen. Markdown.")
@click.option("--url", default="", help="Where it can be read.")
@click.option("--service", "services", multiple=True, help="What it is about; may be given again.")
@click.option("--environment", "environments", multiple=True, help="Where; may be given again.")
@click.option("--tag", "tags", multiple=True, help="A word of the glossary; may be given again.")
@click.option("--team", help="Who should look at it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, /, *, as_json: bool, **given: object) -> None:
    """Note what is worth knowing and was no incident; a TITLE is enough."""
    try:
        new = msgspec.convert(given, GivenObservation)
    except msgspec.ValidationError as error:
        raise InputError(f"{error}.", fix="Correct that option.") from error
    with open_workspace(ctx) as (app, actor):
        made = observations.note(app, actor, new)
    if as_json:
        print_json(made)
        return
    line(made.id)
    message("It waits for triage: a lesson, an action, or nothing.")
