"""Severities as teams write them, on the scale from 1 (worst) to 5."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = re.compile(r"\b(?:sev(?:erity)?|p|s|prio(?:rity)?)[\s\-_:]*([0-5])\b", re.IGNORECASE)
_BARE: Final = re.compile(r"\s*([1-5])\s*(?:/\s*5)?\s*$")
_WORDS: Final[tuple[tuple[str, int], ...]] = (
    ("critical", 1), ("blocker", 1), ("catastrophic", 1), ("emergency", 1), ("major", 2), ("high", 2), ("severe", 2),
    ("urgent", 2), ("moderate", 3), ("medium", 3), ("minor", 4), ("low", 4), ("trivial", 5), ("informational", 5),
    ("cosmetic", 5),
)  # fmt: skip
_LINE: Final = re.compile(
    r"(?im)^[ \t#>*_\-+•|]{0,12}(?:severity|sev|priority|incident level)[*_ \t]{0,8}(?:level)?[*_ \t]{0,8}[:="
    r"|][*_ \t]{0,8}(?P<value>[^\n|]{1,80})"
)
_MENTION: Final = re.compile(r"\b(?:SEV|Sev|sev)[\s-]?([0-5])\b|\b(P[0-5])\b(?=\s+(?:incident|outage|issue))")


def severity_of(written: object) -> int | None:
    """Return the severity a cell or a field holds, or None. SEV0 and P0 count as 1."""
    text = str(written)
    if match := _NUMBER.search(text):
        return max(1, int(match[1]))
    if match := _BARE.match(text):
        return int(match[1])
    lowered = text.lower()
    found = [(lowered.index(word), level) for word, level in _WORDS if re.search(rf"\b{word}\b", lowered)]
    return min(found)[1] if found else None


def find_severity(text: str) -> int | None:
    """Return the severity a text states on a line of its own, or names as `SEV-1`; None where it does not."""
    for match in _LINE.finditer(text):
        if (level := severity_of(match["value"])) is not None:
            return level
    if named := _MENTION.search(text):
        return max(1, int((named[1] or named[2])[-1]))
    return None
