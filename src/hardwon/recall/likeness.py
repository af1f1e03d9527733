"""Seen before, and the check: a whole document as the question, answered with its reasons.

A postmortem tells of an incident: where it is not asked for by kind, what it says counts for the
incidents it links to. One that tells of an excluded incident is excluded with it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hardwon.domain.search import DocumentKind, Filters, Hit, Probe, Reason, ReasonKind
from hardwon.recall.analysis import analyse, surface
from hardwon.recall.fusion import from_zero
from hardwon.recall.meaning import EmbeddingModel
from hardwon.recall.passages import pieces
from hardwon.recall.structure import shared
from hardwon.recall.terms import Terms
from hardwon.recall.vectors import Nearness, VectorIndex
from hardwon.recall.words import WordIndex, day_of

_TOLD: Final[tuple[ReasonKind, ...]] = (
    "file",
    "error",
    "alert",
    "service",
    "model",
    "factor",
    "words",
    "meaning",
    "linked",
    "recent",
    "tag",
    "environment",
)
"""In which order reasons are told: what says most comes first."""
TELLERS: Final[tuple[DocumentKind, ...]] = ("postmortem",)
_CANDIDATES: Final = 100
_QUERY_PIECES: Final = 4
_SHARING: Final = 200
_CLOSE: Final = 0.35
_FADED: Final = 0.5
_HALF: Final = 3.0
"""BM25 of this many times ln(1 + documents) is half of the greatest strength."""
_WORDS_SHARE: Final = 0.7


class Weights(msgspec.Struct, frozen=True):
    """How a task joins its evidence.

    `alpha` is the share of words against meaning, `recency` what a document of the same day gains on
    one long past, `memory` the days after which that gain is down to 37 %.
    """

    alpha: float = 0.5
    recency: float = 0.0
    memory: float = 365.0
    title: int = 3
    terms: int = 25


SIMILAR: Final = Weights(recency=0.05)
CHECK: Final = Weights(recency=0.8, memory=90.0)


class Evidence(msgspec.Struct, frozen=True):
    """What words and meaning say of the candidates, before it is joined; all by id."""

    counts: Mapping[str, int]
    terms: Mapping[str, float]
    tokens: Mapping[str, list[str]]
    words: dict[str, float]
    cosines: dict[str, float]
    meaning: dict[str, Nearness]


class Scored(msgspec.Struct, frozen=True):
    """A candidate, what it scores, and the documents that told of it (itself among them)."""

    name: str
    score: float
    reasons: tuple[Reason, ...]
    tellers: tuple[str, ...]


class Likeness:
    """Answers probes over one word index and one vector index."""

    def __init__(self, words: WordIndex, vectors: VectorIndex, model: EmbeddingModel) -> None:
        """Ask these indexes."""
        self._words = words
        self._vectors = vectors
        self._entries = vectors.entries
        self._model = model
        self._terms = Terms(words)

    def encode(self, probe: Probe) -> NDArray[np.float32] | None:
        """Return the vectors of the probe's pieces, or None where words alone are asked."""
        if probe.words_only or not self._model.available or not self._vectors.size:
            return None
        texts = [piece for _, piece in pieces(probe.title, (("", probe.text),), _QUERY_PIECES)]
        return self._model.encode(texts) if texts else None

    def known(self, probe: Probe) -> NDArray[np.float32] | None:
        """Return the vectors of the stored document that is the question, or None where it is none."""
        if probe.words_only or not self._model.available:
            return None
        return self._vectors.of(probe.like, _QUERY_PIECES)

    def answer(self, probe: Probe, vectors: NDArray[np.float32] | None, weights: Weights) -> tuple[Hit, ...]:
        """Return what is most like the probe, best first, each with its reasons."""
        self._terms.refresh()
        allowed = self._entries.allowed(probe.filters, probe.scopes)
        evidence = self._gather(probe, vectors, weights)
        told = self._told(evidence, probe.filters, allowed)
        likeness = _join(evidence, told, weights.alpha)
        strength = self._strength(evidence, told)
        names = likeness.keys() | set(self._entries.sharing(probe.signature, allowed, _SHARING))
        scored = [
            self._score(probe, weights, name, strength, likeness.get(name, 0.0), told.get(name, ()))
            for name in names
        ]
        scored = sorted((s for s in scored if s.score > 0), key=lambda s: (-s.score, s.name))
        shown = surface(f"{probe.title} {probe.text[:20_000]}")
        return tuple(self._hit(found, evidence, shown) for found in scored[: probe.limit])

    def _gather(self, probe: Probe, vectors: NDArray[np.float32] | None, weights: Weights) -> Evidence:
        """Ask words and meaning, the kinds that tell of others among the answers."""
        filters = _widened(probe.filters)
        counts = _counts(probe, weights.title)
        terms = self._terms.telling(counts, weights.terms)
        query = self._words.text_query(terms, title=0.0)
        words = self._words.search(query, self._words.filter(filters, probe.scopes), _CANDIDATES)
        ordinals = {self._entries.ordinal(name) for name in words}
        if vectors is not None:
            allowed = self._entries.allowed(filters, probe.scopes)
            ordinals.update(self._vectors.nearest(vectors, allowed, _CANDIDATES))
        known = sorted(ordinal for ordinal in ordinals if ordinal is not None)
        names = [self._entries.documents[ordinal].id for ordinal in known]
        tokens = self._words.tokens(names)
        return Evidence(
            counts=counts,
            terms=terms,
            tokens=tokens,
            words=words,
            cosines=self._terms.cosines(counts, tokens),
            meaning={} if vectors is None else self._vectors.compare(vectors, known),
        )

    def _told(
        self, evidence: Evidence, filters: Filters, allowed: NDArray[np.bool_]
    ) -> dict[str, tuple[str, ...]]:
        """Return, for each possible answer, the candidates that speak for it."""
        told: dict[str, tuple[str, ...]] = {}
        for name in evidence.words.keys() | evidence.meaning.keys():
            entry = self._entries.get(name)
            if entry is None:
                continue
            tells = entry.kind in TELLERS and entry.kind not in filters.kinds
            if tells and any(link in filters.exclude for link in entry.links):
                continue
            links = [link for link in entry.links if self._may(link, allowed)] if tells else []
            incidents = [link for link in links if self._entries.documents[self._at(link)].kind == "incident"]
            for target in incidents or ([name] if self._may(name, allowed) else []):
                told[target] = (*told.get(target, ()), name)
        return told

    def _may(self, name: str, allowed: NDArray[np.bool_]) -> bool:
        ordinal = self._entries.ordinal(name)
        return ordinal is not None and bool(allowed[ordinal])

    def _at(self, name: str) -> int:
        ordinal = self._entries.ordinal(name)
        return -1 if ordinal is None else ordinal

    def _strength(self, evidence: Evidence, told: Mapping[str, tuple[str, ...]]) -> float:
        """Return how strong the best evidence is at all, 0 to 1: the same yardstick for every probe."""
        speaking = {name for names in told.values() for name in names}
        words = max((evidence.words.get(name, 0.0) for name in speaking), default=0.0)
        words /= words + _HALF * self._terms.scale
        if not evidence.meaning:
            return words
        near = (evidence.meaning[name].best for name in speaking if name in evidence.meaning)
        return _WORDS_SHARE * words + (1 - _WORDS_SHARE) * max(0.0, *near, 0.0)

    def _score(
        self,
        probe: Probe,
        weights: Weights,
        name: str,
        strength: float,
        likeness: float,
        tellers: tuple[str, ...],
    ) -> Scored:
        entry = self._entries.documents[self._at(name)]
        reasons = list(shared(probe.signature, entry.signature))
        score = strength * likeness
        if probe.at is not None and weights.recency and likeness:
            days = max(0, day_of(probe.at) - entry.day)
            fresh = math.exp(-days / weights.memory)
            gain = strength * weights.recency * fresh
            score += gain
            if fresh >= 0.5:  # noqa: PLR2004  (half of the gain)
                reasons.append(Reason("recent", (_days(days),), round(gain / (1 + weights.recency), 3)))
        score = score / (1 + weights.recency) + sum(r.weight for r in reasons if r.kind != "recent")
        if others := tuple(sorted(teller for teller in tellers if teller != name)):
            reasons.append(Reason("linked", others[:3]))
        score *= _FADED if entry.faded else 1.0
        return Scored(name, min(1.0, score), tuple(reasons), tellers)

    def _hit(self, found: Scored, evidence: Evidence, shown: Mapping[str, str]) -> Hit:
        entry = self._entries.documents[self._at(found.name)]
        reasons = list(found.reasons)
        held = {token for teller in found.tellers for token in evidence.tokens.get(teller, ())}
        ranked = sorted(evidence.terms, key=lambda t: (-evidence.terms[t] * self._terms.idf(t), t))
        if terms := [shown.get(term, term) for term in ranked if term in held and not _is_small(term)]:
            reasons.append(Reason("words", tuple(dict.fromkeys(terms))[:5]))
        near = [evidence.meaning[teller] for teller in found.tellers if teller in evidence.meaning]
        best = max(near, key=lambda nearness: nearness.best, default=None)
        if best is not None and best.best >= _CLOSE:
            reasons.append(Reason("meaning", (best.section,), round(best.best, 3)))
        return Hit(
            id=entry.id,
            kind=entry.kind,
            revision=entry.revision,
            score=round(found.score, 6),
            reasons=tuple(sorted(reasons, key=lambda reason: _TOLD.index(reason.kind))),
        )


def _counts(probe: Probe, title: int) -> dict[str, int]:
    """Return how often the probe holds each token; file names speak only where nothing else does."""
    counts = Counter(analyse(probe.text))
    for token in analyse(probe.title):
        counts[token] += title
    return counts or Counter(analyse(" ".join(probe.signature.files[:200])))


def _widened(filters: Filters) -> Filters:
    """Return the filters that let through what tells of an incident, where incidents are asked for."""
    if "incident" not in filters.kinds:
        return filters
    kinds = tuple(dict.fromkeys((*filters.kinds, *TELLERS)))
    return msgspec.structs.replace(filters, kinds=kinds)


def _join(evidence: Evidence, told: Mapping[str, tuple[str, ...]], alpha: float) -> dict[str, float]:
    """Return the likeness of each possible answer, 0 to 1."""
    meaning = {name: near.likeness for name, near in evidence.meaning.items()}
    words, cosines, near = (
        from_zero({target: max(scores.get(name, 0.0) for name in names) for target, names in told.items()})
        for scores in (evidence.words, evidence.cosines, meaning)
    )
    likeness = {target: (words[target] + cosines[target]) / 2 for target in told}
    if not meaning:
        return likeness
    return {target: alpha * likeness[target] + (1 - alpha) * near[target] for target in told}


def _is_small(term: str) -> bool:
    """Tell whether a term is a figure that explains nothing to a reader."""
    return term.isdigit() and len(term) < 3  # noqa: PLR2004


def _days(days: int) -> str:
    if days == 0:
        return "the same day"
    return "the day before" if days == 1 else f"{days} days before"
