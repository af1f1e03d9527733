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
_BLOCK: Final = re.compile(
    r"^ {0,3}(?P<fence>```+|~~~+)[ \t]*(?P<mark>internal|restricted)\b[^\n]*\n"
    r"(?P<text>.*?)(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_INLINE: Final = re.compile(
    r"\[\[[ \t]*(?P<mark>internal|restricted)[ \t]*:(?P<text>.*?)(?:\]\]|\Z)", re.DOTALL | re.IGNORECASE
)


def is_marked(text: str) -> bool:
    """Tell whether a text may hold a mark; cheap, and never wrong about one that does."""
    lower = text.lower()
    return "internal" in lower or "restricted" in lower


def withhold(text: str, hidden: frozenset[Sensitivity] = EVERY_MARK) -> str:
    """Return the text with each passage of a hidden mark replaced by `[withheld]`."""
    if not hidden or not is_marked(text):
        return text

    def put(match: re.Match[str]) -> str:
        return WITHHELD if match["mark"].lower() in hidden else match[0]

    return _INLINE.sub(put, _BLOCK.sub(put, text))
