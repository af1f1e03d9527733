"""Runs the measurements: `python -m bench recall scale pages ...`; all of PARTS without a name."""

from __future__ import annotations

import sys
from importlib import import_module

PARTS = (
    "recall",
    "scale",
    "pages",
    "writing",
    "ingest",
    "commands",
    "trail",
    "keep",
    "risk",
    "capture",
    "fleet",
)


def main(arguments: list[str]) -> int:
    unknown = [name for name in arguments if name not in PARTS]
    if unknown:
        print(f"There is no measurement {', '.join(unknown)}; there are {', '.join(PARTS)}.")
        return 2
    for name in arguments or PARTS:
        import_module(f"bench.{name}").run()
    return 0


sys.exit(main(sys.argv[1:]))
