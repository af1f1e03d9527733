"""`hardwon show`: one record, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click
import msgspec

from hardwon.cli.output import print_json
from hardwon.cli.record_text import print_record
from hardwon.cli.workspace import open_workspace
from hardwon.domain.actor import Actor
from hardwon.domain.catalog import Environment, Person, Service, Team
from hardwon.domain.errors import NotFoundError
from hardwon.domain.text import kind_of
from hardwon.usecases import actions, artifacts, catalog, deployments, histories, incidents, reviews
from hardwon.usecases.app import App

CATALOGUE: Final = ("service", "team", "person", "environment")


@click.command("show")
@click.argument("record_id", metavar="ID")
@click.option("--revision", type=click.IntRange(1, 2**31), help="As it was in this revision.")
@click.option("--history", is_flag=True, help="Who wrote which revision.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context, record_id: str, revision: int | None, *, history: bool, as_json: bool
) -> None:
    """Show a record by its ID (INC-0042, LES-0007, ...) or a catalogue entry by its name."""
    with open_workspace(ctx) as (app, actor):
        if history:
            rows = histories.get_history(app, actor, record_id)
            print_json(rows) if as_json else _print_history(rows)
            return
        record = find(app, actor, record_id, revision)
    print_json(record) if as_json else print_record(record)


def find(app: App, actor: Actor, record_id: str, revision: int | None) -> msgspec.Struct:
    """Return the record with that id or name. Raises NotFoundError, InputError."""
    kind = kind_of(record_id)
    if revision is not None:
        return histories.get_revision(app, actor, record_id, revision)
    ways: dict[str | None, Callable[[], msgspec.Struct]] = {
        None: lambda: _find_entry(app, actor, record_id),
        "incident": lambda: incidents.get_incident(app, actor, record_id).incident,
        "deployment": lambda: deployments.get_deployment(app, actor, record_id).deployment,
        "action": lambda: actions.get_action(app, actor, record_id),
        "review": lambda: reviews.get_review(app, actor, record_id).review,
    }
    return ways.get(kind, lambda: artifacts.get_artifact(app, actor, record_id).artifact)()


def _find_entry(app: App, actor: Actor, name: str) -> msgspec.Struct:
    kinds: tuple[type[Any], ...] = (Service, Team, Person, Environment)
    for kind in kinds:
        try:
            entry: msgspec.Struct = catalog.get_entry(app, actor, kind, name)
        except NotFoundError:
            continue
        return entry
    raise NotFoundError(f"There is no {name}.", fix="Find its id with `hardwon search`.")


def _print_history(rows: tuple[msgspec.Struct, ...]) -> None:
    for row in rows:
        fields = msgspec.structs.asdict(row)
        click.echo("  ".join(str(value) for value in fields.values() if value))
