"""How telling a term is, and how alike two bags of terms are.

Term weights are (1 + ln tf) * idf: Manning, Raghavan and Schuetze, "Introduction to Information
Retrieval", 2008, section 6.4.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from hardwon.recall.words import WordIndex

_REMEMBERED: Final = 300_000
_COMMONEST: Final = 400


class Terms:
    """Inverse document frequencies of one word index, remembered until its size changes."""

    def __init__(self, words: WordIndex) -> None:
        """Ask this index."""
        self._words = words
        self._total = -1
        self._known: dict[str, float] = {}

    def refresh(self) -> None:
        """Forget what was true of another size of the index."""
        total = self._words.count
        if total != self._total or len(self._known) > _REMEMBERED:
            self._total = total
            self._known.clear()

    @property
    def scale(self) -> float:
        """The weight of a term that no document holds: what makes scores of small and big indexes alike."""
        return math.log(1.0 + max(1, self._total))

    def idf(self, term: str) -> float:
        """Return BM25's inverse document frequency, 0 for a term that no document holds."""
        known = self._known.get(term)
        if known is None:
            held = self._words.frequency(term)
            rest = max(0, self._total - held)
            known = math.log(1.0 + (rest + 0.5) / (held + 0.5)) if held else 0.0
            self._known[term] = known
        return known

    def telling(self, counts: Mapping[str, int], number: int) -> dict[str, float]:
        """Return the `number` terms that tell most, each with its weight in the question, 1 + ln tf."""
        commonest = Counter(counts).most_common(_COMMONEST)
        weights = {term: 1.0 + math.log(count) for term, count in commonest if self.idf(term)}
        best = sorted(weights, key=lambda term: (-weights[term] * self.idf(term), term))
        return {term: weights[term] for term in best[:number]}

    def cosines(self, asked: Mapping[str, int], known: Mapping[str, Sequence[str]]) -> dict[str, float]:
        """Return the cosine of the question's term weights with each document's, by id."""
        question = self._weights(asked)
        length = _length(question)
        found = {}
        for name, tokens in known.items():
            weights = self._weights(Counter(tokens))
            dot = sum(weight * question[term] for term, weight in weights.items() if term in question)
            found[name] = dot / max(length * _length(weights), 1e-9)
        return found

    def _weights(self, counts: Mapping[str, int]) -> dict[str, float]:
        return {term: (1.0 + math.log(count)) * self.idf(term) for term, count in counts.items()}


def _length(weights: Mapping[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values()))
