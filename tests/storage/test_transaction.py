from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import func, select

from hardwon.domain.errors import DuplicateError, InputError, NotFoundError, RevisionConflictError
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.record import TYPES, encode, kind_of
from hardwon.domain.revision import KeptRevision
from hardwon.storage import outbox, tables
from hardwon.storage.audit_log import verify
from hardwon.storage.engine import open_engine
from hardwon.storage.queries.notices import count_unread, list_notices
from hardwon.storage.queries.records import (
    count_records,
    find_by_source,
    get_record,
    get_revision,
    get_revisions,
    iterate_histories,
)
from hardwon.storage.store import Store
from tests.storage.samples import ADA, NOW, deployment, incident, one_of_each

CREATED = (Event(verb="created"),)


def count(store, table) -> int:
    with store.read(None) as reading:
        return reading.connection.scalar(select(func.count()).select_from(table))


def everything(store) -> dict[str, list[tuple]]:
    """All rows but the numbers a database gives by itself."""
    skip = {"id_audit", "txid"}
    found = {}
    with store.read(None) as reading:
        for table in (tables.labels, tables.links, tables.revisions, tables.search_documents):
            columns = [column for column in table.c if column.name not in skip]
            rows = reading.connection.execute(select(*columns))
            found[table.name] = sorted(map(tuple, rows), key=repr)
    return found


def test_every_kind_comes_back_as_it_was(store):
    records = one_of_each()
    with store.begin(ADA, NOW) as tx:
        for record in records:
            tx.save(record, CREATED)
    with store.read(None) as reading:
        assert [get_record(reading, type(record), record.id) for record in records] == records
        assert count_records(reading) == dict.fromkeys(TYPES, 1)
        assert verify(reading).problems == ()


def test_a_bulk_write_leaves_the_same_rows_as_single_writes(store):
    records = one_of_each()
    with store.begin(ADA, NOW) as tx:
        for record in records:
            tx.save(record, (Event(verb="imported"),))
    single = everything(store)
    with store.begin(ADA, NOW) as tx:  # as if nothing had been there
        moved = [msgspec.structs.replace(record, id=f"{record.id}0") for record in records]
        tx.save_many(moved, Event(verb="imported"))
    both = everything(store)
    assert {name: len(rows) for name, rows in both.items()} == {
        name: 2 * len(rows) for name, rows in single.items()
    }
    with store.read(None) as reading:
        assert verify(reading).problems == ()


def test_what_is_there_is_not_created_again(store):
    with store.begin(ADA, NOW) as tx:
        tx.save(incident(), CREATED)
    with pytest.raises(DuplicateError), store.begin(ADA, NOW) as tx:
        tx.save(incident(title="Another"), CREATED)
    with pytest.raises(DuplicateError), store.begin(ADA, NOW) as tx:
        tx.save_many([incident(2), incident()], Event(verb="imported"))
    with store.read(None) as reading:
        assert count_records(reading)["incident"] == 1


def test_a_revision_needs_the_one_before(store):
    with store.begin(ADA, NOW) as tx:
        first = tx.save(incident(), CREATED)
        assert first.revision == 1
        second = tx.save(incident(title="Better", tags=("new",)), (Event(verb="revised"),), 1)
        assert second.revision == 2
    with pytest.raises(RevisionConflictError), store.begin(ADA, NOW) as tx:
        tx.save(incident(title="Late"), (Event(verb="revised"),), 1)
    with pytest.raises(NotFoundError), store.begin(ADA, NOW) as tx:
        tx.save(incident(9), (Event(verb="revised"),), 1)
    with store.read(None) as reading:
        assert get_record(reading, Incident, "INC-0001").title == "Better"
        assert get_revision(reading, Incident, "INC-0001", 1).title == "Search is slow 1"
        assert [row.revision for row in get_revisions(reading, "INC-0001")] == [2, 1]
        tags = select(tables.labels.c.value).where(tables.labels.c.axis == "tag")
        assert reading.connection.scalars(tags).all() == ["new"]


def test_a_failed_write_leaves_nothing(store):
    def half(tx):
        tx.save(incident(), (Event(verb="created", tell=("bo",)),))
        tx.next_id("incident")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.begin(ADA, NOW) as tx:
        half(tx)
    for table in tables.metadata.sorted_tables:
        assert count(store, table) == 0, table.name


def test_every_event_has_an_entry_and_is_told_once(store):
    events = (Event(verb="moved", detail="to mitigated", tell=("bo", "ada")), Event(verb="linked"))
    with store.begin(ADA, NOW) as tx:
        tx.save(incident(), events)
    assert count(store, tables.audit) == 2
    assert count(store, tables.jobs) == 2
    assert count(store, tables.revisions) == 1
    assert count(store, tables.notices) == 0
    with store.begin(ADA, NOW) as tx:
        assert len(outbox.tell(tx)) == 2
        assert outbox.tell(tx) == []
    assert count(store, tables.jobs) == 0
    with store.read(None) as reading:
        notices = list_notices(reading, ("bo", "ada")).rows
        assert [notice.text for notice in notices] == ["Search is slow 1: to mitigated"]
        assert count_unread(reading, ("bo",)) == 1
        assert verify(reading).problems == ()
    with store.begin(ADA, NOW) as tx:
        assert tx.mark_read(("ada",), [notices[0].id]) == 0
        assert tx.mark_read(("bo",), [notices[0].id]) == 1
        assert tx.mark_read(("bo",), [notices[0].id]) == 0


def test_a_write_without_an_event_is_in_the_trail_too(store):
    with store.begin(ADA, NOW) as tx:
        tx.save(incident(), ())
    assert count(store, tables.audit) == count(store, tables.revisions) == 1


def test_ids_follow_each_other_and_skip_what_is_reserved(store):
    with store.begin(ADA, NOW) as tx:
        assert tx.next_ids("lesson", 3) == ["LES-0001", "LES-0002", "LES-0003"]
        tx.reserve_ids("lesson", 40)
        tx.reserve_ids("lesson", 12)
    with store.begin(ADA, NOW) as tx:
        assert tx.next_id("lesson") == "LES-0041"
        assert tx.next_id("incident") == "INC-0001"


def test_a_source_is_found_by_its_ids(store):
    with store.begin(ADA, NOW) as tx:
        tx.save_many([deployment(number) for number in range(1, 1300)], Event(verb="imported"))
    with store.read(None) as reading:
        asked = [str(number) for number in range(1200, 1500)] * 4
        found = find_by_source(reading, "deployment", "ci", asked)
        assert len(found) == 100
        assert found["1299"] == "DEP-1299"
        assert find_by_source(reading, "deployment", "other", asked) == {}


@pytest.mark.parametrize("text", ["a\0b", "\\\\\0"])
def test_a_nul_is_refused_on_both(store, text):
    with pytest.raises(InputError), store.begin(ADA, NOW) as tx:
        tx.save(incident(summary=text), CREATED)


def test_a_written_escape_is_no_nul(store):
    with store.begin(ADA, NOW) as tx:
        tx.save(incident(summary="the text \\u0000 in a log"), CREATED)


def test_a_history_moves_to_another_workspace(store, tmp_path):
    with store.begin(ADA, NOW) as tx:
        tx.save(incident(), CREATED)
        tx.save(incident(title="Better"), (Event(verb="revised"),), 1)
        tx.save(deployment(), CREATED)
    with store.read(None) as reading:
        histories = list(iterate_histories(reading))
    assert [kind_of(record) for record, _ in histories] == ["deployment", "incident"]
    other = Store(open_engine(f"sqlite:///{tmp_path / 'other.db'}"))
    other.migrate()
    with other.begin(ADA, NOW) as tx:
        for record, kept in histories:
            tx.put_history(record, kept)
    with other.read(None) as reading:
        assert list(iterate_histories(reading)) == histories
        assert verify(reading).problems == ()
    stranger = KeptRevision(number=1, at=NOW, by="x", verb="created", body=encode(incident(7)))
    with pytest.raises(InputError), other.begin(ADA, NOW) as tx:
        tx.put_history(incident(8), [stranger])
    other.close()
