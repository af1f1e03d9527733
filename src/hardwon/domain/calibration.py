"""How much a check may say: a bar that keeps its alerts within a budget, measured on a team's own changes.

Changes that harmed nothing are the background. Each is asked for as it would have been on its day; by how much its
best answer passed the plain bar is its margin. The bar is moved so that no more of them raise an alert than the
budget allows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from hardwon.domain.check import ALIKE, OWN, SHARING, own_score, shares
from hardwon.domain.search import Hit

ENOUGH: Final = 100
"""Changes of a team from which on its own bar is better than everybody's."""
WINDOW: Final = 500
"""The changes that are measured, the latest."""
SILENT: Final = -1.0
"""The margin of a change to which nothing answered."""
_LOWEST, _HIGHEST = -0.05, 0.6
"""How far the plain bar may move: not into noise, nor out of reach of what is nearly the same."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What the bar of a check rests on.

    `budget` is the share of harmless changes that may raise an alert, `shift` what is added to the plain bar for it,
    `measured` how many changes that rests on (0: the plain bar stands), `alerted` the share of them that would raise
    one at that bar. `team` is whose changes they are, null for everybody's.
    """

    budget: float = 0.05
    shift: float = 0.0
    measured: int = 0
    alerted: float = 0.0
    team: str | None = None

    @property
    def alike(self) -> float:
        """The score from which on a document that shares nothing structural is told."""
        return ALIKE + self.shift


def margin_of(hits: Iterable[Hit]) -> float:
    """Return by how much the best of the answers passes the plain bar, -1 where none may."""
    passing = [
        hit.score - (SHARING if shares(hit.reasons) else ALIKE)
        for hit in hits
        if own_score(hit.score, hit.reasons) >= OWN
    ]
    return max(passing, default=SILENT)


def calibrate(margins: Sequence[float], budget: float, team: str | None = None) -> Calibration:
    """Return the bar that at most the budget's share of these changes passes; the plain one for too few of them."""
    if len(margins) < ENOUGH:
        return Calibration(budget=budget)
    falling = sorted(margins, reverse=True)
    allowed = math.floor(budget * len(falling))
    shift = min(_HIGHEST, max(_LOWEST, math.nextafter(falling[allowed], math.inf)))
    alerted = sum(margin >= shift for margin in falling) / len(falling)
    return Calibration(budget=budget, shift=shift, measured=len(falling), alerted=alerted, team=team)
