"""The risk score on a public deployment history: what it ranks, and whether its figures mean what they say.

Fitted to 2016, asked for 2017 and 2018, each change with only what was known when it shipped.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from bench.data import VARIABLE, data_folder
from bench.risk_fit import END, SPLIT, Floats, Table, fit, tabulate
from bench.risk_history import SET, Case, replay
from hardwon.domain.risk import assess

LEFT_OUT = (
    ("earlier rates of all kinds", ("mean_", "max_")),
    ("files, folders, services", ("file", "folder", "service", "step")),
    ("words of the title, learned", ("word", "pair", "first")),
    ("the same title before", ("title",)),
    ("words of the title, fixed", ("says_",)),
    ("taking back, second tries", ("takes_back", "second_try")),
    ("pace and recent failures", ("gap", "burst_hour", "failed_day", "failed_week")),
    ("size, age, ticket, hour", ("size", "lead", "in_haste", "no_ticket", "night", "rehearsal")),
)


def auc(truth: Floats, score: Floats) -> float:
    """Return the chance that a failed change scores above one that did not; ties count half."""
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    bad = truth.sum()
    return float((rank[truth == 1].sum() - bad * (bad + 1) / 2) / (bad * (len(truth) - bad)))


def average_precision(truth: Floats, score: Floats) -> float:
    """Return the mean precision over the failed changes, ranked by score."""
    ordered = truth[np.argsort(-score, kind="mergesort")]
    return float((np.cumsum(ordered) / np.arange(1, len(ordered) + 1) * ordered).sum() / ordered.sum())


def bins_of(truth: Floats, chance: Floats, count: int = 10) -> list[tuple[int, float, float]]:
    """Return equal bins by rising chance: how many, what was said, what came."""
    parts = np.array_split(np.argsort(chance, kind="mergesort"), count)
    return [(len(part), float(chance[part].mean()), float(truth[part].mean())) for part in parts]


def calibration_error(truth: Floats, chance: Floats) -> float:
    """Return the mean distance between what was said and what came, over ten equal bins."""
    bins = bins_of(truth, chance)
    return sum(number * abs(said - came) for number, said, came in bins) / len(truth)


def interval(truth: Floats, score: Floats) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the AUC, from 1,000 draws with a fixed seed."""
    draw = np.random.default_rng(7)
    drawn = []
    for _ in range(1_000):
        rows = draw.integers(0, len(truth), len(truth))
        drawn.append(auc(truth[rows], score[rows]))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def _scored(table: Table, leave: Sequence[str] = ()) -> Floats:
    columns = table.columns(leave)
    constant, weights = fit(table, columns)
    rows = (table.at >= SPLIT) & (table.at < END)
    chance: Floats = 1 / (
        1 + np.exp(-(table.values[rows][:, columns] @ weights + constant + table.offset[rows]))
    )
    return chance


def _line(name: str, truth: Floats, chance: Floats) -> None:
    error = calibration_error(truth, chance)
    print(f"{name:44}{auc(truth, chance):6.3f}{average_precision(truth, chance):8.3f}{error:8.4f}")


def _shipped(cases: list[Case]) -> tuple[Floats, list[str], float]:
    """Return what the product says of each change, its band, and the milliseconds it took."""
    started = time.perf_counter()
    risks = [assess(case.shipment, case.known) for case in cases]
    spent = 1000 * (time.perf_counter() - started) / len(cases)
    return np.array([risk.probability or 0.0 for risk in risks]), [risk.band for risk in risks], spent


def run() -> None:
    """Measure and print."""
    print("\nRisk of a change on public history; fitted to 2016, asked for 2017 and 2018")
    folder = data_folder()
    if folder is None or not (folder / SET).is_dir():
        print(f"  skipped: no {SET}; name the folder of data sets in {VARIABLE}.")
        return
    cases = list(replay(folder / SET / "corpus.jsonl"))
    table = tabulate(cases)
    asked = [case for case in cases if SPLIT <= case.shipment.at < END]
    truth = np.array([float(case.failed_at is not None) for case in asked])
    print(f"{len(asked)} changes, {int(truth.sum())} taken back later ({truth.mean():.1%})")
    print(f"{'':44}{'AUC':>6}{'AP':>8}{'ECE':>8}")
    _line("floor: size alone", truth, np.array([min(1.0, case.shipment.size / 1e4) for case in asked]))
    print("floor: boosted trees: skipped, scikit-learn is not installed (AUC .593 where it was)")
    print("floor: regression on words and history: AUC .663, AP .135, as measured elsewhere")
    chance, bands, spent = _shipped(asked)
    _line("Hardwon, as shipped", truth, chance)
    low, high = interval(truth, chance)
    print(f"AUC {low:.3f} to {high:.3f} (95 %), {spent:.1f} ms a change without reading the history")
    for band in ("low", "medium", "high"):
        rows = np.array([name == band for name in bands])
        print(
            f"  {band:8}{rows.sum():6} changes, {truth[rows].mean():6.1%} failed, {truth[rows].sum():4.0f} of them"
        )
    print("said against came, ten equal bins:")
    for number, said, came in bins_of(truth, chance):
        print(f"  {number:6}{said:8.1%}{came:8.1%}")
    _line("all figures, fitted again", truth, _scored(table))
    for name, leave in LEFT_OUT:
        _line(f"without {name}", truth, _scored(table, leave))
