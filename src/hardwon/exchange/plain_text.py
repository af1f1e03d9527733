"""Markdown as plain words: marks removed, first sentences, list items, clipped lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

_LINK: Final = re.compile(r"!?\[([^\]\n]{0,500})\]\([^)\n]{0,1000}\)")
_AUTOLINK: Final = re.compile(r"<(https?://[^>\s]{1,1000})>")
_WIKI_LINK: Final = re.compile(r"\[\[(?:[^\]|\n]{0,300}\|)?([^\]\n]{1,300})\]\]")
_MARKS: Final = re.compile(r"\*{1,3}|(?<![\w])_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)|`+|~~|'''?")
_STOP: Final = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[A-Z0-9\"'(\[`@])")
_SHORT: Final = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|ca|cf|no|fig|mr|ms|dr|st)\.|\b[A-Z]\.)$", re.IGNORECASE
)
_ITEM: Final = re.compile(r"(?P<indent>[ \t]*)(?P<mark>[-*+•◦▪\u2013]|\d{1,3}[.)])[ \t]+(?P<text>\S.*)")
_LONGEST: Final = 20_000
"""Longer runs of text are no prose; their marks are left alone."""
_FENCE: Final = re.compile(r"[ ]{0,3}(```+|~~~+)")
_URL: Final = re.compile(r"https?://[^\s<>()\[\]\"'`|]+")


class Item(msgspec.Struct, frozen=True):
    """One top-level list item: its own words, everything beneath it, and its line in the source."""

    text: str
    below: str
    line: int
    ordered: bool = False


_LABELLED: Final = re.compile(r"[*_-]*\s*[A-Z]\w*(?: \w+){0,2}[*_]*:[*_]*\s*.{1,60}(?<![.!?])")


def plain(text: str) -> str:
    """Return the text without Markdown marks, its white space made single spaces."""
    if len(text) > _LONGEST:
        return " ".join(text.split())
    text = _WIKI_LINK.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _AUTOLINK.sub(r"\1", text)
    return " ".join(_MARKS.sub("", text).split())


def clip(text: str, limit: int) -> str:
    """Return the text cut at a word before `limit` characters, with an ellipsis where it was cut."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip(" ,;:-") + "…"


def first_sentence(text: str, limit: int = 120) -> str:
    """Return the first sentence of Markdown as plain words, at most `limit` characters."""
    line = next((plain(row) for row in text.splitlines() if plain(row)), "")
    start = 0
    for match in _STOP.finditer(line):
        if not _SHORT.search(line[start : match.start()]):
            return clip(line[: match.start()].strip(), limit)
    return clip(line, limit)


def first_url(text: str) -> str:
    """Return the first web address in the text, or an empty string."""
    match = _URL.search(text)
    return match.group().rstrip(".,;:!?")[:2_000] if match else ""


def is_fence(line: str) -> bool:
    """Tell whether the line opens or closes a fenced code block."""
    return _FENCE.match(line) is not None


def is_item(line: str) -> bool:
    """Tell whether the line begins a list item."""
    return _ITEM.match(line) is not None


def items_of(lines: Sequence[tuple[int, str]]) -> list[Item]:
    """Return the outermost list items among numbered lines, each with what is nested beneath it.

    Bullets that follow a numbered item without a paragraph between belong to it, indented or not.
    """
    found: list[tuple[int, str, list[str], bool]] = []
    fenced, open_item, depth = False, False, 0
    for number, line in lines:
        fence = is_fence(line)
        match = None if fenced or fence else _ITEM.match(line)
        fenced ^= fence
        indent = len(match["indent"].expandtabs(4)) if match else 0
        ordered = bool(match and match["mark"][0].isdigit())
        steps = open_item and found[-1][3] and not ordered and indent == depth
        if match and (not open_item or indent <= depth) and not steps:
            depth = indent
            found.append((number, match["text"].strip(), [], ordered))
            open_item = True
        elif open_item and not steps and _ends(line, fenced=fenced or fence, below=found[-1][2]):
            open_item = False
        elif open_item:
            found[-1][2].append(line)
    return [
        Item(_own(text, below), "\n".join(below).strip("\n"), number, ordered)
        for number, text, below, ordered in found
    ]


def _ends(line: str, *, fenced: bool, below: list[str]) -> bool:
    """A paragraph at the margin after a blank line is no part of the item above it."""
    return bool(line.strip() and not fenced and not line[0].isspace() and below and not below[-1].strip())


def _own(text: str, below: list[str]) -> str:
    """Join an item's wrapped lines up to the first blank line, nested item or fence."""
    words = [text]
    for line in below:
        if not line.strip() or is_item(line) or is_fence(line):
            break
        words.append(line.strip())
    return " ".join(words)


def paragraphs_of(lines: Sequence[tuple[int, str]]) -> list[str]:
    """Return the paragraphs among numbered lines: no lists, tables, code, quotes or pictures."""
    found: list[str] = []
    words: list[str] = []
    fenced = False
    for _, line in [*lines, (0, "")]:
        fence = is_fence(line)
        stripped = line.strip()
        if fenced or fence or not stripped or stripped[0] in "|<>#!" or is_item(line):
            if words:
                found.append(" ".join(words))
            words = []
        elif words or not line[0].isspace():
            words.append(stripped)
        fenced ^= fence
    return found


def without_labels(text: str) -> str:
    """Return the text without lines that only label a value, e.g. `Date: 2026-03-04`."""
    kept = [line for line in text.splitlines() if not _LABELLED.fullmatch(line.strip())]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
