"""Writes the reference pages that are drawn from the code: commands, settings, the kinds of records.

`python tools/reference.py` writes them; `--check` exits 1 where one is not what the code says.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import msgspec

from hardwon.cli.root import COMMANDS
from hardwon.domain.record import TYPES
from hardwon.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
_COMMANDS = """\
Data goes to stdout, messages to stderr; `--json` prints what a program can read. Exit codes: 0 well, 1 failed, 2 wrong
usage or input, 3 not found, 4 conflict, 5 forbidden, 6 the check says block, 7 nobody could be asked.

`--workspace DIR` before a command, or `HARDWON_HOME`, names the workspace.
"""
_SETTINGS = """\
A setting is read from `hardwon.toml` in the workspace's folder, then from the environment. The workspace's folder
itself comes from `--workspace`, `HARDWON_HOME`, or the platform's folder for user data.

What cannot be read or cannot work is refused before anything starts, all of it at once: each line names the place,
what is wrong, and the fix. A name in `hardwon.toml` that is no setting's is such a mistake; so is a `HARDWON_` variable
that is almost a setting's.
"""
_RECORDS = """\
Every record is JSON with a published schema: `/schemas/KIND.json` of a server, `hardwon/schemas` in the package.
"""


def commands() -> Iterator[str]:
    """Yield the lines of the page of commands."""
    yield "# Commands\n"
    yield _COMMANDS
    for name in COMMANDS:
        command = import_module(f"hardwon.cli.{COMMANDS[name].module}").command
        yield from _command(command, f"hardwon {name}", 2)


def _command(command: click.Command, name: str, level: int) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    yield f"{'#' * level} {name}\n"
    yield f"    {usage}\n"
    yield f"{inspect.cleandoc(command.help or '')}\n"
    options = [p for p in command.params if isinstance(p, click.Option)]
    rows = [option.get_help_record(context) for option in options]
    known = [row for row in rows if row]
    if known:
        yield "| option | means |\n| --- | --- |"
        for flag, text in known:
            plain = text.replace("|", "or").replace("\n", " ")
            yield f"| `{flag.replace('|', ' or ')}` | {plain} |"
        yield ""
    if isinstance(command, click.Group):
        for child in sorted(command.commands):
            yield from _command(command.commands[child], f"{name} {child}", level + 1)


def settings() -> Iterator[str]:
    """Yield the lines of the page of settings."""
    yield "# Settings\n"
    yield _SETTINGS
    yield "| in `hardwon.toml` | in the environment | unless set |\n| --- | --- | --- |"
    for field in msgspec.structs.fields(Settings):
        if field.name != "home":
            default = "empty" if field.default == "" else f"`{str(field.default).lower()}`"
            yield f"| `{field.name}` | `HARDWON_{field.name.upper()}` | {default} |"
    yield ""
    yield inspect.cleandoc(Settings.__doc__ or "").partition("\n\n")[2] + "\n"
    yield "`HARDWON_TOKEN` holds the token with which `hardwon check --server` asks."


def records() -> Iterator[str]:
    """Yield the lines of the page of records."""
    yield "# Records\n"
    yield _RECORDS
    for kind, cls in TYPES.items():
        yield f"## {kind}\n"
        yield f"{inspect.cleandoc(cls.__doc__ or '')}\n"
        yield f"`{'`, `'.join(field.encode_name for field in msgspec.structs.fields(cls))}`\n"


PAGES = {"commands.md": commands, "settings.md": settings, "records.md": records}


def drawn(name: str) -> str:
    """Return a page as the code draws it."""
    return "\n".join(PAGES[name]()).rstrip() + "\n"


def main(arguments: list[str]) -> int:
    """Write the pages, or check them."""
    old = [
        name for name in PAGES if not (FOLDER / name).is_file() or (FOLDER / name).read_text() != drawn(name)
    ]
    if "--check" in arguments:
        for name in old:
            sys.stdout.write(
                f"docs/reference/{name} is not what the code says: run `python tools/reference.py`\n"
            )
        return 1 if old else 0
    for name in old:
        (FOLDER / name).write_text(drawn(name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
