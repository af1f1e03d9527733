"""Seen before, and the check: a whole document as the question, answered with its reasons."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from hardwon.domain.search import Filters, Hit, Probe, Reason
from hardwon.recall.analysis import analyse, surface
from hardwon.recall.meaning import EmbeddingModel
from hardwon.recall.passages import pieces
from hardwon.recall.structure import shared
from hardwon.recall.vectors import VectorIndex
from hardwon.recall.words import WordIndex, day_of

Score = TypeVar("Score", float, tuple[float, str])
_TERMS: Final = 40
_TITLE: Final = 2
_TITLE_FIELD: Final = 0.5
_CANDIDATES: Final = 50
_QUERY_PIECES: Final = 4
_SHARING: Final = 200
_RARE_WORDS: Final = 4.0
"""Words that a document must share to be half way to certainty, each as rare as a word can be."""
_FADED: Final = 0.5
_CLOSE: Final = 0.35


class Weights(msgspec.Struct, frozen=True):
    """How a task joins its evidence: the share of words against meaning, and what recency adds.

    An incident of the same day counts `1 + recency` times, one `fresh_days` old about a third of that.
    """

    alpha: float = 0.5
    recency: float = 0.0
    fresh_days: float = 90.0


SIMILAR: Final = Weights(recency=0.05)
CHECK: Final = Weights(recency=1.0)


class Evidence(msgspec.Struct, frozen=True):
    """What words and meaning say of every candidate, before it is joined."""

    words: dict[str, float]
    meaning: dict[str, tuple[float, str]]
    terms: dict[str, float]
    asks_meaning: bool


class Likeness:
    """Answers probes over one word index and one vector index."""

    def __init__(self, words: WordIndex, vectors: VectorIndex, model: EmbeddingModel) -> None:
        """Ask these indexes."""
        self._words = words
        self._vectors = vectors
        self._model = model

    def answer(self, probe: Probe, weights: Weights) -> tuple[Hit, ...]:
        """Return what is most like the probe, best first, each with its reasons.

        Scores mean the same for every probe of a task: they are not scaled by the best answer.
        """
        allowed = self._vectors.allowed(probe.filters, probe.scopes)
        sharing = self._vectors.sharing(probe.signature, allowed, _SHARING)
        evidence = self._gather(probe, allowed, sharing)
        scored = []
        for name in evidence.words.keys() | evidence.meaning.keys() | set(sharing):
            entry = self._vectors.entry(name)
            if entry is None:
                continue
            reasons = list(shared(probe.signature, entry.signature))
            score = self._likeness(name, evidence, weights) + sum(reason.weight for reason in reasons)
            if probe.at is not None and entry.labels["kind"] == ("incident",):
                days = max(0, day_of(probe.at) - entry.day)
                score *= 1.0 + weights.recency * math.exp(-days / weights.fresh_days)
            score *= _FADED if entry.faded else 1.0
            if score > 0:
                scored.append((score, name, reasons))
        scored.sort(key=lambda row: (-row[0], row[1]))
        return self._hits(probe, evidence, scored[: probe.limit])

    def _likeness(self, name: str, evidence: Evidence, weights: Weights) -> float:
        """Return in 0..1 how alike words and meaning are; words alone where no meaning was asked."""
        score = evidence.words.get(name, 0.0)
        half = _RARE_WORDS * _idf(0, max(1, self._words.count))
        words = score / (score + half)
        if not evidence.asks_meaning:
            return words
        meaning = max(0.0, evidence.meaning.get(name, (0.0, ""))[0])
        return weights.alpha * words + (1 - weights.alpha) * meaning

    def _gather(self, probe: Probe, allowed: NDArray[np.bool_], sharing: Sequence[str]) -> Evidence:
        """Find candidates by words, by meaning and by structure, and score each by both.

        A postmortem speaks for its incident where incidents are asked for.
        """
        terms = self._terms(probe)
        filters = _with_postmortems(probe.filters)
        wide = allowed if filters is probe.filters else self._vectors.allowed(filters, probe.scopes)
        clauses = self._words.filter(filters, probe.scopes)
        text = self._words.text_query(terms, title=_TITLE_FIELD)
        words = self._words.search(text, clauses, _CANDIDATES)
        meaning: dict[str, tuple[float, str]] = {}
        texts = [piece for _, piece in pieces(probe.title, (("", probe.text),), _QUERY_PIECES)]
        asks_meaning = bool(self._model.available and not probe.words_only and self._vectors.size and texts)
        if asks_meaning:
            queries = self._model.encode(texts)
            meaning = self._vectors.nearest(queries, wide, _CANDIDATES)
            lacking = (words.keys() | set(sharing)) - meaning.keys()
            meaning |= self._vectors.nearest(queries, wide & self._vectors.among(lacking), len(lacking))
        lacking = (meaning.keys() | set(sharing)) - words.keys()
        words |= self._words.search(text, [*clauses, self._words.among(lacking)], max(1, len(lacking)))
        return Evidence(self._folded(words, allowed), self._folded(meaning, allowed), terms, asks_meaning)

    def _folded(self, scores: Mapping[str, Score], allowed: NDArray[np.bool_]) -> dict[str, Score]:
        """Return the best score of each answer: its own, or that of the postmortem that tells of it."""
        best: dict[str, Score] = {}
        for name, score in scores.items():
            for subject in self._vectors.subjects(name, allowed):
                if subject not in best or best[subject] < score:
                    best[subject] = score
        return best

    def _terms(self, probe: Probe) -> dict[str, float]:
        """Return the 40 terms that tell most of the probe, with their query weights."""
        counts: Counter[str] = Counter(analyse(probe.text))
        for token in analyse(" ".join(probe.signature.files)):
            counts[token] += 1
        for token in analyse(probe.title):
            counts[token] += _TITLE
        total = max(1, self._words.count)
        ranked = []
        for token, count in counts.most_common(400):
            frequency = self._words.frequency(token)
            if frequency:
                weight = 1.0 + math.log(count)
                ranked.append((weight * _idf(frequency, total), token, weight))
        ranked.sort(key=lambda row: (-row[0], row[1]))
        return {token: weight for _, token, weight in ranked[:_TERMS]}

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


def _with_postmortems(filters: Filters) -> Filters:
    """Return filters that let postmortems in where incidents are asked for."""
    if "incident" not in filters.kinds or "postmortem" in filters.kinds:
        return filters
    return msgspec.structs.replace(filters, kinds=(*filters.kinds, "postmortem"))
