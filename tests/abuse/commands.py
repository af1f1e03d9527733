"""Runs commands of the product, each in a process forked off this one: a line of JSON in, answers out.

First the id of that process, then (of `serve`) its address, then how it ended. An argument names a mutant.
"""

from __future__ import annotations

import json
import os
import sys

from hardwon.bootstrap import open_app
from hardwon.cli import serving
from hardwon.cli.root import run
from tests.abuse.mutants import MUTANTS

LOADED = (open_app, serving)
"""What most commands import, so that forking saves it."""


def work(words: list[str], said: int) -> None:
    """Run one command in this process, and end it."""
    if "serve" not in words:
        os.dup2(said, 1)
    os.dup2(said, 2)
    code = run(words)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    if len(sys.argv) > 1:
        MUTANTS[sys.argv[1]]()
    for line in sys.stdin:
        said = os.memfd_create("said")
        child = os.fork()
        if child == 0:
            work(json.loads(line), said)
        os.write(1, f"{json.dumps({'pid': child})}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        told = os.pread(said, 100_000, 0).decode(errors="replace")
        os.close(said)
        os.write(1, f"{json.dumps({'code': code, 'said': told})}\n".encode())


if __name__ == "__main__":
    main()
