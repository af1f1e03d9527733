"""The command line in a home of its own: a new user's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import program

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """An empty home."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def environment(home) -> dict[str, str]:
    """What a new user's shell gives, words only for speed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HARDWON_", "XDG_"))}
    return {**kept, "HOME": str(home), "HARDWON_MEANING": "false"}


@pytest.fixture(scope="session")
def forks() -> Iterator[str]:
    """Where the program is forked from."""
    with program.served() as path:
        yield path


@pytest.fixture(scope="session")
def hardwon(environment, forks) -> Run:
    """Return a function that runs the real program and returns what it printed and its exit code."""

    def run(*arguments: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return program.run(forks, arguments, {**environment, **more}, given)

    return run


@pytest.fixture(scope="session")
def sample(hardwon) -> str:
    """The sample workspace's folder."""
    made = hardwon("demo", "--no-serve")
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()
