"""Kill -9 at random moments and at named points: what was acknowledged is there, and all of it fits.

`HARDWON_KILLS_SQLITE` (20) and `HARDWON_KILLS_POSTGRES` (5) set the numbers of kills; `HARDWON_SEED`
repeats the moments of an earlier run, which prints its seed.
"""

from __future__ import annotations

import os
import random
import time

import pytest
from sqlalchemy import func, select, text

from hardwon.storage import tables
from hardwon.storage.audit_log import sequence, verify
from hardwon.storage.engine import open_engine
from hardwon.storage.feed import read_feed
from hardwon.storage.store import Store
from tests.abuse import writer
from tests.abuse.forks import Fork
from tests.abuse.writer import NOW

KILLS = {
    "sqlite": int(os.environ.get("HARDWON_KILLS_SQLITE", "20")),
    "postgresql": int(os.environ.get("HARDWON_KILLS_POSTGRES", "5")),
}
SEED = int(os.environ.get("HARDWON_SEED") or random.randrange(10**9))
FRESH_AFTER = 25
"""Kills after which the next database is taken: checking all of a large one takes long."""
POINTS = [
    f"{words}:{number}"
    for words in (
        "INSERT INTO incidents",
        "INSERT INTO search_documents",
        "INSERT INTO revisions",
        "INSERT INTO audit ",
        "INSERT INTO jobs",
        "UPDATE incidents",
        "UPDATE audit",
        "INSERT INTO audit_tree",
        "COMMIT",
        "PLACE",
        "ANSWER",
    )
    for number in ((1, 6) if KILLS["sqlite"] > 20 else (3,))
]


def run_and_kill(url: str, mode: str, delay: float, point: str = "") -> list[tuple[str, int]]:
    """Start the writer, kill it after `delay` seconds of work, return what it acknowledged."""
    with Fork(writer.main, url, mode, point) as process:
        assert process.output.readline() == b"ready\n"
        if point:
            assert process.ended(60) == -9, f"{point} was never reached"
        else:
            time.sleep(delay)
            assert process.runs(), "the writer ended by itself"
            process.kill()
        said = process.output.read().decode()
    lines = [line.split() for line in said.splitlines() if line.count(" ") == 1]
    return [(name, int(revision)) for name, revision in lines]


def losses(store: Store, acknowledged: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the acknowledged writes that are not there."""
    kept = tables.revisions
    with store.read(None) as reading:
        rows = reading.connection.execute(select(kept.c.record, kept.c.number))
        there = {(row.record, row.number) for row in rows}
    return [write for write in acknowledged if write not in there]


def check_whole(store: Store) -> None:
    """Check that trail, feed, outbox and pages of the database fit each other."""
    sequence(store, NOW)
    with store.read(None) as reading:
        report = verify(reading)
        assert report.problems == ()
        assert report.unplaced == 0

        def count(table) -> int:
            return reading.connection.scalar(select(func.count()).select_from(table))

        records, revisions = count(tables.incidents), count(tables.revisions)
        assert report.size == revisions == count(tables.jobs)
        assert records == count(tables.search_documents) == count(tables.labels)
        fed, cursor = set(), ""
        while (batch := read_feed(reading, cursor, 400)).cursor != cursor:
            fed |= {(document.id, document.revision) for document in batch.documents}
            cursor = batch.cursor
        stands = reading.connection.execute(select(tables.incidents.c.id, tables.incidents.c.revision))
        assert fed == {(row.id, row.revision) for row in stands}
        if store.dialect == "sqlite":
            assert reading.connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(database):
    print(f"HARDWON_SEED={SEED}")  # noqa: T201
    chance = random.Random(SEED)
    first = database()
    kills, total = KILLS["sqlite" if first.startswith("sqlite") else "postgresql"], 0
    for start in range(0, kills, FRESH_AFTER):
        url = database() if start else first
        total += kill_often(url, min(FRESH_AFTER, kills - start), chance)
    assert total > kills, "hardly anything was written"
    print(f"{kills} kills, {total} acknowledged, none lost")  # noqa: T201


def kill_often(url: str, kills: int, chance: random.Random) -> int:
    """Kill writers of one database, check it after each, and return how many writes they acknowledged."""
    acknowledged: list[tuple[str, int]] = []
    store = Store(open_engine(url))
    store.migrate()
    for _ in range(kills):
        acknowledged += run_and_kill(url, "honest", chance.uniform(0.0, 0.25))
        assert losses(store, acknowledged) == []
        check_whole(store)
    store.close()
    return len(acknowledged)


@pytest.mark.parametrize("point", POINTS)
def test_nothing_acknowledged_is_lost_at_a_fail_point(database, point):
    url = database()
    acknowledged = run_and_kill(url, "honest", 0, point)
    store = Store(open_engine(url))
    assert losses(store, acknowledged) == []
    check_whole(store)
    more = run_and_kill(url, "honest", 0.2)
    assert losses(store, acknowledged + more) == []
    check_whole(store)
    store.close()


def test_a_writer_that_answers_before_the_commit_is_caught_at_its_fail_point(database):
    url = database()
    acknowledged = run_and_kill(url, "mutant", 0, "COMMIT:3")  # the second creation
    store = Store(open_engine(url))
    assert losses(store, acknowledged) == acknowledged[-1:]
    check_whole(store)
    store.close()


def test_a_writer_that_answers_before_the_commit_is_caught_at_random_moments(tmp_path):
    print(f"HARDWON_SEED={SEED}")  # noqa: T201
    chance = random.Random(SEED)
    url = f"sqlite:///{tmp_path / 'hardwon.db'}"
    store = Store(open_engine(url))
    store.migrate()
    for number in range(1, 81):
        acknowledged = run_and_kill(url, "mutant", chance.uniform(0.0, 0.25))
        if losses(store, acknowledged):
            print(f"caught at kill {number}")  # noqa: T201
            break
    else:
        pytest.fail("a lost acknowledgement went unnoticed")
    store.close()
