"""Seen before, and the check: a whole document as the question, answered with its reasons."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hardwon.domain.search import Hit, Probe, Reason
from hardwon.recall.analysis import analyse, surface
from hardwon.recall.fusion import convex
from hardwon.recall.meaning import EmbeddingModel
from hardwon.recall.passages import pieces
from hardwon.recall.structure import shared
from hardwon.recall.vectors import VectorIndex
from hardwon.recall.words import WordIndex, day_of

_TERMS: Final = 25
_TITLE: Final = 3
_CANDIDATES: Final = 50
_QUERY_PIECES: Final = 4
_SHARING: Final = 200
_YEAR: Final = 365.0
_CLOSE: Final = 0.35
_FADED: Final = 0.5


class Weights(msgspec.Struct, frozen=True):
    """How a task joins its evidence: the share of words against meaning, and what recency adds."""

    alpha: float = 0.5
    recency: float = 0.0
    title: float = _TITLE


SIMILAR: Final = Weights(recency=0.05)
CHECK: Final = Weights(recency=0.15)


class Evidence(msgspec.Struct, frozen=True):
    """What words and meaning say of the candidates, before it is joined."""

    words: dict[str, float]
    meaning: dict[str, tuple[float, str]]
    ceiling: float
    terms: dict[str, float]


class Likeness:
    """Answers probes over one word index and one vector index."""

    def __init__(self, words: WordIndex, vectors: VectorIndex, model: EmbeddingModel) -> None:
        """Ask these indexes."""
        self._words = words
        self._vectors = vectors
        self._model = model

    def answer(self, probe: Probe, weights: Weights) -> tuple[Hit, ...]:
        """Return what is most like the probe, best first, each with its reasons."""
        allowed = self._vectors.allowed(probe.filters, probe.scopes)
        evidence = self._gather(probe, weights, allowed)
        likeness = convex(
            evidence.words,
            {name: score for name, (score, _) in evidence.meaning.items()},
            weights.alpha if evidence.meaning else 1.0,
        )
        strength = _strength(evidence)
        sharing = self._vectors.sharing(probe.signature, allowed, _SHARING)
        scored = []
        for name in likeness.keys() | set(sharing):
            entry = self._vectors.entry(name)
            if entry is None:
                continue
            reasons = list(shared(probe.signature, entry.signature))
            score = strength * likeness.get(name, 0.0) + sum(reason.weight for reason in reasons)
            if probe.at is not None and weights.recency:
                days = max(0, day_of(probe.at) - entry.day)
                score += weights.recency * score * math.exp(-days / _YEAR)
            score *= _FADED if entry.faded else 1.0
            if score > 0:
                scored.append((score / (1.0 + weights.recency), name, reasons))
        scored.sort(key=lambda row: (-row[0], row[1]))
        return self._hits(probe, evidence, scored[: probe.limit])

    def _gather(self, probe: Probe, weights: Weights, allowed: NDArray[np.bool_]) -> Evidence:
        terms = self._terms(probe, weights)
        clauses = self._words.filter(probe.filters, probe.scopes)
        words = self._words.search(self._words.text_query(terms), clauses, _CANDIDATES)
        meaning: dict[str, tuple[float, str]] = {}
        if self._model.available and not probe.words_only and self._vectors.size:
            texts = [piece for _, piece in pieces(probe.title, (("", probe.text),), _QUERY_PIECES)]
            if texts:
                meaning = self._vectors.nearest(self._model.encode(texts), allowed, _CANDIDATES)
        return Evidence(words, meaning, self._ceiling(terms), terms)

    def _terms(self, probe: Probe, weights: Weights) -> dict[str, float]:
        """Return the 25 terms that tell most of the probe, with their query weights."""
        counts: Counter[str] = Counter(analyse(probe.text))
        for token in analyse(" ".join(probe.signature.files)):
            counts[token] += 1
        for token in analyse(probe.title):
            counts[token] += int(weights.title)
        total = max(1, self._words.count)
        ranked = []
        for token, count in counts.most_common(400):
            frequency = self._words.frequency(token)
            if frequency:
                weight = 1.0 + math.log(count)
                ranked.append((weight * _idf(frequency, total), token, weight))
        ranked.sort(key=lambda row: (-row[0], row[1]))
        return {token: weight for _, token, weight in ranked[:_TERMS]}

    def _ceiling(self, terms: Mapping[str, float]) -> float:
        """Return the score of a document that holds every term often: BM25's bound, k1 = 1.2."""
        total = max(1, self._words.count)
        idf = (w * _idf(self._words.frequency(t), total) for t, w in terms.items())
        return 2.2 * sum(idf) or 1.0

    def _hits(
        self,
        probe: Probe,
        evidence: Evidence,
        scored: Sequence[tuple[float, str, list[Reason]]],
    ) -> tuple[Hit, ...]:
        names = [name for _, name, _ in scored]
        ranked = sorted(evidence.terms, key=lambda term: -evidence.terms[term])[:12]
        matched = self._words.matching(ranked, names)
        shown = surface(f"{probe.title} {probe.text[:20_000]} {' '.join(probe.signature.files)}")
        hits = []
        for score, name, reasons in scored:
            entry = self._vectors.entry(name)
            if entry is None:
                continue
            if terms := matched.get(name):
                reasons.append(Reason("words", tuple(shown.get(t, t) for t in terms[:5])))
            likeness, section = evidence.meaning.get(name, (0.0, ""))
            if likeness >= _CLOSE:
                reasons.append(Reason("meaning", (section,), round(likeness, 3)))
            hits.append(
                Hit(
                    id=name,
                    kind=entry.labels["kind"][0],  # type: ignore[arg-type]
                    revision=entry.revision,
                    score=round(min(1.0, score), 6),
                    reasons=tuple(reasons),
                )
            )
        return tuple(hits)


def _idf(frequency: int, total: int) -> float:
    return math.log(1.0 + (total - frequency + 0.5) / (frequency + 0.5))


def _strength(evidence: Evidence) -> float:
    """Return how strong the best evidence is at all, 0 to 1, the same yardstick for every probe."""
    words = max(evidence.words.values(), default=0.0) / evidence.ceiling
    if not evidence.meaning:
        return min(1.0, words)
    meaning = max(score for score, _ in evidence.meaning.values())
    return min(1.0, 0.5 * min(1.0, words) + 0.5 * max(0.0, meaning))
