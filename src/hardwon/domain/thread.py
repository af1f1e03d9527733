"""A thread: a comment or a question on a section of an artifact, and what was answered."""

from __future__ import annotations

from typing import Literal

import msgspec

from hardwon.domain.access import EVERYONE
from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Prose

ThreadKind = Literal["comment", "question"]
ThreadState = Literal["open", "resolved"]


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
