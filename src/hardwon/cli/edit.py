"""`hardwon edit`: correct what is said of an incident."""

from __future__ import annotations

from typing import Any, Final, get_args

import click
import msgspec

from hardwon.cli.moment import moment
from hardwon.cli.output import line, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.domain.errors import InputError
from hardwon.domain.incident import Detection, Incident
from hardwon.usecases import incidents

_TIMES: Final = ("started", "detected", "acknowledged", "mitigated", "resolved")


@click.command("edit")
@click.argument("incident_id", metavar="INCIDENT")
@click.option("--title", help="What it is called.")
@click.option("--severity", type=click.IntRange(1, 5), help="1 (worst) to 5.")
@click.option(
    "--service", "services", multiple=True, help="A service that is hurt; may be given again. Replaces."
)
@click.option("--environment", "environments", multiple=True, help="Where; may be given again. Replaces.")
@click.option("--tag", "tags", multiple=True, help="A word of the glossary; may be given again. Replaces.")
@click.option("--team", help="Who takes it on.")
@click.option("--summary", help="What is known. Markdown.")
@click.option("--impact", help="Who was hurt, and how.")
@click.option("--detection", type=click.Choice(get_args(Detection)), help="How it was noticed.")
@click.option("--zone", help="The time zone people think in, like Europe/Berlin.")
@click.option("--started", help="When it began, like 2026-11-23T14:05+01:00.")
@click.option("--detected", help="When it was noticed.")
@click.option("--acknowledged", help="When somebody took it on.")
@click.option("--mitigated", help="When the harm ended.")
@click.option("--resolved", help="When it was mended.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, /, incident_id: str, *, as_json: bool, **given: Any) -> None:
    """Correct what is said of INCIDENT; what is not given stays. Its status changes with `hardwon move`."""
    said = {name: value for name, value in given.items() if value not in {None, ()}}
    if not said:
        raise InputError("Nothing is given that could be corrected.", fix="See `hardwon edit --help`.")
    with open_workspace(ctx) as (app, actor):
        stored = incidents.get_incident(app, actor, incident_id).incident
        saved = incidents.revise(app, actor, _corrected(stored, said), stored.revision)
    if as_json:
        print_json(saved)
        return
    line(f"{saved.id}, revision {saved.revision}")


def _corrected(stored: Incident, said: dict[str, Any]) -> Incident:
    """Return the incident with what was said of it. Raises InputError for what does not fit."""
    times = {f"{name}_at": moment(said.pop(name)) for name in _TIMES if name in said}
    changed: dict[str, Any] = {**said, "times": msgspec.structs.replace(stored.times, **times)}
    if "impact" in said:
        changed["impact"] = msgspec.structs.replace(stored.impact, text=said["impact"])
    try:
        return msgspec.convert({**msgspec.structs.asdict(stored), **changed}, Incident)
    except msgspec.ValidationError as error:
        raise InputError(f"{error}.", fix="Correct that option.") from error
