"""How good a ranking is, by measures anyone can recompute.

Gain is 2^grade - 1 and the discount log2(rank + 1): Burges et al., "Learning to Rank using Gradient
Descent", ICML 2005. Intervals are percentile bootstrap over queries with a fixed seed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

Ranking = Mapping[str, Sequence[tuple[str, float]]]
"""For each query, (document, score) best first."""
Qrels = Mapping[str, Mapping[str, int]]
"""For each query, the grade of each relevant document (1 and up)."""
_DRAWS: Final = 2_000
_SEED: Final = 20_240_501


class Measure(msgspec.Struct, frozen=True):
    """A mean over queries with its 95 % interval."""

    mean: float
    low: float
    high: float


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """The measures over the `queries` that have an answer to find."""

    queries: int
    recall_at_5: Measure
    recall_at_10: Measure
    hit_at_5: Measure
    mrr: Measure
    ndcg_at_10: Measure


def reachable(qrels: Qrels, dates: Mapping[str, str], asked: Mapping[str, str]) -> Qrels:
    """Return what could be found: no query itself, and where both have a day, nothing after it."""
    kept: dict[str, dict[str, int]] = {}
    for query, grades in qrels.items():
        day = asked.get(query, "")[:10]
        answers = {
            document: grade
            for document, grade in grades.items()
            if grade > 0
            and document != query
            and not (day and dates.get(document, "") and dates[document][:10] > day)
        }
        if answers:
            kept[query] = answers
    return kept


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Return the normalised discounted cumulative gain of the first `depth` documents."""
    gain = sum(
        (2.0 ** grades.get(document, 0) - 1) / math.log2(rank + 1)
        for rank, document in enumerate(ranked[:depth], 1)
    )
    best = sorted(grades.values(), reverse=True)[:depth]
    ideal = sum((2.0**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(best, 1))
    return gain / ideal if ideal else 0.0


def recall(ranked: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """Return the share of the relevant documents among the first `depth`."""
    return len(set(ranked[:depth]) & grades.keys()) / len(grades)


def reciprocal_rank(ranked: Sequence[str], grades: Mapping[str, int]) -> float:
    """Return 1 / rank of the first relevant document, 0 where none is there."""
    return next((1.0 / rank for rank, name in enumerate(ranked, 1) if name in grades), 0.0)


def interval(values: Sequence[float]) -> Measure:
    """Return the mean and its 95 % bootstrap interval."""
    sample = np.asarray(values, dtype=np.float64)
    if not len(sample):
        return Measure(0.0, 0.0, 0.0)
    drawn = np.random.default_rng(_SEED).integers(0, len(sample), (_DRAWS, len(sample)))
    means = sample[drawn].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Measure(float(sample.mean()), float(low), float(high))


def measure(ranking: Ranking, qrels: Qrels) -> Metrics:
    """Return the measures over every query of `qrels`; one that was not answered counts 0."""
    rows = [([name for name, _ in ranking.get(query, ())], grades) for query, grades in qrels.items()]
    return Metrics(
        queries=len(rows),
        recall_at_5=interval([recall(ranked, grades, 5) for ranked, grades in rows]),
        recall_at_10=interval([recall(ranked, grades, 10) for ranked, grades in rows]),
        hit_at_5=interval([float(recall(ranked, grades, 5) > 0) for ranked, grades in rows]),
        mrr=interval([reciprocal_rank(ranked, grades) for ranked, grades in rows]),
        ndcg_at_10=interval([ndcg(ranked, grades) for ranked, grades in rows]),
    )


def alert_threshold(background: Sequence[float], rate: float) -> float:
    """Return the score that a share `rate` of the background's top scores exceeds."""
    return float(np.quantile(np.asarray(background, dtype=np.float64), 1.0 - rate))


def recall_above(ranking: Ranking, qrels: Qrels, threshold: float, depth: int = 5) -> float:
    """Return the mean recall of the first `depth` answers that score above the threshold."""
    values = []
    for query, grades in qrels.items():
        kept = [name for name, score in ranking.get(query, ())[:depth] if score > threshold]
        values.append(recall(kept, grades, depth))
    return sum(values) / len(values) if values else 0.0
