"""The judged sets a measurement reads: a corpus, dated questions, and which answers are right."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardwon.recall.evaluation import Qrels, reachable

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = "HARDWON_BENCH_DATA"
CACHE = ROOT / ".cache" / "bench"


def data_folder() -> Path | None:
    """Return the folder of judged sets, or None where there is none."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@dataclass(frozen=True)
class JudgedSet:
    """One set in memory, its answers cut to those a question could reach on its day."""

    folder: Path
    corpus: list[dict[str, Any]]
    queries: list[dict[str, Any]]
    answers: Qrels


def load_set(folder: Path) -> JudgedSet:
    """Read one set."""
    corpus, queries = read_lines(folder / "corpus.jsonl"), read_lines(folder / "queries.jsonl")
    grades: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, document, *grade = line.split("\t")
        if grade and grade[0].isdigit():
            grades.setdefault(query, {})[document] = int(grade[0])
    asked = {row["id"]: row.get("date") or "" for row in queries}
    days = {row["id"]: row.get("date") or "" for row in corpus}
    answers = reachable({q: g for q, g in grades.items() if q in asked}, days, asked)
    return JudgedSet(folder, corpus, queries, answers)
