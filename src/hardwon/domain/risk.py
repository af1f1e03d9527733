"""The risk score: how likely a change is to fail, as a sum of factors that can be read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from hardwon.domain.moment import Moment
from hardwon.domain.risk_features import Figure, Known, base_rate, before, figures_of, log_odds
from hardwon.domain.risk_traits import Shipment
from hardwon.domain.risk_weights import CONSTANT, REVISION, USUAL, WEIGHTS
from hardwon.domain.text import Line, Name

Band = Literal["low", "medium", "high", "unknown"]
MEDIUM: Final = 15
"""Hundredths of log-odds above what is usual here from which on a change is of medium risk."""
HIGH: Final = 90
"""And of high risk: about two and a half times the odds that are usual here."""
_MAX_FACTORS: Final = 12
_LINE: Final = 300
_EDGE: Final = 600
"""Log-odds are kept within six, so that no probability is said to be 0 or 1."""


class RiskFactor(msgspec.Struct, frozen=True, kw_only=True):
    """One readable part of the risk score, in hundredths of log-odds; negative where it lowers the risk.

    `records` are those it rests on.
    """

    text: Line
    points: int
    because: Line = ""
    records: tuple[Name, ...] = ()


class Risk(msgspec.Struct, frozen=True, kw_only=True):
    """How likely a change was to fail, by what was known at `at`.

    `points` is the sum of the factors' and the log-odds of `probability` in hundredths. The band says how
    far that lies above what is `usual` here. Where nothing is known of earlier changes both chances are
    null and the band unknown.
    """

    probability: float | None = None
    usual: float | None = None
    band: Band = "unknown"
    points: int = 0
    factors: tuple[RiskFactor, ...] = ()
    known: int = 0
    at: Moment
    weights: int = REVISION


def assess(shipment: Shipment, known: Known) -> Risk:
    """Return the risk of a change. Same history and change, same answer; later failures play no part."""
    known = before(known, shipment)
    usual = log_odds(base_rate(known, shipment.at))
    figures = figures_of(shipment, known)
    factors = _limited([_base(shipment, known, usual), *_weighed(figures)])
    points = sum(factor.points for factor in factors)
    return Risk(
        probability=round(_logistic(points), 4) if known.recent else None,
        usual=round(_logistic(round(100 * usual)), 4) if known.recent else None,
        band=band_of(points - 100 * usual) if known.recent else "unknown",
        points=points,
        factors=factors,
        known=len(known.recent),
        at=datetime.fromtimestamp(shipment.at, UTC),
    )


def band_of(above: float) -> Band:
    """Return the band of a change by how far it lies above what is usual here, in hundredths of log-odds."""
    return "high" if above >= HIGH else "medium" if above >= MEDIUM else "low"


def percent_of(risk: Risk) -> int:
    """Return the probability as a whole percent, 0 where nothing is known."""
    return round(100 * (risk.probability or 0.0))


def _logistic(points: int) -> float:
    return 1.0 / (1.0 + math.exp(-max(-_EDGE, min(_EDGE, points)) / 100))


def _base(shipment: Shipment, known: Known, usual: float) -> RiskFactor:
    past = known.recent
    seen = [item.id for item in past if item.failed_at is not None and item.failed_at < shipment.at]
    because = f"{len(seen)} of the latest {len(past)} failed" if past else "nothing is known yet"
    return RiskFactor(
        text="How often changes fail here",
        points=round(100 * (usual + CONSTANT)),
        because=because,
        records=tuple(reversed(seen[-5:])),
    )


def _weighed(figures: Iterable[Figure]) -> list[RiskFactor]:
    """Return the factors: the figures that are shown together, summed by their weights."""
    sums: dict[str, float] = {}
    first: dict[str, Figure] = {}
    for figure in figures:
        weight = WEIGHTS.get(figure.name, 0.0) * (figure.value - USUAL.get(figure.name, 0.0))
        if weight:
            sums[figure.factor] = sums.get(figure.factor, 0.0) + weight
            first.setdefault(figure.factor, figure)
    return [
        RiskFactor(
            text=name[:_LINE],
            points=round(100 * total),
            because=first[name].because[:_LINE],
            records=first[name].records,
        )
        for name, total in sums.items()
    ]


def _limited(factors: list[RiskFactor]) -> tuple[RiskFactor, ...]:
    """Return the base, the weightiest factors, and one that is the sum of all smaller ones."""
    base, *others = factors
    ordered = sorted(
        (part for part in others if part.points), key=lambda part: (-abs(part.points), part.text)
    )
    shown, rest = ordered[:_MAX_FACTORS], ordered[_MAX_FACTORS:]
    if rest:
        because = f"{len(rest)} smaller ones"
        shown.append(RiskFactor(text="All others", points=sum(part.points for part in rest), because=because))
    return (base, *shown)
