"""`hardwon move`: take an incident, an action or an artifact to its next state."""

from __future__ import annotations

from typing import Any, get_args

import click

from hardwon.cli.output import line, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.domain.action import ActionState
from hardwon.domain.actor import Actor
from hardwon.domain.artifact import State
from hardwon.domain.errors import InputError
from hardwon.domain.incident import Status
from hardwon.domain.text import kind_of
from hardwon.usecases import actions, artifacts, incidents
from hardwon.usecases.app import App


@click.command("move")
@click.argument("record_id", metavar="ID")
@click.argument("state")
@click.option("--reason", default="", help="Why it is retired, or what came of an action.")
@click.option("--successor", default="", help="What replaces a retired artifact.")
@click.option("--exception", default="", help="Why it goes on though the standard is not met.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    record_id: str,
    state: str,
    reason: str,
    successor: str,
    exception: str,
    *,
    as_json: bool,
) -> None:
    """Take ID to STATE: an incident to resolved, an action to done, a lesson to published."""
    with open_workspace(ctx) as (app, actor):
        moved = _move(app, actor, record_id, state, reason, successor, exception)
    if as_json:
        print_json(moved)
        return
    line(f"{moved.id} is {getattr(moved, 'status', '') or moved.state}, revision {moved.revision}")


def _move(app: App, actor: Actor, name: str, state: str, reason: str, successor: str, exception: str) -> Any:
    kind = kind_of(name)
    to: Any = state
    if kind == "incident":
        _expect(state, get_args(Status))
        stands = incidents.get_incident(app, actor, name).incident.revision
        return incidents.advance(app, actor, name, to, stands, exception=exception)
    if kind == "action":
        _expect(state, get_args(ActionState))
        stands = actions.get_action(app, actor, name).revision
        return actions.move(app, actor, name, to, stands, outcome=reason)
    _expect(state, get_args(State))
    stands = artifacts.get_artifact(app, actor, name).artifact.revision
    return artifacts.move(
        app, actor, name, to, stands, reason=reason, successor=successor, exception=exception
    )


def _expect(state: str, known: tuple[str, ...]) -> None:
    if state not in known:
        raise InputError(f"There is no state {state!r}.", fix=f"There are: {', '.join(known)}.")
