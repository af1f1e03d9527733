"""Links read backwards, on both databases: visibility, pages, dead ones."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from hardwon.domain.errors import InputError
from hardwon.domain.event import Event
from hardwon.domain.incident import DeploymentLink
from hardwon.domain.note import Note
from hardwon.domain.record import Record
from hardwon.domain.reference import Reference, key_of
from hardwon.storage.queries.deployments import get_deployment_rows
from hardwon.storage.queries.links import (
    count_pointing_at,
    dead_links,
    living_records,
    pointing_at,
    sharing,
)
from hardwon.storage.queries.records import get_revisions
from hardwon.storage.tables import links
from tests.storage.samples import ADA, NOW, action, deployment, incident, lesson, one_of_each

PULL = "https://github.com/acme/search/pull/7"
PULLED = (Reference(url=f"{PULL}/"),)


def note(number: int, body: str = "", **more: object) -> Note:
    fields = {"state": "published", "written_at": NOW, "updated_at": NOW}
    return Note(id=f"NTE-{number:04d}", title=f"Note {number}", body=body, **(fields | more))


def keep(store, *records: Record) -> None:
    with store.begin(ADA, NOW) as tx:
        tx.save_many(records, Event(verb="imported"))


def test_who_points_here_is_found_with_the_relation(store):
    keep(store, *one_of_each(), note(2, "As in INC-0001."))
    with store.read(None) as reading:
        rows = pointing_at(reading, "INC-0001").rows
        assert count_pointing_at(reading, "INC-0001") == len(rows) == 5
    assert [(row.relation, row.id, row.kind) for row in rows] == [
        ("incident", "ACT-0001", "action"),
        ("incident", "LES-0001", "lesson"),
        ("incident", "PM-0001", "postmortem"),
        ("mention", "NTE-0002", "note"),
        ("subject", "REV-0001", "review"),
    ]
    with store.read(None) as reading:
        (thread,) = pointing_at(reading, "PM-0001").rows
    assert (thread.relation, thread.title, thread.state) == ("artifact", "On PM-0001", "open")


def test_pages_meet_and_stay_within_the_readers_scopes(store):
    scopes = ("everyone", "team:search", "team:risk")
    keep(store, *(note(number, "INC-0001", scope=scopes[number % 3]) for number in range(1, 13)))
    for seen, count in ((None, 12), (("everyone", "team:search"), 8), ((), 0)):
        found, after = [], None
        while True:
            with store.read(seen) as reading:
                page = pointing_at(reading, "INC-0001", limit=5, after=after)
                assert count_pointing_at(reading, "INC-0001") == count
            found += [row.id for row in page.rows]
            after = page.next
            if after is None:
                break
        assert found == sorted(found)
        assert len(set(found)) == len(found) == count
    with store.read(None) as reading, pytest.raises(InputError):
        pointing_at(reading, "INC-0001", after="x")


def test_a_mention_ties_no_incident_to_a_deployment(store):
    told = incident(2, summary="Not DEP-0001 this time", deployments=())
    keep(
        store,
        deployment(),
        told,
        incident(3, deployments=(DeploymentLink(deployment="DEP-0001", relation="fixed"),)),
    )
    with store.read(None) as reading:
        assert get_deployment_rows(reading, ["DEP-0001"])["DEP-0001"].incidents == (("INC-0003", "fixed"),)


def test_records_that_share_an_address_find_each_other(store):
    keep(
        store,
        incident(references=PULLED),
        deployment(references=PULLED),
        action(references=PULLED, scope="team:risk"),
        lesson(references=(Reference(url=f"{PULL}1"),)),
    )
    with store.read(("everyone",)) as reading:
        assert [row.id for row in sharing(reading, "INC-0001", [key_of(PULL)])] == ["DEP-0001"]
        assert sharing(reading, "INC-0001", []) == ()
        rows = pointing_at(reading, key_of("HTTPS://github.com/acme/search/pull/7#x")).rows
        assert [row.id for row in rows] == ["DEP-0001", "INC-0001"]


def test_a_very_long_address_is_kept_and_found(store):
    url = "https://example.org/" + "é" * 1_900
    keep(store, incident(references=(Reference(url=url),)))
    with store.read(None) as reading:
        assert [row.id for row in pointing_at(reading, key_of(url)).rows] == ["INC-0001"]


def test_a_link_that_leads_nowhere_is_dead(store):
    keep(
        store,
        incident(deployments=()),
        lesson(state="archived"),
        lesson(2, incidents=("INC-0404",), successor="LES-0405"),
        note(1, "INC-0001 and LES-0001 and XYZ-0001"),
        note(2, "INC-0406", scope="team:risk"),
        note(3, "INC-0407", state="archived"),
        note(4, "LES-0002"),
    )
    with store.read(("everyone",)) as reading:
        rows = dead_links(reading).rows
    assert [(row.source, row.relation, row.target, row.fault) for row in rows] == [
        ("LES-0002", "incident", "INC-0404", "missing"),
        ("NTE-0001", "mention", "LES-0001", "archived"),
        ("LES-0002", "successor", "LES-0405", "missing"),
    ]
    found, after = [], None
    for _ in range(4):
        with store.read(None) as reading:
            page = dead_links(reading, limit=1, after=after)
        found += [(row.source, row.target) for row in page.rows]
        after = page.next
    assert after is None
    assert ("NTE-0002", "INC-0406") in found
    assert len(set(found)) == 4


def test_a_hidden_record_is_no_dead_link_and_its_state_stays_hidden(store):
    keep(store, lesson(state="archived", scope="team:risk"), note(1, "LES-0001"))
    with store.read(("everyone",)) as reading:
        assert dead_links(reading).rows == ()
    with store.read(None) as reading:
        assert [row.fault for row in dead_links(reading).rows] == ["archived"]


def test_a_new_revision_takes_its_links_along(store):
    keep(store, note(1, "INC-0001"))
    with store.begin(ADA, NOW) as tx:
        tx.save(note(1, "INC-0002"), (), 1)
    with store.read(None) as reading:
        assert pointing_at(reading, "INC-0001").rows == ()
        assert [row.id for row in pointing_at(reading, "INC-0002").rows] == ["NTE-0001"]


def test_living_records_are_those_the_reader_sees(store):
    keep(store, *one_of_each(), note(2, state="archived"), note(3, scope="team:risk"))
    with store.read(("everyone",)) as reading:
        ids = {record.id for record in living_records(reading)}
    assert {"INC-0001", "DEP-0001", "LES-0001", "ACT-0001", "OBS-0001", "REV-0001", "THR-0001"} <= ids
    assert ids.isdisjoint({"NTE-0002", "NTE-0003"})


def test_links_are_written_anew_and_nothing_else(store):
    keep(store, *one_of_each(), note(2, "INC-0001"), note(3, "INC-0001"))
    with store.begin(ADA, NOW) as tx:
        tx.connection.execute(delete(links))
    with store.begin(ADA, NOW) as tx:
        assert tx.relink("note", "", 2) == ("NTE-0001", "NTE-0002")
        assert tx.relink("note", "NTE-0002", 2) == ("NTE-0003",)
        assert tx.relink("note", "NTE-0003", 2) == ()
    with store.read(None) as reading:
        assert [row.id for row in pointing_at(reading, "INC-0001").rows] == ["NTE-0002", "NTE-0003"]
        assert [row.revision for row in get_revisions(reading, "NTE-0002")] == [1]
