"""`hardwon backup`: everything, in a folder that proves to be whole."""

from __future__ import annotations

from pathlib import Path

import click

from hardwon.cli.output import counted, line, message, print_json
from hardwon.cli.progress import progress_bar
from hardwon.cli.workspace import open_workspace
from hardwon.usecases import backups


@click.command("backup")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the manifest.")
@click.pass_context
def command(ctx: click.Context, folder: Path, *, as_json: bool) -> None:
    """Write a backup to DIR, a folder that is not there yet. Whoever writes meanwhile goes on.

    It holds all that the workspace does but sessions, one-time links and the key it signs with. Keep it as
    you keep a secret.
    """
    with open_workspace(ctx) as (app, actor), progress_bar(quiet=as_json) as progress:
        manifest = backups.backup(app, actor, folder, progress)
    if as_json:
        print_json(manifest)
        return
    line(f"{manifest.audit_size}:{manifest.audit_root}")
    message(
        f"{counted(sum(manifest.rows.values()), 'row')} and {counted(len(manifest.files), 'file')} in {folder}. "
        "Keep the line above elsewhere: it tells an older copy from this one."
    )
