"""`hardwon doctor`: is everything as it must be? Reads only, unless it is asked to mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import click

from hardwon.bootstrap import open_app, utc_now
from hardwon.cli.exits import FAILED, OK
from hardwon.cli.output import clean, line, message, print_json
from hardwon.cli.workspace import settings_of
from hardwon.domain.actor import Actor
from hardwon.settings import Settings
from hardwon.usecases import doctor, indexing, people
from hardwon.usecases.app import App
from hardwon.usecases.doctor import mending


def _rebuild(app: App, _actor: Actor) -> str:
    return f"{indexing.rebuild(app).documents} documents are indexed"


def _upgraded(_app: App, _actor: Actor) -> str:
    return "the database is at this version"


_MENDS: Final[dict[str, tuple[str, Callable[[App, Actor], str]]]] = {
    "permissions": ("Take the rights of others to the signing key away", mending.keep_key_private),
    "schema": ("Bring the database up to this version", _upgraded),
    "index": ("Build the search index anew", _rebuild),
    "leases": ("Give back the jobs that a worker held which is gone", mending.release_leases),
    "orphans": ("Move the files that no record names to attachments/orphans", mending.set_orphans_aside),
}
"""What is asked, and what is done; opening the workspace brings its database up."""


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely; asks before each step.")
@click.option("--yes", is_flag=True, help="With --fix: agree to each step.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool, fix: bool, yes: bool) -> int:
    """Examine the installation and the workspace; secrets are not shown. Without --fix it changes nothing."""
    settings = settings_of(ctx)
    findings = doctor.examine(settings, utc_now())
    if fix and _mend(settings, findings, agreed=yes):
        findings = doctor.examine(settings, utc_now())
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            mark = click.style("ok  ", fg="green") if finding.ok else click.style("bad ", fg="red")
            line(f"{mark}  {finding.name:<14}{clean(finding.text)}")
            if not finding.ok and finding.fix:
                line(f"      {'':<14}fix: {clean(finding.fix)}")
    return OK if all(finding.ok for finding in findings) else FAILED


def _mend(settings: Settings, findings: Sequence[doctor.Symptom], *, agreed: bool) -> bool:
    """Ask and mend, one thing after the other; tell whether anything was done."""
    done = False
    for finding in findings:
        if not finding.mend:
            continue
        question, mend = _MENDS[finding.mend]
        message(f"{finding.name}: {clean(finding.text)}.")
        if not agreed and not click.confirm(f"{question}?", default=False, err=True):
            continue
        with open_app(settings) as app:
            message(f"{question}: {mend(app, people.local_owner(app))}.")
        done = True
    return done
