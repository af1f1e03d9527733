"""Running the product over `recorder.c`: compiled with the machine's compiler, preloaded into a real server."""

from __future__ import annotations

import fcntl
import json
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_HEAD = struct.Struct("<cIQQ")


class Call(NamedTuple):
    """What a process did to a file, or (kind `A`) what it acknowledged."""

    kind: str
    path: str
    offset: int
    data: bytes


@cache
def library() -> Path:
    """Compile the recorder once per run and return it."""
    built = Path(tempfile.mkdtemp(prefix="hardwon-recorder-")) / "recorder.so"
    source = Path(__file__).with_name("recorder.c")
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O2", "-o", built, source, "-ldl", "-lpthread"],  # noqa: S607
        check=True,
    )
    return built


def environment(folder: Path, *, log: Path | None = None, rules: Path | None = None) -> dict[str, str]:
    """Return the environment in which files under `folder` are recorded, or fail by rule."""
    told = {"RECORDER_FOLDER": str(folder.resolve()), "LD_PRELOAD": str(library())}
    if log is not None:
        told["RECORDER_LOG"] = str(log)
    if rules is not None:
        told["RECORDER_RULES"] = str(rules)
    return {**os.environ, "HARDWON_MEANING": "false", "PYTHONPATH": str(ROOT / "src"), **told}


def command(home: Path, *words: str, mutant: str = "") -> list[str]:
    """Return the command line of the product, or of one that was broken on purpose."""
    broken = [sys.executable, "-m", "tests.abuse.mutants", mutant]
    program = broken if mutant else [str(Path(sys.executable).with_name("hardwon"))]
    return [*program, "--workspace", str(home), *words]


def run(home: Path, *words: str, env: dict[str, str], mutant: str = "") -> subprocess.CompletedProcess[str]:
    """Run one command of the product to its end."""
    line = command(home, *words, mutant=mutant)
    return subprocess.run(line, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


class Server(NamedTuple):
    """A real server in a process of its own: where it answers, and what it said on stderr."""

    site: str
    process: subprocess.Popen[bytes]
    said: Path


@contextmanager
def served(
    home: Path, env: dict[str, str], *, mutant: str = "", more: Sequence[str] = ()
) -> Iterator[Server]:
    """Serve a workspace for as long as the block runs; at its end the server is killed."""
    said = home.parent / f"{home.name}.stderr"
    with said.open("ab") as errors:
        process = subprocess.Popen(
            command(home, "serve", "--port", "0", *more, mutant=mutant),
            env=env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    assert process.stdout is not None
    try:
        site = process.stdout.readline().decode().strip()
        assert site.startswith("http"), said.read_text()
        yield Server(site, process, said)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Commands:
    """Runs commands, each in a process forked off one that has loaded the product."""

    def __init__(self, env: dict[str, str], mutant: str = "") -> None:
        words = [sys.executable, "-m", "tests.abuse.commands", *([mutant] if mutant else [])]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(words, env=env, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)

    def start(self, *words: str | Path) -> int:
        """Begin a command and return the id of its process."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([str(word) for word in words]) + "\n")
        self._process.stdin.flush()
        return int(json.loads(self.line())["pid"])

    def line(self) -> str:
        """Return the next line that is said."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def ended(self) -> tuple[int, str]:
        """Wait for the command's end and return its exit code (negative: a signal) and what it said."""
        while not (told := self.line()).startswith('{"code"'):
            assert told, "the commands ended"
        answer = json.loads(told)
        return answer["code"], answer["said"]

    def run(self, *words: str | Path) -> tuple[int, str]:
        """Run a command to its end and return its exit code and what it said."""
        self.start(*words)
        return self.ended()

    def close(self) -> None:
        """End all of it."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def commands(env: dict[str, str], mutant: str = "") -> Iterator[Commands]:
    """Yield what runs commands, and end it after the block."""
    running = Commands(env, mutant)
    try:
        yield running
    finally:
        running.close()


def acknowledge(log: Path, words: str) -> None:
    """Write down that this was acknowledged, among what was done to the files until then."""
    with log.open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.write(_HEAD.pack(b"A", len(words.encode()), 0, 0) + words.encode())


def read_log(log: Path) -> list[Call]:
    """Return what a log holds, in order."""
    data, at, calls = log.read_bytes(), 0, []
    while at < len(data):
        kind, name, offset, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        body = at + name
        calls.append(Call(kind.decode(), data[at:body].decode(), offset, data[body : body + length]))
        at = body + length
    return calls
