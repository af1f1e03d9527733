"""`hardwon reviews`: what is to be reviewed, what is due first on top."""

from __future__ import annotations

from typing import Any

import click

from hardwon.cli.output import clean, counted, line, message, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.usecases import reviews


@click.command("reviews")
@click.option("--overdue", is_flag=True, help="Those that nobody held in time.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, *, overdue: bool, as_json: bool) -> None:
    """List the reviews that are to come: by when, led by whom, and whose view is asked."""
    rows: list[Any] = []
    with open_workspace(ctx) as (app, actor):
        after = None
        while True:
            page = reviews.list_reviews(app, actor, state="planned", overdue=overdue, limit=200, after=after)
            rows += (row for row in page.rows if row.overdue_days or not overdue)
            if (after := page.next) is None:
                break
    if as_json:
        print_json(rows)
        return
    for row in rows:
        _print(row)
    message(f"{counted(len(rows), 'review')}{' overdue' if overdue else ' to come'}.")


def _print(row: Any) -> None:
    due = f"due {row.due_on}"
    if row.overdue_days:
        due = click.style(f"{row.overdue_days} days overdue", fg="red")
    line(f"{click.style(f'{row.id:<10}', fg='cyan')}{clean(row.title)}")
    led = f"led by {row.facilitator}" if row.facilitator else "nobody leads it"
    facts = (due, led, f"asks {', '.join(row.perspectives)}" if row.perspectives else "")
    line(" " * 10 + " · ".join(clean(fact) if fact != due else fact for fact in facts if fact))
