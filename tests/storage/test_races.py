"""Nobody's change is lost, whatever runs at once."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time

from hardwon.domain.errors import RevisionConflictError
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.storage.audit_log import sequence, verify
from hardwon.storage.engine import open_engine
from hardwon.storage.queries.records import get_record, get_revisions
from hardwon.storage.store import Store
from tests.storage.samples import ADA, NOW, incident

WORKERS, TURNS = 16, 25


def increment(store: Store, turns: int) -> int:
    """Add one to a number kept in the summary, `turns` times; return the conflicts met."""
    conflicts = 0
    for _ in range(turns):
        while True:
            with store.read(None) as reading:
                seen = get_record(reading, Incident, "INC-0001")
            changed = incident(summary=str(int(seen.summary) + 1))
            try:
                with store.begin(ADA, NOW) as tx:
                    tx.save(changed, (Event(verb="revised"),), seen.revision)
                break
            except RevisionConflictError:
                conflicts += 1
                time.sleep(random.random() / 20)
    return conflicts


def increment_elsewhere(url: str, turns: int, answers) -> None:
    store = Store(open_engine(url))
    answers.put(increment(store, turns))
    store.close()


def start(store: Store) -> None:
    with store.begin(ADA, NOW) as tx:
        tx.save(incident(summary="0"), (Event(verb="created"),))


def check(store: Store, total: int) -> None:
    sequence(store, NOW)
    with store.read(None) as reading:
        kept = get_record(reading, Incident, "INC-0001")
        assert kept.summary == str(total)
        assert kept.revision == total + 1
        assert len(get_revisions(reading, "INC-0001")) == total + 1
        report = verify(reading)
    assert report.problems == ()
    assert report.size == total + 1


def test_no_increment_of_many_threads_is_lost(store):
    start(store)
    conflicts: list[int] = []
    workers = [
        threading.Thread(target=lambda: conflicts.append(increment(store, TURNS))) for _ in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(conflicts) == WORKERS
    assert sum(conflicts) > 0, "the race never happened"
    check(store, WORKERS * TURNS)


def test_no_increment_of_many_processes_is_lost(store, database_url):
    start(store)
    context = multiprocessing.get_context("forkserver")
    answers = context.Queue()
    workers = [
        context.Process(target=increment_elsewhere, args=(database_url, 25, answers)) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    conflicts = [answers.get(timeout=90) for _ in workers]
    for worker in workers:
        worker.join()
    assert sum(conflicts) > 0, "the race never happened"
    check(store, 100)


def test_ids_are_given_once(store):
    given: list[str] = []

    def take() -> None:
        for _ in range(20):
            with store.begin(ADA, NOW) as tx:
                given.extend(tx.next_ids("note", 2))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == len(set(given)) == 320
