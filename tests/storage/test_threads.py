"""Threads and waiting questions in rows: seen with their artifact, paged, taken once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hardwon.domain.errors import InputError, NotFoundError
from hardwon.domain.event import Event
from hardwon.domain.thread import Thread
from hardwon.storage.queries.records import count_records, get_record, get_records, iterate_histories
from hardwon.storage.queries.threads import count_open, count_threads, list_threads
from hardwon.storage.questions import (
    WaitingQuestion,
    count_waiting,
    put_question,
    take_questions,
    waiting_days,
)
from tests.storage.samples import ADA, NOW, TODAY, lesson

SEARCH = ("everyone", "team:search")
SAID = (Event(verb="created"),)


def thread(number: int = 1, **changes: object) -> Thread:
    fields = {
        "artifact": "LES-0001",
        "text": "Why?",
        "written_at": NOW,
        "updated_at": NOW,
        "scope": "everyone",
    }
    return Thread(id=f"THR-{number:04d}", **(fields | changes))  # type: ignore[arg-type]


def test_a_thread_is_seen_by_whom_its_artifact_is_seen_now(store):
    with store.begin(ADA, NOW) as tx:
        tx.save(lesson(), SAID)
        tx.save(thread(), SAID)
    scopes = {"everyone": True, "team:search": True, "team:risk": False}
    for revision, (scope, seen) in enumerate(scopes.items(), 1):
        with store.begin(ADA, NOW) as tx:
            tx.save(lesson(scope=scope), SAID, revision)
        with store.read(SEARCH) as reading:
            assert bool(list_threads(reading, "LES-0001").rows) is seen
            assert count_open(reading, "LES-0001") == ({"": 1} if seen else {})
            assert bool(get_records(reading, ["THR-0001"])) is seen
            assert count_records(reading)["thread"] == seen
            assert ("THR-0001" in [record.id for record, _ in iterate_histories(reading)]) is seen
            if not seen:
                with pytest.raises(NotFoundError):
                    get_record(reading, Thread, "THR-0001")
    with store.read(None) as reading:
        assert get_record(reading, Thread, "THR-0001").text == "Why?"


def test_a_draft_and_a_missing_artifact_hide_their_threads(store):
    with store.begin(ADA, NOW) as tx:
        tx.save(lesson(state="draft"), SAID)
        tx.save_many([thread(1), thread(2, artifact="LES-0404")], Event(verb="imported"))
    for scopes, names in ((SEARCH, []), ((*SEARCH, "draft:everyone"), ["THR-0001"])):
        with store.read(scopes) as reading:
            assert list(get_records(reading, ["THR-0001", "THR-0002"])) == names


def test_threads_are_paged_oldest_first_and_counted_where_open(store):
    with store.begin(ADA, NOW) as tx:
        tx.save(lesson(), SAID)
        many = [
            thread(
                number,
                written_at=NOW - timedelta(minutes=number // 2),
                section="impact" if number % 3 else "",
                state="open" if number % 2 else "resolved",
            )
            for number in range(1, 12)
        ]
        tx.save_many([*many, thread(99, artifact="LES-0002")], Event(verb="imported"))
    found, after = [], None
    with store.read(SEARCH) as reading:
        while True:
            page = list_threads(reading, "LES-0001", limit=3, after=after)
            found += [row.id for row in page.rows]
            if not (after := page.next):
                break
        ordered = sorted(many, key=lambda one: (one.written_at, one.id))
        assert found == [one.id for one in ordered]
        assert len(list_threads(reading, "LES-0001", state="open").rows) == 6
        assert count_open(reading, "LES-0001") == {"": 2, "impact": 4}
        assert count_threads(reading, "LES-0001") == 11
        for wrong in ({"limit": 0}, {"after": "x"}):
            with pytest.raises(InputError):
                list_threads(reading, "LES-0001", **wrong)


def test_waiting_questions_are_taken_once_and_never_on_their_day(store):
    yesterday = TODAY - timedelta(days=1)
    given = WaitingQuestion(artifact="LES-0001", section="impact", text="Why?")
    with store.begin(ADA, NOW) as tx:
        for day in (yesterday, yesterday, TODAY):
            put_question(tx, given, day)
        with pytest.raises(InputError):
            put_question(tx, WaitingQuestion(artifact="LES-0001", section="", text="a\0b"), TODAY)
    with store.read(None) as reading:
        assert waiting_days(reading, TODAY) == (yesterday, yesterday)
        assert count_waiting(reading, "LES-0001") == 3
    for taken in ([given, given], []):
        with store.begin(ADA, NOW) as tx:
            assert take_questions(tx, TODAY) == taken
    with store.read(None) as reading:
        assert count_waiting(reading, "LES-0001") == 1


def test_the_log_is_emptied(store):
    with store.begin(ADA, NOW) as tx:
        tx.save(lesson(), SAID)
    store.empty_log()
    if store.dialect == "sqlite":
        file = store.engine.url.database
        with open(f"{file}-wal", "rb") as log:  # noqa: PTH123
            assert log.read() == b""
    with store.read(SEARCH) as reading:
        assert get_record(reading, type(lesson()), "LES-0001").id == "LES-0001"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_reader_in_the_way_delays_nobody(store):
    with store.begin(ADA, NOW) as tx:
        tx.save(lesson(), SAID)
    with store.read(SEARCH) as reading:
        assert count_records(reading)["lesson"] == 1
        with store.begin(ADA, NOW) as tx:
            tx.save(lesson(2), SAID)
        store.empty_log()
    with store.begin(ADA, NOW) as tx:
        tx.save(lesson(3), SAID)
