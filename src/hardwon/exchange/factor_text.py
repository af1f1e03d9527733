"""Contributing factors and lessons, taken from the sections that hold them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from hardwon.domain.factor import Factor, FactorKind
from hardwon.exchange.plain_text import clip, items_of, paragraphs_of, plain

_CAUSAL: Final = re.compile(
    r"\b(?:caus\w+|because|due to|led to|result(?:ed|ing|s)? in|trigger\w*|contribut\w+|lack(?:ed|ing|s)?|missing"
    r"|fail(?:ed|s|ing|ure) to|root of|reason|delayed by|prolonged|exacerbat\w+|misconfigur\w+"
    r"|stems? from|did not|didn't)\b",
    re.IGNORECASE,
)
_ITEM_WORDS: Final = 5
_PARAGRAPH_WORDS: Final = 10
_MOST: Final = 40
_KINDS: Final[tuple[tuple[FactorKind, re.Pattern[str]], ...]] = (
    (
        "human",
        re.compile(
            r"\b(?:misunderst\w+|mistak\w+|misconception|human error|forgot\w*|typo|thought|assum\w+"
            r"|operator error)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "process",
        re.compile(
            r"\b(?:process\w*|procedures?|review(?:s|ed|er|ing)?|runbooks?|documentation|untested|test(?:s"
            r"|ed|ing|ing gaps)?|rehears\w*"
            r"|communicat\w+|escalat\w+|manual (?:step|approval|intervention)\w*|validat\w+|on-?call)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "organisational",
        re.compile(
            r"\b(?:staff\w*|ownership|owner|priorit\w+|understaffed|handover|organi[sz]ation\w*|budget"
            r"|team boundar\w+)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "trigger",
        re.compile(
            r"\b(?:trigger\w*|deploy(?:ed|ment|ing)?|rollout|rolled out|released?|upgrade[ds]?"
            r"|config(?:uration)? change|merged|pushed|migration)\b",
            re.IGNORECASE,
        ),
    ),
)
_LESSON_WORDS: Final = 6
_LESSON_LONGEST: Final = 1_200
_LEANS: Final = re.compile(
    r"(?:it|this|that|these|those|they|he|she|also|however|and|but|so|see|same|ditto|none|n/a|tbd)\b",
    re.IGNORECASE,
)


def read_factors(lines: Sequence[tuple[int, str]]) -> list[Factor]:
    """Return the factors a section names: its list items, and paragraphs that speak of causes."""
    texts = [
        f"{item.text}\n{item.below}".strip() if item.below and item.below not in item.text else item.text
        for item in items_of(lines)
        if len(plain(item.text).split()) >= _ITEM_WORDS and not item.text.rstrip().endswith("?")
    ]
    for text in paragraphs_of(lines):
        words = plain(text)
        if len(words.split()) >= _PARAGRAPH_WORDS and not words.endswith(":") and _CAUSAL.search(words):
            texts.append(text)
    kept = list(dict.fromkeys(texts))[:_MOST]
    return [Factor(text=text, kind=_kind(plain(text)), standing="confirmed") for text in kept]


def _kind(text: str) -> FactorKind:
    head = clip(text, 300)
    return next((kind for kind, pattern in _KINDS if pattern.search(head)), "technical")


def read_lessons(lines: Sequence[tuple[int, str]]) -> list[str]:
    """Return the items that can stand alone as a lesson: whole sentences that lean on nothing before them."""
    found = []
    for item in items_of(lines):
        words = plain(item.text)
        whole = len(words.split()) >= _LESSON_WORDS and not words.endswith((":", "?"))
        if whole and len(words) <= _LESSON_LONGEST and not _LEANS.match(words):
            found.append(item.text)
    return list(dict.fromkeys(found))
