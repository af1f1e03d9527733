"""Reading a git range: its messages and the files it touches, running nothing of the repository's."""

from __future__ import annotations

import os
import subprocess
from typing import Final, NamedTuple

from hardwon.domain.diff import MAX_FILES
from hardwon.domain.errors import InputError

_SECONDS: Final = 30
_MAX_BYTES: Final = 1_000_000
_QUIET: Final = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.pager=cat",
    "-c",
    "core.quotePath=false",
    "-c",
    "log.showSignature=false",
)


class GitChange(NamedTuple):
    """What a range says: the newest commit's subject, all messages, all files."""

    title: str
    text: str
    files: tuple[str, ...]


def read_range(revisions: str) -> GitChange:
    """Return the change in a git range such as `main..HEAD`.

    Raises InputError where git cannot read it, or where it holds no commit.
    """
    if not revisions.strip() or revisions.startswith("-"):
        raise InputError(f"{revisions!r} is no git range.", fix="Use one like main..HEAD.")
    if ".." not in revisions:
        revisions = f"{revisions}^!"
    text = _git("log", "--no-color", "--no-notes", "--format=%B", "--end-of-options", revisions, "--")
    if not text.strip():
        raise InputError(f"{revisions} holds no commit.", fix="Fetch the base branch, or swap the two sides.")
    names = _git(
        "log",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--name-only",
        "-z",
        "--format=",
        "--end-of-options",
        revisions,
        "--",
    )
    files = dict.fromkeys(name.strip("\n") for name in names.split("\0") if name.strip())
    title = next(row.strip() for row in text.splitlines() if row.strip())
    return GitChange(title=title[:500], text=text.strip(), files=tuple(files)[:MAX_FILES])


def _git(*arguments: str) -> str:
    safe = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            ["git", *_QUIET, *arguments],  # noqa: S607  (the user's own git)
            env={**os.environ, **safe},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise InputError("There is no git here.", fix="Install git, or pipe a diff in.") from error
    except subprocess.TimeoutExpired as error:
        raise InputError(f"git took over {_SECONDS} s.", fix="Name a shorter range.") from error
    except ValueError as error:
        raise InputError(f"That is no git range: {error}.", fix="Use one like main..HEAD.") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        raise InputError(
            f"git could not read that range: {said[0]}.",
            fix="Run it inside the repository, with both revisions fetched (fetch-depth: 0).",
        )
    return done.stdout[:_MAX_BYTES].decode("utf-8", "replace")
