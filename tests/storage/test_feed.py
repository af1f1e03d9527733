from __future__ import annotations

import random
import threading

import pytest

from hardwon.domain.errors import InputError
from hardwon.domain.event import Event
from hardwon.storage.feed import read_feed
from hardwon.storage.queries.hits import load_hits
from tests.storage.samples import ADA, NOW, deployment, incident, lesson

CREATED = (Event(verb="created"),)


def read_all(store, cursor: str = "", limit: int = 7) -> tuple[list[tuple[str, int]], str]:
    found = []
    while True:
        with store.read(None) as reading:
            batch = read_feed(reading, cursor, limit)
        if batch.cursor == cursor:
            return found, cursor
        found += [(document.id, document.revision) for document in batch.documents]
        cursor = batch.cursor


def test_the_feed_gives_every_document_once_then_only_what_is_new(store):
    with store.begin(ADA, NOW) as tx:
        tx.save_many([deployment(number) for number in range(1, 31)], Event(verb="imported"))
        tx.save(incident(), CREATED)
    found, cursor = read_all(store)
    assert sorted(found) == sorted([(f"DEP-{number:04d}", 1) for number in range(1, 31)] + [("INC-0001", 1)])
    with store.begin(ADA, NOW) as tx:
        tx.save(incident(title="Better"), (Event(verb="revised"),), 1)
    assert read_all(store, cursor)[0] == [("INC-0001", 2)]
    assert len(read_all(store)[0]) == 31


@pytest.mark.parametrize("cursor", ["x", "1", "1:2:x", "a:b", ":"])
def test_a_cursor_that_is_none_is_refused(store, cursor):
    with store.read(None) as reading, pytest.raises(InputError):
        read_feed(reading, cursor, 10)


def test_a_transaction_that_commits_late_is_not_skipped(store):
    if store.dialect == "sqlite":
        pytest.skip("writers take turns on SQLite")
    with store.begin(ADA, NOW) as first:
        first.audit("granted", "token", "one")
    with store.begin(ADA, NOW) as late:
        late.save(deployment(1), CREATED)
        with store.begin(ADA, NOW) as early:
            early.save(deployment(2), CREATED)
        found, cursor = read_all(store)
        assert found == []
    assert sorted(read_all(store, cursor)[0]) == [("DEP-0001", 1), ("DEP-0002", 1)]


def test_a_tail_sees_every_commit_of_many_writers(store):
    done = threading.Event()
    errors: list[Exception] = []

    def write(worker: int) -> None:
        chance = random.Random(worker)
        try:
            for turn in range(25):
                with store.begin(ADA, NOW) as tx:
                    tx.save(deployment(1 + worker * 100 + turn), CREATED)
                    done.wait(chance.random() / 100)
        except Exception as error:  # noqa: BLE001  (any error fails the test)
            errors.append(error)

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    seen: list[tuple[str, int]] = []
    cursor = ""
    while any(thread.is_alive() for thread in threads):
        found, cursor = read_all(store, cursor)
        seen += found
    found, cursor = read_all(store, cursor)
    seen += found
    assert errors == []
    assert len(seen) == len(set(seen)) == 100


def test_hits_are_only_what_the_reader_may_see(store):
    with store.begin(ADA, NOW) as tx:
        tx.save(incident(severity=2), CREATED)
        tx.save(lesson(state="draft"), CREATED)
        tx.save(lesson(2, scope="team:risk"), CREATED)
    ids = ["INC-0001", "LES-0001", "LES-0002", "LES-0099"]
    with store.read(("everyone", "team:search")) as reading:
        found = load_hits(reading, ids)
        assert list(found) == ["INC-0001"]
        assert found["INC-0001"].severity == 2
    with store.read(None) as reading:
        assert sorted(load_hits(reading, ids)) == ["INC-0001", "LES-0001", "LES-0002"]
        assert load_hits(reading, []) == {}
    with store.read(()) as reading:
        assert load_hits(reading, ids) == {}
