from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest

from hardwon.domain.errors import ConflictError, DuplicateError
from hardwon.storage.jobs import MAX_ATTEMPTS, claim, enqueue, fail, finish
from tests.storage.samples import ADA, NOW

LEASE = timedelta(seconds=30)


def taken(store, worker: str = "w1", after: timedelta = timedelta(0), **kinds: object):
    with store.begin(ADA, NOW + after) as tx:
        return claim(tx, worker, LEASE, **kinds)


def add(store, *kinds: str, **more: str) -> None:
    with store.begin(ADA, NOW) as tx:
        for kind in kinds:
            enqueue(tx, kind, {"n": kind}, NOW, **more)


def test_a_job_is_taken_once_and_done(store):
    add(store, "mail")
    job = taken(store)
    assert (job.kind, job.payload, job.attempt) == ("mail", {"n": "mail"}, 1)
    assert taken(store, "w2") is None
    with store.begin(ADA, NOW) as tx:
        finish(tx, job)
    assert taken(store, "w2", timedelta(days=1)) is None


def test_a_job_waits_for_its_time_and_its_kind(store):
    with store.begin(ADA, NOW) as tx:
        enqueue(tx, "mail", {}, NOW + timedelta(seconds=5))
    assert taken(store) is None
    assert taken(store, after=timedelta(seconds=6), kinds=("sync",)) is None
    assert taken(store, after=timedelta(seconds=6), kinds=("sync", "mail")).kind == "mail"


def test_a_job_rolled_back_was_never_there(store):
    def half(tx):
        enqueue(tx, "mail", {}, NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.begin(ADA, NOW) as tx:
        half(tx)
    assert taken(store) is None


def test_a_key_makes_a_job_once(store):
    add(store, "mail", key="a")
    with pytest.raises(DuplicateError):
        add(store, "mail", key="a")
    add(store, "mail", "mail")


def test_a_dead_workers_job_is_taken_over_and_its_late_answer_refused(store):
    add(store, "mail")
    first = taken(store)
    second = taken(store, "w2", LEASE + timedelta(seconds=1))
    assert (second.id, second.attempt) == (first.id, 2)
    for answer in (finish, lambda tx, job: fail(tx, job, "late", NOW)):
        with pytest.raises(ConflictError), store.begin(ADA, NOW) as tx:
            answer(tx, first)
    with store.begin(ADA, NOW) as tx:
        finish(tx, second)


def test_a_failed_job_is_tried_again_ten_times(store):
    add(store, "mail")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        job = taken(store, after=timedelta(minutes=attempt))
        assert job.attempt == attempt
        with store.begin(ADA, NOW) as tx:
            fail(tx, job, "no route", NOW + timedelta(minutes=attempt + 1))
    assert taken(store, after=timedelta(days=1)) is None


def test_a_job_that_kills_its_workers_ends(store):
    add(store, "mail")
    taken_times = [taken(store, after=timedelta(minutes=turn)) for turn in range(20)]
    assert sum(job is not None for job in taken_times) == MAX_ATTEMPTS


def test_many_workers_take_every_job_once(store):
    add(store, *(f"job-{number}" for number in range(60)))
    got: Counter[int] = Counter()
    errors: list[Exception] = []

    def work(name: str) -> None:
        try:
            while (job := taken(store, name)) is not None:
                got[job.id] += 1
                with store.begin(ADA, NOW) as tx:
                    finish(tx, job)
        except Exception as error:  # noqa: BLE001  (any error fails the test)
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while (job := taken(store)) is not None:  # SKIP LOCKED may leave one to a worker that ended
        got[job.id] += 1
    assert errors == []
    assert sorted(got.values()) == [1] * 60
