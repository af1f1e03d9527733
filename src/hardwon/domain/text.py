"""Bounded text types shared by the records, and the readable ids."""

from __future__ import annotations

import re
from typing import Annotated, Final

from msgspec import Meta

from hardwon.domain.errors import InputError, TooLargeError

Name = Annotated[str, Meta(min_length=1, max_length=200)]
"""An id or short name a person can type."""
Title = Annotated[str, Meta(min_length=1, max_length=500)]
Line = Annotated[str, Meta(max_length=2_000)]
MAX_PROSE: Final = 400_000
Prose = Annotated[str, Meta(max_length=MAX_PROSE)]
"""Markdown as written, at most 400,000 characters."""
Url = Annotated[str, Meta(max_length=2_000)]
Tag = Annotated[str, Meta(min_length=1, max_length=100)]

PREFIXES: Final = {
    "incident": "INC",
    "postmortem": "PM",
    "lesson": "LES",
    "runbook": "RB",
    "note": "NTE",
    "action": "ACT",
    "deployment": "DEP",
    "check": "CHK",
    "observation": "OBS",
    "review": "REV",
    "thread": "THR",
    "template": "TPL",
    "term": "TRM",
    "policy": "STD",
    "source": "SRC",
    "destination": "DST",
}
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_ID = re.compile(r"(?P<prefix>[A-Z]{2,3})-(?P<number>[0-9]{4,12})")
_KINDS = {prefix: kind for kind, prefix in PREFIXES.items()}


def format_id(kind: str, number: int) -> str:
    """Return the readable id, e.g. `("incident", 42)` to `INC-0042`."""
    return f"{PREFIXES[kind]}-{number:04d}"


def kind_of(record_id: str) -> str | None:
    """Return the kind a readable id names, or None where it is no such id."""
    match = _ID.fullmatch(record_id)
    return _KINDS.get(match["prefix"]) if match else None


def number_of(record_id: str) -> int | None:
    """Return the number in a readable id, or None where it is no such id."""
    match = _ID.fullmatch(record_id)
    return int(match["number"]) if match else None


def slug(text: str) -> str:
    """Return `text` as a lower-case name of letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:100] or "unnamed"


def clipped(text: str, limit: int) -> str:
    """Return whole paragraphs, sentences or at least words of a text up to about `limit` characters."""
    if len(text) <= limit:
        return text
    end = max(text.rfind(stop, 0, limit) + len(stop) - 1 for stop in (". ", "\n\n", "! ", "? "))
    if end <= limit // 3:
        space = text.rfind(" ", 0, limit + 1)
        end = space if space > limit // 3 else limit
    return f"{text[:end].rstrip()} …"


def check_prose(name: str, text: str) -> None:
    """Let a text pass that a record can hold. Raises TooLargeError."""
    if len(text) > MAX_PROSE:
        raise TooLargeError(
            f"{name} holds {len(text):,} characters; at most {MAX_PROSE:,} characters are kept.",
            fix="Put the rest into another section, or attach it as a file.",
        )


def check_plain(name: str, body: bytes) -> None:
    """Let a record's JSON pass that holds no NUL, which no database keeps. Raises InputError."""
    if b"\\u0000" in body and _NUL.search(body):
        raise InputError(f"{name} holds a NUL character.", fix="Take the character U+0000 out.")
