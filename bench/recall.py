"""Recall on judged sets through the ordinary import and recall path, beside plain BM25 in the same run."""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.data import CACHE, VARIABLE, data_folder, load_set
from bench.peers import bm25_ranking
from hardwon.bootstrap import open_app
from hardwon.recall.evaluation import Measure, interval, measure, ndcg
from hardwon.settings import Settings
from hardwon.usecases import evaluation, imports, indexing, people

SETS = (
    "wikimedia-change2incident",
    "wikimedia-recurrence",
    "cloud-same-cause-service",
    "cloud-same-cause",
    "gitbugs-seamonkey",
    "avid-same-product-weakness",
    "atlas-case2mitigation",
    "atlas-case2technique",
    "nasa-llis",
    "icco-same-event",
)
SATURATED = ("nasa-llis", "icco-same-event")
"""Sets where BM25 finds nearly everything: they must not fall, and say nothing of a gain."""


@dataclass(frozen=True)
class Row:
    """One set: Hardwon and BM25 over the same questions, and their difference question by question."""

    name: str
    questions: int
    bm25: Measure
    hardwon: Measure
    gain: Measure
    alerts: tuple[tuple[float, float, float], ...]
    milliseconds: float


def measure_set(folder: Path, *, meaning: bool = True) -> Row:
    judged = load_set(folder)
    home = CACHE / folder.name
    home.mkdir(parents=True, exist_ok=True)
    with open_app(Settings(home=home, meaning=meaning)) as app:
        me = people.local_owner(app)
        imports.run(app, me, [folder / "corpus.jsonl"], write=True)
        indexing.catch_up(app)
        started = time.perf_counter()
        report = evaluation.evaluate(app, me, folder)
        spent = time.perf_counter() - started
    ours: dict[str, list[tuple[str, float]]] = {}
    for row in report.rows:
        ours.setdefault(row.query, []).append((row.document, row.score))
    floor = bm25_ranking(judged)
    gains = [
        ndcg([name for name, _ in ours.get(query, [])], grades)
        - ndcg([name for name, _ in floor[query]], grades)
        for query, grades in judged.answers.items()
    ]
    background = folder / evaluation.BACKGROUND
    asked = len(judged.queries) + (len(background.read_bytes().splitlines()) if background.is_file() else 0)
    return Row(
        name=folder.name,
        questions=len(judged.answers),
        bm25=measure(floor, judged.answers).ndcg_at_10,
        hardwon=measure(ours, judged.answers).ndcg_at_10,
        gain=interval(gains),
        alerts=report.alerts,
        milliseconds=1000 * spent / asked,
    )


def _show(row: Row) -> None:
    cells = [f"{m.mean:.3f} ({m.low:.2f}-{m.high:.2f})" for m in (row.bm25, row.hardwon)]
    gain = f"{row.gain.mean:+.3f} ({row.gain.low:+.2f}..{row.gain.high:+.2f})"
    print(f"{row.name:28}{row.questions:6}  {cells[0]:20}{cells[1]:20}{gain:24}{row.milliseconds:6.0f} ms")
    for rate, threshold, found in row.alerts:
        print(f"{'':28}recall@5 at {rate:.0%} alerts: {found:.3f} (score above {threshold:.3f})")
    sys.stdout.flush()


def run(*, meaning: bool = True, sets: tuple[str, ...] = SETS) -> list[Row]:
    """Measure every set that is there and print the table."""
    print(f"\nRecall, nDCG@10 with 95 % intervals; {'words and meaning' if meaning else 'words only'}")
    folder = data_folder()
    if folder is None:
        print(f"  skipped: no judged sets; name their folder in {VARIABLE}.")
        return []
    print(f"{'set':28}{'asked':>6}  {'BM25 (bm25s)':20}{'Hardwon':20}{'gain, paired':24}{'a query':>9}")
    rows = []
    for name in sets:
        if (folder / name / "qrels.tsv").is_file():
            rows.append(measure_set(folder / name, meaning=meaning))
            _show(rows[-1])
    open_sets = [row.gain.mean for row in rows if row.name not in SATURATED]
    if open_sets:
        print(f"mean gain over the {len(open_sets)} sets that are not saturated: ", end="")
        print(f"{statistics.mean(open_sets):+.3f} nDCG@10; least gain {min(r.gain.mean for r in rows):+.3f}")
    return rows
