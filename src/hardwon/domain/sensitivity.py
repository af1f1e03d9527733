"""Marks in text: passages that not every reader sees.

    A line with [[internal: the name of the customer]] in it.

    ```restricted
    A block of its own.
    ```

`internal` is for those who may write; `restricted` is for them too, but stands in no reading made for
others, not even the technical one. A mark that is never closed hides all that follows it.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

Sensitivity: TypeAlias = Literal["internal", "restricted"]

EVERY_MARK: Final[frozenset[Sensitivity]] = frozenset({"internal", "restricted"})
WITHHELD: Final = "[withheld]"
_FENCE: Final = re.compile(
    r"^(?P<lead>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+[ \t>]*)*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n]*)$",
    re.MULTILINE,
)
"""A line that opens or closes a block, wherever Markdown does: in a quote, in a list, indented."""
_BLOCK_MARK: Final = re.compile(r"[^\w\n]*(?P<mark>internal|restricted)\b", re.IGNORECASE)
_OPEN: Final = re.compile(r"\[\[\s*(?P<mark>internal|restricted)\s*:", re.IGNORECASE)
_BRACKET: Final = re.compile(r"[\[\]]")


def is_marked(text: str) -> bool:
    """Tell whether a text may hold a mark; cheap, and never wrong about one that does."""
    lower = text.lower()
    return "internal" in lower or "restricted" in lower


def withhold(text: str, hidden: frozenset[Sensitivity] = EVERY_MARK) -> str:
    """Return the text with each passage of a hidden mark replaced by `[withheld]`.

    What a mark that is not hidden holds is looked through as well.
    """
    if not hidden or not is_marked(text):
        return text
    return _inline(_blocks(text, hidden), hidden)


def _blocks(text: str, hidden: frozenset[Sensitivity]) -> str:
    """Return the text without its hidden blocks; one that is never closed reaches to the end."""
    found, at = [], 0
    while opened := _FENCE.search(text, at):
        mark = _BLOCK_MARK.match(opened["info"])
        if mark is None or mark["mark"].lower() not in hidden:
            found.append(text[at : opened.end()])
            at = opened.end()
            continue
        found += [text[at : opened.end("lead")], WITHHELD]
        at = _closing(text, opened)
    return "".join((*found, text[at:]))


def _closing(text: str, opened: re.Match[str]) -> int:
    """Return where the block ends that a fence opens."""
    for line in _FENCE.finditer(text, opened.end()):
        if line["fence"].startswith(opened["fence"]) and not line["info"].strip():
            return line.end()
    return len(text)


def _inline(text: str, hidden: frozenset[Sensitivity]) -> str:
    """Return the text without its hidden passages; brackets within one are counted."""
    found, at = [], 0
    while opened := _OPEN.search(text, at):
        if opened["mark"].lower() not in hidden:
            found.append(text[at : opened.end()])
            at = opened.end()
            continue
        found += [text[at : opened.start()], WITHHELD]
        at = _end_of(text, opened.end())
    return "".join((*found, text[at:]))


def _end_of(text: str, start: int) -> int:
    """Return where the passage ends that begins here: behind the `]]` that closes it."""
    depth = 2
    for bracket in _BRACKET.finditer(text, start):
        depth += 1 if bracket[0] == "[" else -1
        if depth == 0:
            return bracket.end()
    return len(text)
