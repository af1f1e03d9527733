"""`hardwon restore`: bring a backup back, or look whether it could be."""

from __future__ import annotations

from pathlib import Path

import click

from hardwon.cli.output import counted, line, message, print_json
from hardwon.cli.workspace import settings_of
from hardwon.domain.errors import InputError
from hardwon.usecases import backups
from hardwon.usecases.backups import Head


@click.command("restore")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--verify", "only_verify", is_flag=True, help="Look only: change nothing.")
@click.option("--expect", help="SIZE:ROOT that `hardwon backup` printed: anything older is refused.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest.")
@click.pass_context
def command(
    ctx: click.Context, folder: Path, *, only_verify: bool, expect: str | None, as_json: bool
) -> None:
    """Bring the backup in DIR back into an empty workspace, after every byte of it was checked."""
    settings = settings_of(ctx)
    head = _head(expect) if expect else None
    manifest = backups.verify(folder, head) if only_verify else backups.restore(settings, folder, head)
    if as_json:
        print_json(manifest)
        return
    line(f"{manifest.audit_size}:{manifest.audit_root}")
    what = "whole" if only_verify else "restored"
    message(
        f"{counted(sum(manifest.rows.values()), 'row')} of {manifest.made_at:%Y-%m-%d %H:%M} UTC: {what}."
    )


def _head(text: str) -> Head:
    size, _, root = text.strip().partition(":")
    if not size.isdigit() or len(root) != 64:  # noqa: PLR2004  (a SHA-256)
        raise InputError(
            f"{text[:80]!r} is no SIZE:ROOT.", fix="Copy the line that `hardwon backup` printed."
        )
    return Head(int(size), root)
