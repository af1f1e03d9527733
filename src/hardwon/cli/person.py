"""`hardwon person`: who may sign in."""

from __future__ import annotations

from typing import Any, get_args

import click
import msgspec

from hardwon.cli.output import clean, line, message, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.domain.actor import Role
from hardwon.domain.catalog import Person
from hardwon.domain.errors import InputError
from hardwon.usecases import catalog, sign_in

_ROLES = [role for role in get_args(Role) if role != "service"]


@click.group("person")
def command() -> None:
    """Add people, invite them, change what they may do."""


@command.command("add")
@click.argument("person_id", metavar="ID")
@click.option("--name", required=True, help="What they are called.")
@click.option("--email", default="", help="Their address; they can sign in with it.")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(_ROLES), default=("viewer",), show_default=True
)
@click.option("--team", "teams", multiple=True, help="A team they belong to; may be given again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def add(ctx: click.Context, /, person_id: str, *, as_json: bool, **given: Any) -> None:
    """Add a person."""
    try:
        person = msgspec.convert({"id": person_id, **given}, Person)
    except msgspec.ValidationError as error:
        raise InputError(f"{error}.", fix="Correct that option.") from error
    with open_workspace(ctx) as (app, actor):
        kept = catalog.put(app, actor, person)
    _told(kept, as_json=as_json)
    message(f"Next: `hardwon person invite {kept.id}`.")


@command.command("change")
@click.argument("person_id", metavar="ID")
@click.option("--name", help="What they are called.")
@click.option("--email", help="Their address.")
@click.option("--role", "roles", multiple=True, type=click.Choice(_ROLES), help="Replaces their roles.")
@click.option("--team", "teams", multiple=True, help="Replaces their teams; may be given again.")
@click.option("--left/--back", "left", default=None, help="They have left, or are back.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def change(ctx: click.Context, /, person_id: str, *, left: bool | None, as_json: bool, **given: Any) -> None:
    """Change a person; where their roles change or they leave, their sessions end."""
    said = {name: value for name, value in given.items() if value not in {None, ()}}
    if left is not None:
        said["active"] = not left
    with open_workspace(ctx) as (app, actor):
        stored = catalog.get_entry(app, actor, Person, person_id)
        try:
            changed = msgspec.convert({**msgspec.structs.asdict(stored), **said}, Person)
        except msgspec.ValidationError as error:
            raise InputError(f"{error}.", fix="Correct that option.") from error
        kept = catalog.put(app, actor, changed, stored.revision)
    _told(kept, as_json=as_json)


@command.command("invite")
@click.argument("person_id", metavar="ID")
@click.pass_context
def invite(ctx: click.Context, person_id: str) -> None:
    """Print a one-time link by which a person sets a password. It is shown this once."""
    with open_workspace(ctx) as (app, actor):
        secret = sign_in.invite(app, actor, person_id)
        base = app.settings.base_url.rstrip("/") or f"http://{app.settings.host}:{app.settings.port}"
    line(f"{base}/invitation/{secret}")
    message("It works once, within three days. Whoever has it signs in as that person.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_all(ctx: click.Context, *, as_json: bool) -> None:
    """List the people."""
    with open_workspace(ctx) as (app, actor):
        rows = catalog.list_people(app, actor).rows
    if as_json:
        print_json(rows)
        return
    for person in rows:
        gone = "" if person.active else "  has left"
        line(f"{person.id}  {clean(person.name)}  {','.join(person.roles)}  {','.join(person.teams)}{gone}")


def _told(person: Person, *, as_json: bool) -> None:
    if as_json:
        print_json(person)
    else:
        line(f"{person.id}  {','.join(person.roles)}")
