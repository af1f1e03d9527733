"""The glossary as search needs it: from what was typed to other words for the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from hardwon.domain.term import Term, spelled, words_of

Vocabulary: TypeAlias = dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]
"""By the first word of a phrase: the phrase's words, and the other words of its term."""
MOST: Final = 12
"""Other words that one question is widened by, at most."""
_WORD: Final = re.compile(r"[^\W_]+")


def vocabulary_of(terms: Iterable[Term]) -> Vocabulary:
    """Return what the living terms say means the same."""
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for term in terms:
        words = words_of(term) if term.state == "in_use" else ()
        for phrase in words:
            split = tuple(_WORD.findall(phrase))
            others = tuple(word for word in words if word != phrase)
            if split and others:
                found.setdefault(split[0], []).append((split, others))
    return {first: tuple(phrases) for first, phrases in found.items()}


def other_words(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return other words for what a short text says, at most 12; none where the glossary is silent."""
    if not vocabulary:
        return ()
    said = _WORD.findall(spelled(text))
    found: dict[str, None] = {}
    for at, word in enumerate(said):
        for phrase, others in vocabulary.get(word, ()):
            if tuple(said[at : at + len(phrase)]) == phrase:
                found.update(dict.fromkeys(others))
    return tuple(found)[:MOST]
