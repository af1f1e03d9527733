"""`hardwon doctor`: is everything as it must be? Reads only."""

from __future__ import annotations

import click

from hardwon.cli.exits import FAILED, OK
from hardwon.cli.output import clean, line, print_json
from hardwon.cli.workspace import settings_of
from hardwon.usecases import doctor


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> int:
    """Examine the installation and the workspace. Changes nothing; secrets are not shown."""
    findings = doctor.examine(settings_of(ctx))
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            mark = click.style("ok  ", fg="green") if finding.ok else click.style("bad ", fg="red")
            line(f"{mark}  {finding.name:<14}{clean(finding.text)}")
            if not finding.ok and finding.fix:
                line(f"      {'':<14}fix: {clean(finding.fix)}")
    return OK if all(finding.ok for finding in findings) else FAILED
