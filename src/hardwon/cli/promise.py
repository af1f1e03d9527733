"""`hardwon promise`: promise an action."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

import click
import msgspec

from hardwon.cli.output import line, message, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.domain.action import Action
from hardwon.domain.criterion import Comparison, Criterion
from hardwon.domain.errors import InputError
from hardwon.usecases import actions


@click.command("promise")
@click.argument("title")
@click.option("--incident", help="The incident it was promised after.")
@click.option("--kind", type=click.Choice(["prevent", "detect", "mitigate", "repair"]), default="prevent")
@click.option("--side", type=click.Choice(["technical", "process"]), default="technical")
@click.option("--owner", help="Whose it is.")
@click.option("--team", help="Or whose team's.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="The day it is due.")
@click.option("--service", "services", multiple=True, help="What it changes; may be given again.")
@click.option("--metric", help="It worked when this metric ...")
@click.option("--comparison", type=click.Choice(get_args(Comparison)), default="<=", show_default=True)
@click.option("--threshold", type=float, help="... compares so with this value ...")
@click.option("--unit", default="", help="... in this unit ...")
@click.option("--days", type=click.IntRange(1, 3650), default=14, show_default=True, help="... so long.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(  # noqa: PLR0913  (the criterion's parts)
    ctx: click.Context,
    /,
    *,
    due: datetime | None,
    metric: str | None,
    comparison: Comparison,
    threshold: float | None,
    unit: str,
    days: int,
    as_json: bool,
    **given: object,
) -> None:
    """Promise an action, best with the measure that will show whether it worked."""
    if (metric is None) != (threshold is None):
        raise click.UsageError("A criterion has both --metric and --threshold.")
    criterion = None
    if metric is not None and threshold is not None:
        criterion = Criterion(
            metric=metric, comparison=comparison, threshold=threshold, unit=unit, window_days=days
        )
    with open_workspace(ctx) as (app, actor):
        now = app.now()
        values = {**given, "id": "new", "due_on": due.date() if due else None, "written_at": now}
        try:
            action = msgspec.convert({**values, "criterion": criterion, "updated_at": now}, Action)
        except msgspec.ValidationError as error:
            raise InputError(f"{error}.", fix="Correct that option.") from error
        made = actions.promise(app, actor, action)
    if as_json:
        print_json(made)
        return
    line(made.id)
    message(f"When it is done: `hardwon move {made.id} done`.")
