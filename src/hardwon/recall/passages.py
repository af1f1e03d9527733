"""Cutting a document into the pieces that get a vector each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

PIECE: Final = 900
"""Characters of one piece, about 200 tokens."""
_LEAST: Final = 40


def pieces(title: str, sections: Iterable[tuple[str, str]], limit: int) -> list[tuple[str, str]]:
    """Return at most `limit` (section, text) pieces; the first carries the title."""
    found: list[tuple[str, str]] = []
    for name, text in sections:
        for part in _parts(" ".join(text.split())):
            found.append((name, part if found else f"{title}. {part}" if title else part))
            if len(found) == limit:
                return found
    return found or ([("title", title)] if title.strip() else [])


def _parts(text: str) -> Iterator[str]:
    """Yield parts of about 900 characters that end with a sentence where one ends late enough."""
    start = 0
    while start < len(text):
        end = min(len(text), start + PIECE)
        if end < len(text):
            stop = text.rfind(". ", start + PIECE // 2, end)
            end = stop + 1 if stop > 0 else max(text.rfind(" ", start, end), start + PIECE // 2)
        part = text[start:end].strip()
        if len(part) >= _LEAST or start == 0:
            yield part
        start = end
