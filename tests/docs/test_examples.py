"""The examples of the docs are run, and print what the docs say they print.

A fenced block with `file=PATH` in its first line is written to that file. In a `console` block each
line after `$ ` is run in a shell; the lines below are what it prints, stdout and stderr together.
`...` stands for anything: alone for any lines, within a line for any characters.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import program

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(?P<info>[^\n]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = sorted(page for page in (ROOT / "docs").rglob("*.md") if "```console" in page.read_text("utf-8"))


def commands(body: str) -> list[tuple[str, list[str]]]:
    """Return each command of a console block with the lines it prints."""
    found: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def pattern_of(lines: list[str]) -> re.Pattern[str]:
    """Return the pattern that the whole output must match."""
    parts = []
    for line in lines:
        if line == "...":
            parts.append(r"(?:[^\n]*\n)*")
        else:
            parts.append(re.escape(line).replace(re.escape("..."), r"[^\n]*") + r"\n")
    return re.compile("".join(parts))


@pytest.fixture(scope="session")
def forks() -> Iterator[str]:
    """Where the program is forked from."""
    with program.served() as path:
        yield path


@pytest.fixture
def shell(tmp_path: Path, forks: str):
    """A function that runs a line in a new user's shell."""
    executable = tmp_path / "bin" / "hardwon"
    executable.parent.mkdir()
    program.write_client(executable, forks)
    work = tmp_path / "work"
    work.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HARDWON_", "XDG_"))}
    path = f"{executable.parent}{os.pathsep}{kept['PATH']}"
    env = {**kept, "HOME": str(tmp_path), "PATH": path, "HARDWON_MEANING": "false", "COLUMNS": "200"}

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", f"exec 2>&1; {line}"],  # noqa: S607
            cwd=work,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    run.folder = work
    return run


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.stem)
def test_an_example_does_what_it_says(document: Path, shell) -> None:
    for block in BLOCK.finditer(document.read_text("utf-8")):
        if named := re.search(r"\bfile=(\S+)", block["info"]):
            file = shell.folder / named[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block["body"], "utf-8")
        elif block["info"] == "console":
            for line, printed in commands(block["body"]):
                done = shell(line)
                assert done.returncode == 0, f"{line}\n{done.stdout}"
                assert pattern_of(printed).fullmatch(done.stdout), f"{line}\n{done.stdout}"


def test_there_are_examples_and_a_wrong_one_is_noticed() -> None:
    assert len(PAGES) > 3
    assert not pattern_of(["a", "...", "b"]).fullmatch("a\nc\n")
    assert pattern_of(["a", "...", "b ... d"]).fullmatch("a\nx\ny\nb c d\n")
