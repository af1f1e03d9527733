"""A thread: a comment or a question on a section of an artifact, and what was answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final, Literal

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.artifact import Artifact
from hardwon.domain.errors import ForbiddenError, InputError, RuleError, TooLargeError
from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Prose

ThreadKind = Literal["comment", "question"]
ThreadState = Literal["open", "resolved"]

MAX_TEXT: Final = 20_000
"""The longest comment, question or reply, in characters."""
MAX_REPLIES: Final = 500
MAX_THREADS: Final = 500
"""Threads an artifact takes, questions that still wait for their batch included."""
MAX_MENTIONS: Final = 50
BATCH: Final = 3
"""Questions that make a batch: so many, that none stands alone on the day it appears."""
LONGEST_WAIT: Final = timedelta(days=7)
"""After so long a batch goes out even when it is small."""
MENTION: Final = re.compile(r"(?<![\w@./+-])@(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?![\w@])")
"""A person or a team named in a text; no part of an e-mail address or of a link's path."""
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_SPAN: Final = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One answer in a thread."""

    text: Prose
    author: Name
    at: Moment


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says or asks of `section` of an artifact (empty: of all of it).

    `author` is None where the asker stays unknown; `written_at` is then the midnight of the day on
    which a batch of such questions was published.
    """

    id: Name
    artifact: Name
    section: Line = ""
    kind: ThreadKind = "comment"
    state: ThreadState = "open"
    author: Name | None = None
    text: Prose
    replies: tuple[Reply, ...] = ()
    resolved_by: Name | None = None
    written_at: Moment
    updated_at: Moment
    source: Line = "typed"
    source_id: Line = ""
    scope: Line = EVERYONE
    revision: int = 1
    schema_version: int = 1


def reply(thread: Thread, text: str, author: str, at: datetime) -> Thread:
    """Return the thread with one more answer; a resolved one stays resolved.

    Raises RuleError for a thread that is full, InputError for a text that is none or too long.
    """
    if len(thread.replies) >= MAX_REPLIES:
        raise RuleError(f"{thread.id} holds {MAX_REPLIES} replies.", fix="Resolve it and begin another.")
    answer = Reply(text=checked_text(text), author=author, at=at)
    return msgspec.structs.replace(thread, replies=(*thread.replies, answer), updated_at=at)


def resolve(thread: Thread, by: str, at: datetime, *, writes: bool) -> Thread:
    """Return the thread, settled. `writes` says whether the person may write in the artifact.

    Raises RuleError where it is resolved already, ForbiddenError as `_check_settler` says.
    """
    _check_settler(thread, by, writes=writes)
    if thread.state == "resolved":
        raise RuleError(f"{thread.id} is resolved already.", fix="Open it again first.")
    return msgspec.structs.replace(thread, state="resolved", resolved_by=by, updated_at=at)


def reopen(thread: Thread, by: str, at: datetime, *, writes: bool) -> Thread:
    """Return the thread, open again.

    Raises RuleError where it is open, ForbiddenError as `_check_settler` says.
    """
    _check_settler(thread, by, writes=writes)
    if thread.state == "open":
        raise RuleError(f"{thread.id} is open.", fix="Reply to it, or resolve it.")
    return msgspec.structs.replace(thread, state="open", resolved_by=None, updated_at=at)


def _check_settler(thread: Thread, by: str, *, writes: bool) -> None:
    """Let the thread's author and those who write pass. Raises ForbiddenError for others."""
    if not writes and thread.author != by:
        raise ForbiddenError(
            f"{by} may not settle {thread.id}.", fix="Its author can, or somebody who may write."
        )


def checked_text(text: str) -> str:
    """Return what was said, without blank ends. Raises InputError, TooLargeError."""
    said = text.strip()
    if not said:
        raise InputError("There is no text.", fix="Write what you want to say or ask.")
    if len(said) > MAX_TEXT:
        raise TooLargeError(
            f"This text has {len(said):,} characters; a thread takes {MAX_TEXT:,}.",
            fix="Shorten it, or attach the rest to the artifact.",
        )
    return said


def checked_section(artifact: Artifact, section: str, titles: Mapping[str, str]) -> str:
    """Return a section one can comment on; the empty name is all of it.

    `titles` are the sections there are, by name. Raises InputError naming them.
    """
    if section and section not in titles:
        there = ", ".join(titles) or "none, so leave it out"
        raise InputError(f"{artifact.id} has no section {section[:100]!r}.", fix=f"There are: {there}.")
    return section


def parties_of(thread: Thread) -> tuple[str, ...]:
    """Return who takes part in a thread, each once; an unknown asker is nobody."""
    names = (thread.author, *(answer.author for answer in thread.replies))
    return tuple(dict.fromkeys(name for name in names if name))


def place_of(artifact: Artifact, section: str, titles: Mapping[str, str]) -> str:
    """Return where a thread stands, in words."""
    return f"{artifact.id}, {titles.get(section, section)}" if section else artifact.id


def mentions_in(text: str) -> tuple[str, ...]:
    """Return the names after an @, each once, at most 50; those in code and e-mail addresses do not count."""
    plain = _SPAN.sub(" ` ", _FENCE.sub("\n", text))
    names = dict.fromkeys(match["name"] for match in MENTION.finditer(plain))
    return tuple(names)[:MAX_MENTIONS]


def is_batch_due(days: tuple[date, ...], today: date) -> bool:
    """Tell whether the questions of these days, all before today, go out now."""
    return len(days) >= BATCH or any(today - day >= LONGEST_WAIT for day in days)
