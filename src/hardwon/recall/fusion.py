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


def mean(left: Mapping[str, float], right: Mapping[str, float]) -> dict[str, float]:
    """Return the mean of two normalised rankings over their union; what one lacks counts 0 there."""
    return {key: (left.get(key, 0.0) + right.get(key, 0.0)) / 2 for key in left.keys() | right.keys()}


def convex(words: Mapping[str, float], meaning: Mapping[str, float], alpha: float = 0.5) -> dict[str, float]:
    """Return alpha * words + (1 - alpha) * meaning over the union; what one lacks counts 0 there."""
    left, right = min_max(words), min_max(meaning)
    return {
        key: alpha * left.get(key, 0.0) + (1 - alpha) * right.get(key, 0.0)
        for key in left.keys() | right.keys()
    }
