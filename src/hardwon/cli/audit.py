"""`hardwon audit`: the audit trail."""

from __future__ import annotations

from pathlib import Path

import click

from hardwon.cli.exits import FAILED, OK
from hardwon.cli.output import clean, counted, line, message, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.domain.errors import InputError
from hardwon.usecases import audit, witnessing

_FILE = click.Path(path_type=Path, dir_okay=False)
_LARGEST = 256 * 1024 * 1024


@click.group("audit")
def command() -> None:
    """Verify the audit trail, sign it, and prove what it holds."""


@command.command("verify")
@click.option(
    "--checkpoint", "held", type=_FILE, help="Checkpoints put aside earlier: one, or an anchor file."
)
@click.option("--key", "keys", multiple=True, help="The key they are signed with; else the workspace's own.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def verify(ctx: click.Context, held: Path | None, keys: tuple[str, ...], *, as_json: bool) -> int:
    """Recompute the whole trail; leave with 1 where something does not fit.

    With --checkpoint the trail must still begin with what was signed then: a trail that was set back or
    rewritten since is found, even one that fits in itself.
    """
    with open_workspace(ctx) as (app, actor):
        audit.sequence(app)
        report = audit.verify(app, actor, held=_text(held) if held else None, keys=keys)
    if as_json:
        print_json(report)
    else:
        line(f"{report.size:,} entries, root {report.root}")
        if report.checkpoints:
            line(f"{counted(report.checkpoints, 'checkpoint')} compared")
        if report.erasures:
            line(f"{counted(len(report.erasures), 'revision')} rewritten by an erasure; look at each:")
        for erasure in report.erasures:
            line(f"  {clean(erasure)}")
        for problem in report.problems:
            line(f"{click.style('problem', fg='red')} {clean(problem)}")
    return FAILED if report.problems else OK


@command.command("checkpoint")
@click.pass_context
def checkpoint(ctx: click.Context) -> None:
    """Sign the trail as it stands, and print the newest checkpoint. Put it where its owner cannot change it."""
    with open_workspace(ctx) as (app, actor):
        audit.sequence(app)
        audit.checkpoint(app, at_once=True)
        click.echo(audit.get_checkpoint(app, actor), nl=False)


@command.command("key")
@click.option("--witness", is_flag=True, help="Print the key with which this workspace signs as a witness.")
@click.pass_context
def key(ctx: click.Context, *, witness: bool) -> None:
    """Print the public key that checkpoints are checked with."""
    with open_workspace(ctx) as (app, actor):
        line(witnessing.get_witness_key(app, actor) if witness else audit.get_key(app, actor))


@command.command("prove")
@click.argument("name", metavar="[RECORD|ENTRY]", required=False)
@click.option("--since", type=_FILE, help="Prove instead that the trail goes on from this checkpoint.")
@click.option("--out", type=_FILE, help="Write the proof to this file.")
@click.pass_context
def prove(ctx: click.Context, name: str | None, since: Path | None, out: Path | None) -> None:
    """Prove that an entry is in the signed trail: a record's newest, that of INC-0042@3, or by its number.

    The proof stands for itself: `hardwon audit verifier` prints a program that checks it anywhere.
    """
    if (name is None) == (since is None):
        raise click.UsageError("Name a record or an entry, or give --since.")
    with open_workspace(ctx) as (app, actor):
        audit.sequence(app)
        audit.checkpoint(app, at_once=True)
        text = audit.prove_since(app, actor, _text(since)) if since else audit.prove(app, actor, name or "")
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, "utf-8")
        message(f"The proof is in {out}.")


@command.command("verifier")
def verifier() -> None:
    """Print a program of one file that checks exports and proofs with Python alone."""
    click.echo(audit.get_verifier(), nl=False)


def _text(path: Path) -> str:
    """Return a file of checkpoints. Raises InputError for one that is none."""
    try:
        if path.stat().st_size <= _LARGEST:
            return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as text.", fix="Name a file of checkpoints.") from error
    raise InputError(f"{path} is too large.", fix="Keep the newest checkpoints of it.")
