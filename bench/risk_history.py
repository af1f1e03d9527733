"""A public deployment history replayed in order: what was known before each change, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.data import read_lines
from hardwon.domain.risk_features import RECENT, WINDOW, Known, Past
from hardwon.domain.risk_traits import Shipment, Trait, traits_of

SET = "wikimedia-deployments"


@dataclass(frozen=True)
class Case:
    """One change, what was known before it, and when it was taken back, if ever."""

    shipment: Shipment
    known: Known
    failed_at: float | None


def _seconds(row: dict[str, Any], name: str) -> float:
    return datetime.fromisoformat(row[name]).timestamp()


def replay(path: Path) -> Iterator[Case]:
    """Yield the changes in the order they shipped; planned pool operations are left out of all of it.

    A change is handed all that shipped before it, with every failure's time: not to look at those that
    came later is the score's own duty, and is what a test holds it to.
    """
    rows = sorted(read_lines(path), key=lambda row: _seconds(row, "deployed_at"))
    shipped = {row["id"]: _seconds(row, "deployed_at") for row in rows}
    failed: dict[str, float] = {}
    for row in rows:
        if (target := row["reverts"]) in shipped:
            at = max(shipped[row["id"]], shipped[target])
            failed[target] = min(at, failed.get(target, at))
    recent: list[Past] = []
    by_trait: dict[Trait, list[Past]] = defaultdict(list)
    for row in rows:
        if row["pool_op"]:
            continue
        shipment = shipment_of_row(row)
        traits = traits_of(shipment)
        known = Known(
            recent=recent[-RECENT:], by_trait={trait: by_trait[trait][-WINDOW:] for trait in traits}
        )
        yield Case(shipment, known, failed.get(row["id"]))
        past = Past(row["id"], shipment.at, failed.get(row["id"]))
        recent.append(past)
        for trait in traits:
            by_trait[trait].append(past)


def shipment_of_row(row: dict[str, Any]) -> Shipment:
    """Return a row of the set as the score reads it; a file's first folder stands in for the service."""
    files = tuple(row["files"])
    return Shipment(
        title=row["subject"],
        at=_seconds(row, "deployed_at"),
        files=files,
        size=row["files_changed"],
        service=files[0].partition("/")[0] if files else None,
        tickets=tuple(row["tasks"]),
        reverts=(row["reverts"],) if row["reverts"] else (),
        authored_at=_seconds(row, "authored_at"),
        itself=row["id"],
    )
