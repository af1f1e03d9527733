"""`hardwon log`: add an entry to an incident's timeline."""

from __future__ import annotations

from typing import get_args

import click
import msgspec

from hardwon.cli.moment import moment
from hardwon.cli.output import line, message, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.domain.errors import InputError
from hardwon.domain.timeline import EntryKind, TimelineEntry
from hardwon.usecases import timelines


@click.command("log")
@click.argument("incident", metavar="INCIDENT")
@click.argument("text")
@click.option("--at", help="When, like 2026-11-23T14:05+01:00; now without it.")
@click.option("--kind", type=click.Choice(get_args(EntryKind)), default="system", show_default=True)
@click.option("--lane", default="", help="Who or what it happened to.")
@click.option("--consequence", help="What came of it, if it was a decision.")
@click.option("--raw", is_flag=True, help="Leave it to the raw log, outside the story.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(  # noqa: PLR0913  (the entry's parts)
    ctx: click.Context,
    incident: str,
    text: str,
    at: str | None,
    kind: EntryKind,
    lane: str,
    consequence: str | None,
    *,
    raw: bool,
    as_json: bool,
) -> None:
    """Add TEXT to the timeline of INCIDENT. Many may write at once."""
    values = {
        "text": text,
        "at": moment(at) if at else None,
        "written_at": at or "",
        "kind": kind,
        "lane": lane,
        "consequence": {"text": consequence} if consequence else None,
        "starred": not raw,
    }
    try:
        entry = msgspec.convert(values, TimelineEntry)
    except msgspec.ValidationError as error:
        raise InputError(f"{error}.", fix="Make it shorter.") from error
    with open_workspace(ctx) as (app, actor):
        if entry.at is None:
            entry = msgspec.structs.replace(entry, at=app.now().replace(microsecond=0))
        saved = timelines.write_entry(app, actor, incident, entry)
    if as_json:
        print_json(saved.place)
        return
    number = saved.place.position + 1 if saved.place else 0
    line(f"{saved.incident.id} entry {number} of {len(saved.incident.timeline)}")
    message(f"Revision {saved.incident.revision}.")
