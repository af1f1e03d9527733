"""Fits the weights of the risk score on public history: `python -m bench.risk_fit` writes them anew.

Nothing is drawn at random. The outcomes used are those that were known when the fitting period ended.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.data import ROOT, VARIABLE, data_folder
from bench.risk_history import SET, Case, replay
from hardwon.domain.risk_features import base_rate, figures_of, log_odds

Floats = NDArray[np.float64]
START: Final = datetime(2012, 6, 1, tzinfo=UTC).timestamp()
SPLIT: Final = datetime(2017, 1, 1, tzinfo=UTC).timestamp()
END: Final = datetime(2019, 1, 1, tzinfo=UTC).timestamp()
HALF_LIFE: Final = 700 * 86_400.0
PENALTY: Final = 100.0
BY_HAND: Final = {
    "open_action": 0.1,
    "open_incident": 0.2,
    "unproven_runbook": 0.05,
    "alike": 0.1,
    "new_version": 0.1,
    "frozen": 0.3,
}
"""Log-odds for what public history does not show; modest, and said to be set by hand."""
CENTRED: Final = ("burst_hour", "gap", "lead", "size")
"""Figures that every change has: what is usual of them adds nothing, and what is not known is taken as usual."""
OUT: Final = ROOT / "src" / "hardwon" / "domain" / "risk_weights.py"


@dataclass(frozen=True)
class Table:
    """All cases as figures: a row each, a column each name."""

    names: tuple[str, ...]
    values: Floats
    at: Floats
    failed_at: Floats
    offset: Floats

    def columns(self, leave: Sequence[str] = ()) -> list[int]:
        """Return the columns whose name begins or ends with none of `leave`."""
        kept = [not any(n.startswith(p) or n.endswith(f"_{p}") for p in leave) for n in self.names]
        return [number for number, keep in enumerate(kept) if keep]


def tabulate(cases: Sequence[Case]) -> Table:
    """Return the figures of every case, those of a name summed."""
    rows: list[dict[str, float]] = []
    for case in cases:
        row: dict[str, float] = {}
        for figure in figures_of(case.shipment, case.known):
            row[figure.name] = row.get(figure.name, 0.0) + figure.value
        rows.append(row)
    names = tuple(sorted({name for row in rows for name in row}))
    return Table(
        names=names,
        values=np.array([[row.get(name, 0.0) for name in names] for row in rows]),
        at=np.array([case.shipment.at for case in cases]),
        failed_at=np.array([np.inf if case.failed_at is None else case.failed_at for case in cases]),
        offset=np.array([log_odds(base_rate(case.known, case.shipment.at)) for case in cases]),
    )


def fit(table: Table, columns: Sequence[int], until: float = SPLIT) -> tuple[float, Floats]:
    """Return the constant and the weights: penalised logistic regression by Newton's method.

    The workspace's own rate of failure enters with weight one, so that the weights fit any team's.
    """
    rows = (table.at >= START) & (table.at < until)
    values = table.values[rows][:, list(columns)]
    mean, spread = values.mean(0), values.std(0) + 1e-6
    design = np.c_[np.ones(len(values)), (values - mean) / spread]
    truth = (table.failed_at[rows] < until).astype(float)
    share = 0.5 ** ((until - table.at[rows]) / HALF_LIFE)
    found = np.zeros(design.shape[1])
    penalty = np.full(design.shape[1], PENALTY)
    penalty[0] = 1e-6
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-(design @ found + table.offset[rows])))
        slope = design.T @ (share * (chance - truth)) + penalty * found
        bend = (design * (share * chance * (1.0 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        found -= step
        if np.abs(step).max() < 1e-8:
            break
    weights = found[1:] / spread
    return float(found[0] - weights @ mean), weights


def usual(table: Table) -> dict[str, float]:
    """Return the means over the fitting period of the figures that every change has."""
    rows = (table.at >= START) & (table.at < SPLIT)
    means = table.values[rows].mean(0)
    return {name: round(float(means[table.names.index(name)]), 4) for name in CENTRED}


def write(constant: float, weights: dict[str, float], means: dict[str, float]) -> None:
    """Write the weights as the module the product reads."""
    lines = [f'    "{name}": {value:.4f},' for name, value in sorted(weights.items())]
    typical = [f'    "{name}": {value},' for name, value in means.items()]
    constant += sum(weights[name] * value for name, value in means.items())
    hand = [f'    "{name}": {value},' for name, value in BY_HAND.items()]
    OUT.write_text(
        '"""The weights of the risk score, in log-odds. Written by `python -m bench.risk_fit`.\n\n'
        "Fitted on the public history of wikimedia/operations-mediawiki-config (commit 349dc0945240): changes\n"
        "of June 2012 to December 2016 and which of them were reverted by then. Figures only; no text of it is\n"
        'kept. Those of `BY_HAND` were set by judgement, for that history does not show them.\n"""\n\n'
        "from __future__ import annotations\n\nfrom typing import Final\n\n"
        "REVISION: Final = 1\n"
        f"CONSTANT: Final = {constant:.4f}\n"
        "FITTED: Final[dict[str, float]] = {\n" + "\n".join(lines) + "\n}\n"
        "BY_HAND: Final[dict[str, float]] = {\n" + "\n".join(hand) + "\n}\n"
        "USUAL: Final[dict[str, float]] = {\n" + "\n".join(typical) + "\n}\n"
        "WEIGHTS: Final[dict[str, float]] = {**FITTED, **BY_HAND}\n",
        encoding="utf-8",
    )


def main() -> int:
    """Fit and write."""
    folder: Path | None = data_folder()
    if folder is None or not (folder / SET).is_dir():
        print(f"There is no {SET} to fit on; name the folder of data sets in {VARIABLE}.")
        return 1
    table = tabulate(list(replay(folder / SET / "corpus.jsonl")))
    constant, weights = fit(table, table.columns())
    named: dict[str, Any] = dict(zip(table.names, weights.tolist(), strict=True))
    write(constant, named, usual(table))
    print(f"{len(named)} weights written to {OUT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
