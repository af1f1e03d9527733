"""The command line: `hardwon`. Importing this costs nothing; the commands load as they are used."""

from __future__ import annotations


def main() -> None:
    """Run the command line and leave with its exit code."""
    from hardwon.cli.root import run

    raise SystemExit(run())
