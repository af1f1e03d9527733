"""Markdown and wiki text cut at its headings; every line stays in exactly one part."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from hardwon.domain.postmortem import SectionName
from hardwon.exchange.headings import section_of
from hardwon.exchange.plain_text import is_fence, is_item, plain

_ATX: Final = re.compile(r"[ ]{0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_WIKI: Final = re.compile(r"(={2,6})[ \t]*([^=\n][^\n]*?)[ \t]*(={2,6})[ \t]*$")
_SETEXT: Final = re.compile(r"[ ]{0,3}(=+|-{2,})[ \t]*$")
_BOLD: Final = re.compile(r"(?:\*\*|__|''')([^*_'\n]{2,80}?)(?:\*\*:?|__:?|''':?)[ \t]*:?[ \t]*$")
_LABEL_LEVEL: Final = 7
"""A line all in bold, such as `**Timeline:**`, ranks below every heading."""


class Part(msgspec.Struct, frozen=True):
    """A heading (empty before the first one), its level, and the numbered lines beneath it."""

    heading: str
    level: int
    line: int
    written: tuple[str, ...]
    lines: tuple[tuple[int, str], ...]

    @property
    def text(self) -> str:
        """The lines beneath the heading."""
        return "\n".join(line for _, line in self.lines).strip("\n")

    @property
    def whole(self) -> str:
        """The heading as it was written, and the lines beneath it."""
        return "\n".join((*self.written, *(line for _, line in self.lines))).strip("\n")


def split(text: str) -> list[Part]:
    """Return the text's parts in order. Headings inside fenced code are code."""
    lines = text.split("\n")
    parts: list[Part] = []
    heading, level, start = "", 0, 1
    written: tuple[str, ...] = ()
    held: list[tuple[int, str]] = []
    fenced, position = False, 0
    while position < len(lines):
        line = lines[position]
        fence = is_fence(line)
        found = None if fenced or fence else _heading(lines, position)
        fenced ^= fence
        if found is None:
            held.append((position + 1, line))
            position += 1
            continue
        parts.append(Part(heading, level, start, written, tuple(held)))
        heading, level, taken = found
        start, held = position + 1, []
        written = tuple(lines[position : position + taken])
        position += taken
    parts.append(Part(heading, level, start, written, tuple(held)))
    return [part for part in parts if part.heading or part.text.strip()]


def _heading(lines: list[str], position: int) -> tuple[str, int, int] | None:
    """Return a heading's text, its level and how many lines it takes, or None."""
    line = lines[position]
    if match := _ATX.match(line):
        return plain(match[2]), len(match[1]), 1
    if (match := _WIKI.match(line)) and match[1] == match[3]:
        return plain(match[2]), len(match[1]), 1
    following = lines[position + 1] if position + 1 < len(lines) else ""
    alone = position == 0 or not lines[position - 1].strip()
    if (
        line.strip()
        and alone
        and not is_item(line)
        and "|" not in line
        and (match := _SETEXT.match(following))
    ):
        return plain(line), 1 if match[1][0] == "=" else 2, 2
    if (match := _BOLD.match(line)) and section_of(match[1]):
        return plain(match[1]).rstrip(":"), _LABEL_LEVEL, 1
    return None


class Placed(msgspec.Struct, frozen=True):
    """A part with the section it belongs to (None: the body), and whether it opens that section.

    `trail` holds the headings above it, outermost first.
    """

    part: Part
    section: SectionName | None
    opens: bool
    trail: tuple[str, ...]


def place(parts: list[Part]) -> list[Placed]:
    """Say of each part which section it belongs to.

    A heading that names no section belongs to the section it is nested in, else to the body.
    """
    placed: list[Placed] = []
    above: list[tuple[int, SectionName | None, str]] = []
    for part in parts:
        while above and above[-1][0] >= part.level:
            above.pop()
        own = section_of(part.heading) if part.heading and not _is_title(part, placed) else None
        inherited = above[-1][1] if above else None
        section = own or inherited
        trail = tuple(name for _, _, name in above)
        placed.append(Placed(part, section, own is not None, trail))
        if part.heading:
            above.append((part.level, section, part.heading))
    return placed


def _is_title(part: Part, placed: list[Placed]) -> bool:
    """A first heading of level one is the title, unless it is nothing but a section's name."""
    first = not any(before.part.heading for before in placed)
    return first and part.level == 1 and section_of(part.heading) is None
