"""A gentle reading of the words: blame, hindsight and what-might-have-been hide what can be changed.

The ideas are Dekker's ("The Field Guide to Understanding Human Error", 3rd ed., 2014): a sentence
about what somebody failed to do explains nothing about why what they did made sense. The patterns
are plain words and are advice only: nothing is refused because of them.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

WordingKind = Literal["blame", "counterfactual", "hindsight", "single_cause"]
_ADVICE: Final[dict[WordingKind, str]] = {
    "blame": "judges a person. What made it the sensible thing to do at the time?",
    "counterfactual": "says what did not happen. What did people see and do instead, and why?",
    "hindsight": "is clear only afterwards. What could be seen at that moment?",
    "single_cause": "looks for one cause. Which factors had to come together?",
}
_PATTERNS: Final[tuple[tuple[WordingKind, str], ...]] = (
    (
        "blame",
        r"human error|operator error|user error|careless(?:ly|ness)?|negligen(?:t|ce)|incompeten(?:t|ce)",
    ),
    ("blame", r"(?:his|her|their|\w+['\u2019]s) (?:fault|mistake)|to blame|forgot to|neglected to|was lazy"),
    ("counterfactual", r"(?:should|could|would|ought to) (?:not )?have (?:been )?\w+|failed to \w+"),
    ("counterfactual", r"if only|had (?:he|she|they|we) (?:only )?\w+ed"),
    (
        "hindsight",
        r"obvious(?:ly)?|clearly should|of course|in hindsight|simply (?:had|needed) to|just had to",
    ),
    ("single_cause", r"(?:the )?root cause (?:was|is)|the (?:only|sole|single) (?:cause|reason)"),
)
_COMPILED: Final = tuple((kind, re.compile(rf"\b(?:{text})\b", re.IGNORECASE)) for kind, text in _PATTERNS)
_MOST: Final = 20
_READ: Final = 100_000


class WordingNote(msgspec.Struct, frozen=True, kw_only=True):
    """A passage worth a second look: where it stands (characters), what it says, and a question."""

    start: int
    end: int
    quote: str
    kind: WordingKind
    advice: str


def read_wording(text: str) -> tuple[WordingNote, ...]:
    """Return at most 20 notes on the first 100,000 characters, in the order of the text."""
    found = [
        WordingNote(
            start=match.start(), end=match.end(), quote=match.group(), kind=kind, advice=_ADVICE[kind]
        )
        for kind, pattern in _COMPILED
        for match in pattern.finditer(text[:_READ])
    ]
    return tuple(sorted(found, key=lambda note: (note.start, note.end))[:_MOST])
