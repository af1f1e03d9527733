"""The trail's list on both databases: order, cursors, and what a reader may see."""

from __future__ import annotations

import pytest

from hardwon.domain.audit import TrailFilter
from hardwon.domain.event import Event
from hardwon.domain.text import kind_of
from hardwon.storage.audit_log import sequence
from hardwon.storage.proofs import find_entry, iterate_lines
from hardwon.storage.queries.trail import list_entries
from tests.storage.samples import ADA, NOW, incident, one_of_each
from tests.storage.test_queries import is_bad, plans

EVERYONE = ("everyone",)


def listed(store, scopes, **wanted: str) -> set[tuple[str, str]]:
    with store.read(scopes) as reading:
        page = list_entries(reading, TrailFilter(**wanted), limit=200)
    return {(row.kind, row.record) for row in page.rows}


def test_each_kind_shows_to_whom_its_record_shows(store):
    with store.begin(ADA, NOW) as tx:
        for record in one_of_each():
            tx.save(record, (Event(verb="created"),))
        tx.save(incident(2, scope="restricted:INC-0002"), (Event(verb="created"),))
        tx.audit("granted", "token", "token-1")
        tx.audit("granted", "person", "nobody")
    open_to_all = {(kind, record) for kind, record in listed(store, None) if record != "INC-0002"}
    assert len(open_to_all) == len(one_of_each()) + 2
    assert listed(store, EVERYONE) == open_to_all - {("token", "token-1"), ("person", "nobody")}
    assert listed(store, ()) == set()
    assert ("incident", "INC-0002") in listed(store, ("restricted:INC-0002",))
    assert listed(store, EVERYONE, record="INC-0002") == set()
    assert kind_of("INC-0002") == "incident"


def test_entries_of_one_moment_come_once_each(store):
    with store.begin(ADA, NOW) as tx:
        tx.save_many([incident(number) for number in range(1, 30)], Event(verb="imported"))
    seen: list[str] = []
    after: str | None = None
    while True:
        with store.read(EVERYONE) as reading:
            page = list_entries(reading, TrailFilter(kind="incident"), limit=7, after=after)
        seen += [row.record for row in page.rows]
        if (after := page.next) is None:
            break
    assert seen == [f"INC-{number:04d}" for number in range(29, 0, -1)]


def test_entries_come_in_the_order_of_the_tree_then_those_that_wait(store):
    with store.begin(ADA, NOW) as tx:
        tx.save(incident(1), (Event(verb="created"),))
        tx.save(incident(1), (Event(verb="moved"), Event(verb="linked")), 1)
    sequence(store, NOW)
    with store.begin(ADA, NOW) as tx:
        tx.save(incident(2), (Event(verb="created"),))
    with store.read(None) as reading:
        entries = [line.entry for line in iterate_lines(reading)]
        assert [b"INC-0001" in entry for entry in entries] == [True, True, True, False]
        assert find_entry(reading, "INC-0001")[:2] == (2, entries[2])
        assert find_entry(reading, "INC-0001", 2)[:2] == (1, entries[1])
        assert find_entry(reading, "INC-0001", 1)[:2] == (0, entries[0])
        assert find_entry(reading, "1")[:2] == (1, entries[1])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scopes", [None, EVERYONE], ids=["all", "scoped"])
@pytest.mark.parametrize(
    "wanted", [{}, {"actor": "ada"}, {"kind": "incident"}, {"record": "INC-0001"}, {"verb": "moved"}]
)
def test_an_index_has_each_page_in_order(store, wanted, scopes):
    with store.begin(ADA, NOW) as tx:
        tx.save_many([incident(number) for number in range(1, 60)], Event(verb="imported"))
    lines = [
        line for _, line in plans(store, lambda reading: list_entries(reading, TrailFilter(**wanted)), scopes)
    ]
    assert [line for line in lines if is_bad(line) or "MULTI-INDEX" in line] == []
    assert any("USING INDEX audit_by_" in line for line in lines)
