"""Joining rankings: convex combination of min-max normalised scores.

Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS 42(1), 2023.
"""

from __future__ import annotations

from collections.abc import Mapping


def min_max(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the scores scaled to 0..1; where they are equal all are 1, or 0 when none is above 0."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high - low < 1e-12:  # noqa: PLR2004  (equal but for rounding)
        return dict.fromkeys(scores, 1.0 if high > 0 else 0.0)
    return {key: (value - low) / (high - low) for key, value in scores.items()}


def from_zero(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the scores divided by the greatest, none below 0.

    Min-max with the least score there could be, 0, in the place of the least there is: a lone or a
    last match keeps its worth.
    """
    high = max(scores.values(), default=0.0)
    return {key: max(0.0, value) / high if high > 0 else 0.0 for key, value in scores.items()}


def convex(words: Mapping[str, float], meaning: Mapping[str, float], alpha: float = 0.5) -> dict[str, float]:
    """Return alpha * words + (1 - alpha) * meaning over the union; what one lacks counts 0 there."""
    left, right = min_max(words), min_max(meaning)
    return {
        key: alpha * left.get(key, 0.0) + (1 - alpha) * right.get(key, 0.0)
        for key in left.keys() | right.keys()
    }
