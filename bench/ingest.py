"""Import of 17,918 deployments beside a bare executemany of the same rows into one SQLite table."""

from __future__ import annotations

import cProfile
import json
import pstats
import tempfile
import time
from pathlib import Path

import pysqlite3

from bench.data import data_folder, read_lines
from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import imports, people

ROWS = 17_918
PACKAGE = "hardwon"


def _source(folder: Path) -> Path:
    """Return the real corpus, or generated rows of the same shape."""
    data = data_folder()
    if data is not None and (real := data / "wikimedia-deployments" / "corpus.jsonl").is_file():
        return real
    made = folder / "deployments.jsonl"
    with made.open("w", encoding="utf-8") as stream:
        for number in range(ROWS):
            row = {
                "id": f"change-{number}",
                "date": f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}",
                "title": f"Change {number} of the configuration",
                "text": f"Raises limit {number % 97} of pool {number % 31}, as measured last week.",
                "files": [f"config/pool-{number % 31}.yaml"],
            }
            stream.write(json.dumps(row) + "\n")
    return made


def _bare(folder: Path, rows: list[tuple[str, str]]) -> float:
    database = pysqlite3.connect(folder / "bare.db")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE t (id TEXT PRIMARY KEY, body TEXT)")
    started = time.perf_counter()
    with database:
        database.executemany("INSERT INTO t VALUES (?, ?)", rows)
    spent = time.perf_counter() - started
    database.close()
    return spent


def _import(home: Path, source: Path) -> float:
    with open_app(Settings(home=home, meaning=False)) as app:
        started = time.perf_counter()
        imports.run(app, people.local_owner(app), [source], write=True)
        return time.perf_counter() - started


def _places(home: Path, source: Path) -> list[tuple[str, float]]:
    """Return the modules in which a profiled import spends its own time, the most first."""
    profile = cProfile.Profile()
    profile.runcall(_import, home, source)
    spent: dict[str, float] = {}
    for (path, _, name), row in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        parts = Path(path).parts
        ours = parts[parts.index(PACKAGE) :] if PACKAGE in parts else None
        place = "/".join(ours) if ours else (name if path == "~" else "/".join(parts[-2:]))
        spent[place] = spent.get(place, 0.0) + row[2]
    return sorted(spent.items(), key=lambda item: -item[1])[:8]


def run() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = _source(folder)
        rows = [(row["id"], json.dumps(row)) for row in read_lines(source)]
        bare, ours = _bare(folder, rows), _import(folder / "plain", source)
        print(
            f"\nImport of {len(rows):,} deployments: {len(rows) / ours:,.0f} rows/s ({ours:.1f} s); ", end=""
        )
        print(f"bare executemany {len(rows) / bare:,.0f} rows/s ({bare:.2f} s): {ours / bare:.0f} x the time")
        places = _places(folder / "profiled", source)
    total = sum(spent for _, spent in places)
    print("  own time of the first places, under the profiler:")
    for place, spent in places:
        print(f"    {spent:6.2f} s  {spent / total:4.0%}  {place}")
