"""The `hardwon` command: its global options, and subcommands that load when they are called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

import click

from hardwon.cli.exits import colour, report


class Entry(NamedTuple):
    """Where a command lives and the line it has in `--help`."""

    module: str
    help: str


COMMANDS: Final[dict[str, Entry]] = {
    "demo": Entry("demo", "Load the sample workspace and serve it."),
    "init": Entry("init", "Make a workspace."),
    "import": Entry("importing", "Bring postmortems, incidents and deployments in; looks only, until --yes."),
    "export": Entry("export", "Write everything to a folder of Markdown and JSON."),
    "backup": Entry("backup", "Write a backup while people work."),
    "restore": Entry("restore", "Bring a backup back, or check it."),
    "db": Entry("db", "Move the database to the other kind."),
    "search": Entry("search", "Search everything by words and meaning."),
    "similar": Entry("similar", "Ask what a new incident is most like."),
    "check": Entry("check", "Ask what is known about a change before it ships."),
    "reviews": Entry("reviews", "List the reviews that are to come, or overdue."),
    "show": Entry("show", "Show one record."),
    "declare": Entry("declare", "Declare an incident."),
    "edit": Entry("edit", "Correct what is said of an incident."),
    "log": Entry("log", "Add an entry to an incident's timeline."),
    "note": Entry("note", "Note what is worth knowing and was no incident."),
    "promise": Entry("promise", "Promise an action."),
    "move": Entry("move", "Take an incident, an action or an artifact to its next state."),
    "links": Entry("links", "Name the links that lead nowhere."),
    "serve": Entry("serve", "Serve the pages and the HTTP API."),
    "mcp": Entry("agents", "Let an agent on this machine ask, over the Model Context Protocol."),
    "worker": Entry("worker", "Keep the index and the audit tree up, without serving."),
    "reindex": Entry("reindex", "Build the search index anew from the store."),
    "eval": Entry("evaluate", "Answer a benchmark's questions, and score the answers."),
    "doctor": Entry("doctor", "Examine the installation and the workspace; mends what you agree to."),
    "person": Entry("person", "Add people, invite them, change what they may do."),
    "erase": Entry("erase", "Erase a person, or words, from every record and its history."),
    "token": Entry("token", "Issue, list and revoke API tokens."),
    "audit": Entry("audit", "Verify the audit trail."),
}
"""In the order of `--help`: first steps, daily use, running it."""


class Call(NamedTuple):
    """The global options of this call."""

    workspace: Path | None


class LazyGroup(click.Group):
    """A group that lists its commands from a table and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (Click's signature)
        """Return the commands' names in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command, or return None for an unknown one."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = import_module(f"hardwon.cli.{entry.module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, suggesting a near one for a misspelt name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="PATH",
    help="The workspace's folder. Else HARDWON_HOME, else the user's data folder.",
)
@click.version_option(package_name="hardwon")
@click.pass_context
def root(ctx: click.Context, workspace: Path | None) -> None:
    """Keep what incidents teach, and bring the right lesson back before the next change.

    New here? `hardwon demo` opens a sample workspace.
    """
    ctx.obj = Call(workspace)
    ctx.color = colour()


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; no error escapes it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = root.main(
            args=list(arguments) if arguments is not None else None,
            prog_name="hardwon",
            standalone_mode=False,
        )
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (the one place that maps them all)
        return report(error)
    return code if isinstance(code, int) else 0
