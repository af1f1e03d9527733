"""The real program, in a process of its own that need not import everything once more.

A server process imports what the commands use, once; each call is a fork of it with its own environment, folder
and standard streams. What starts a program for good (`serve`, a pipe that is closed early) starts it plainly.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PROGRAM = [sys.executable, "-c", "from hardwon.cli import main; main()"]
_TIMEOUT = 60
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.preloaded"])


def run(
    arguments: Sequence[str], environment: Mapping[str, str], given: str | bytes = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command and return its exit code and what it printed."""
    with tempfile.TemporaryDirectory(prefix="call-") as folder:
        streams = [str(Path(folder) / name) for name in ("in", "out", "err")]
        Path(streams[0]).write_bytes(given if isinstance(given, bytes) else given.encode())
        process = _FORKS.Process(
            target=_child, args=(list(arguments), dict(environment), streams, str(Path.cwd()))
        )
        process.start()
        process.join(_TIMEOUT)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(list(arguments), _TIMEOUT)
        out, err = (Path(stream).read_text("utf-8", "replace") for stream in streams[1:])
        code = process.exitcode
        process.close()
    return subprocess.CompletedProcess(list(arguments), code, out, err)


def _child(arguments: list[str], environment: dict[str, str], streams: list[str], folder: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in enumerate(streams):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    sys.stdin = io.TextIOWrapper(io.FileIO(0), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w")), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w")), encoding="utf-8", write_through=True)
    sys.argv = ["hardwon", *arguments]
    from hardwon.cli import main

    main()
