"""Measuring the check on the changes that harmed nothing, a few at a time, so that its alerts stay within budget."""

from __future__ import annotations

from datetime import datetime

from hardwon.domain.actor import system
from hardwon.domain.calibration import margin_of
from hardwon.domain.check import CheckQuestion
from hardwon.domain.deployment import Deployment
from hardwon.domain.diff import read_change
from hardwon.domain.probing import asked_of, probe_of
from hardwon.storage.clock import from_ms
from hardwon.storage.margins import Measured, put_margins, unmeasured
from hardwon.storage.queries.catalog import teams_of
from hardwon.storage.store import Reading
from hardwon.usecases.app import App

_EACH = 5
"""Changes measured at a time: some tens of milliseconds."""


def measure(app: App) -> bool:
    """Measure some of the latest changes that were not measured yet; tell whether there were any.

    Each is asked as of its day, and with everything that anybody may see.
    """
    with app.store.read(None) as reading:
        found = [_measured(app, reading, at, shipped) for at, shipped in unmeasured(reading, _EACH)]
    if not found:
        return False
    with app.store.begin(system(), app.now()) as tx:
        put_margins(tx, found)
    return True


def _measured(app: App, reading: Reading, at_ms: int, shipped: Deployment) -> Measured:
    teams = teams_of(reading, (shipped.service,) if shipped.service else ())
    return Measured(shipped.id, at_ms, teams[0] if teams else "", _margin(app, from_ms(at_ms), shipped))


def _margin(app: App, at: datetime, shipped: Deployment) -> float:
    asked = asked_of(CheckQuestion(), shipped)
    probe = probe_of(
        asked,
        read_change(asked.text),
        scopes=None,
        at=at,
        until=at,
        words_only=not app.settings.meaning,
        like=shipped.id,
    )
    return margin_of(app.index.check(probe))
