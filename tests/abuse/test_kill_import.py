"""Kill -9 in the middle of an import: what is there is whole, and importing again completes it."""

from __future__ import annotations

import math
import os
import random
import time
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from hardwon.bootstrap import open_app
from hardwon.storage import tables
from hardwon.storage.audit_log import sequence, verify
from hardwon.usecases import imports, indexing
from tests.abuse import importer
from tests.abuse.forks import Fork
from tests.abuse.importer import settings_of
from tests.abuse.writer import ADA, NOW

SEED = int(os.environ.get("HARDWON_SEED") or random.randrange(10**9))
A_ROUND = 4
KILLS = {
    "sqlite": int(os.environ.get("HARDWON_KILLS_SQLITE", "4")),
    "postgresql": int(os.environ.get("HARDWON_KILLS_POSTGRES", "4")),
}
"""How often imports are killed in all."""
COUNT, BATCH = 2_100, 1_000
POINTS = {
    "INSERT INTO incidents:1": 0,
    "INSERT INTO search_documents:2": 1,
    "INSERT INTO jobs:3": 2,
    "COMMIT:1": 0,
    "COMMIT:3": 2,
}
"""Where the import dies, and how many of its three batches were kept by then."""


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "incidents.jsonl"
    with path.open("wb") as stream:
        for number in range(1, COUNT + 1):
            line = {
                "id": f"OPS-{number}",
                "title": f"Search is slow {number}",
                "severity": "SEV2",
                "started_at": f"2026-10-{1 + number % 28:02d}T10:00:00Z",
                "summary": f"The index was {number} minutes old.",
                "services": ["search"],
            }
            stream.write(msgspec.json.encode(line) + b"\n")
    return path


@pytest.fixture
def url(database) -> str:
    return database()


def import_and_kill(home: Path, url: str, source: Path, point: str, delay: float = 0) -> bool:
    """Run an import and kill it after `delay` seconds, or let it die at `point`; tell whether it ended first."""
    with Fork(importer.main, str(home), url, str(source), point) as process:
        assert process.output.readline() == b"ready\n"
        if point:
            assert process.output.read() == b"", f"{point} was never reached"
            return False
        time.sleep(delay)
        process.kill()
        return process.output.read() == b"done\n"


def check(home: Path, url: str) -> int:
    """Check that trail, feed, labels and index fit the incidents that are there; return how many."""
    with open_app(settings_of(home, url), clock=lambda: NOW) as app:
        sequence(app.store, NOW)
        with app.store.read(None) as reading:
            report = verify(reading)
            assert report.problems == ()
            ask = reading.connection.scalar
            there = ask(select(func.count()).select_from(tables.incidents))
            assert there == ask(select(func.count(tables.incidents.c.source_id.distinct())))
            assert ask(select(func.count()).select_from(tables.search_documents)) == there
            revisions = select(func.count()).select_from(tables.revisions)
            assert ask(revisions.where(tables.revisions.c.kind == "incident")) == there
            assert report.size == ask(revisions), "a revision without its audit entry, or one too many"
        assert indexing.catch_up(app, vectors=False).documents == there
    return int(there)


def complete(home: Path, url: str, source: Path, there: int) -> None:
    """Import again: it says what it knew, adds the rest, and a third time adds nothing."""
    with open_app(settings_of(home, url), clock=lambda: NOW) as app:
        again = imports.run(app, ADA, [source], write=True)
        assert (again.known, again.new, again.problems) == (there, counted(COUNT - there), 0)
        third = imports.run(app, ADA, [source], write=True)
        assert (third.known, third.new) == (COUNT, {})
    assert check(home, url) == COUNT


def counted(number: int) -> dict[str, int]:
    return {"incident": number} if number else {}


@pytest.mark.parametrize("point", POINTS)
def test_an_import_that_dies_at_a_fail_point_is_completed(url, source, tmp_path, point):
    home = tmp_path / "home"
    import_and_kill(home, url, source, point)
    there = check(home, url)
    assert there == POINTS[point] * BATCH
    complete(home, url, source, there)


def test_an_import_killed_at_random_moments_is_completed(database, source, tmp_path):
    print(f"HARDWON_SEED={SEED}")  # noqa: T201
    chance = random.Random(SEED)
    first = database()
    rounds = math.ceil(KILLS["sqlite" if first.startswith("sqlite") else "postgresql"] / A_ROUND)
    for number in range(rounds):
        url = database() if number else first
        kill_and_complete(tmp_path / f"home-{number}", url, source, chance)
    print(f"{rounds * A_ROUND} kills, none lost, none twice")  # noqa: T201


def kill_and_complete(home: Path, url: str, source: Path, chance: random.Random) -> None:
    """Kill an import into one database a few times, each where the last one stopped; then complete it."""
    ended, there = False, 0
    for _ in range(A_ROUND):
        ended = import_and_kill(home, url, source, "", chance.uniform(0.0, 1.5)) or ended
        before, there = there, check(home, url)
        assert before <= there <= COUNT
        assert there % BATCH == 0 or there == COUNT
    assert there == COUNT or not ended
    complete(home, url, source, there)
