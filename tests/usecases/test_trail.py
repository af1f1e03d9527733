"""The trail is read by page and filter, and says nothing of what its reader may not see."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from hardwon.domain.actor import Actor
from hardwon.domain.audit import TrailFilter
from hardwon.domain.catalog import Person
from hardwon.domain.errors import ForbiddenError, InputError
from hardwon.domain.event import Event
from hardwon.domain.record import Record
from hardwon.domain.thread import Thread
from hardwon.usecases import calendars, tokens, trail
from tests.storage.samples import deployment, incident, one_of_each
from tests.usecases.conftest import ADMIN, NOW, OUTSIDER, RESPONDER, VIEWER

ALL = TrailFilter()


def rows(app, reader, /, **wanted: Any):
    return trail.list_entries(app, reader, TrailFilter(**wanted), limit=200).rows


def told(app, reader, /, **wanted: Any) -> list[tuple[str, str]]:
    return [(row.verb, row.record) for row in rows(app, reader, **wanted)]


def put(app, *records: Record, actor: Actor = ADMIN, at=NOW, detail: str = "") -> None:
    with app.store.begin(actor, at) as tx:
        for record in records:
            tx.save(record, (Event(verb="created", detail=detail),))


def test_who_did_what_is_newest_first_with_names_and_titles(app):
    put(app, *[record for record in one_of_each() if record.id in {"ada", "search", "INC-0001"}])
    put(app, incident(2), at=NOW + timedelta(days=1), actor=RESPONDER, detail="by hand")
    first, second = rows(app, VIEWER, kind="incident")
    assert (first.record, first.title, first.actor, first.actor_name) == (
        "INC-0002",
        "Search is slow 2",
        "remi",
        None,
    )
    assert (first.detail, first.revision, first.at) == ("by hand", 1, NOW + timedelta(days=1))
    assert (second.record, second.actor_name) == ("INC-0001", "Ada")
    assert {row.title for row in rows(app, VIEWER, record="search")} == {"Search"}


def test_each_filter_narrows(app):
    put(app, incident(1), deployment(1))
    put(app, incident(2), actor=RESPONDER, at=NOW + timedelta(days=2))
    with app.store.begin(ADMIN, NOW + timedelta(days=3)) as tx:
        tx.save(incident(1), (Event(verb="moved", detail="open to closed"),), 1)
    assert told(app, ADMIN, kind="incident") == [
        ("moved", "INC-0001"),
        ("created", "INC-0002"),
        ("created", "INC-0001"),
    ]
    assert told(app, ADMIN, actor="remi") == [("created", "INC-0002")]
    assert told(app, ADMIN, verb="moved") == [("moved", "INC-0001")]
    assert told(app, ADMIN, record="DEP-0001") == [("created", "DEP-0001")]
    day = NOW.date()
    assert told(app, ADMIN, since=day + timedelta(days=3)) == [("moved", "INC-0001")]
    assert told(app, ADMIN, kind="incident", until=day) == [("created", "INC-0001")]
    between = {"since": day + timedelta(days=2), "until": day + timedelta(days=2)}
    assert told(app, ADMIN, **between) == [("created", "INC-0002")]
    assert told(app, ADMIN, since=date.min, until=date.max, record="nothing") == []


def test_pages_hold_every_entry_once(app):
    put(app, *[incident(number) for number in range(1, 24)])
    everything = [(row.record, row.kind) for row in rows(app, ADMIN, kind="incident")]
    seen, after = [], None
    while True:
        page = trail.list_entries(app, ADMIN, TrailFilter(kind="incident"), limit=5, after=after)
        seen += [(row.record, row.kind) for row in page.rows]
        if (after := page.next) is None:
            break
    assert seen == everything
    assert len(set(seen)) == 23
    for wrong in ("x", "W10", "WyJhIiwxXQ"):
        with pytest.raises(InputError):
            trail.list_entries(app, ADMIN, ALL, after=wrong)
    with pytest.raises(InputError):
        trail.list_entries(app, ADMIN, ALL, limit=501)


def test_what_a_reader_may_not_see_is_left_out(app):
    for kind in one_of_each():
        record = kind
        if "scope" in kind.__struct_fields__:
            record = msgspec.structs.replace(kind, scope="team:search")
        if record.id not in {"TPL-0001", "TRM-0001"}:
            put(app, record)
    put(app, incident(7, scope="restricted:INC-0007"), deployment(7))
    scoped = {record.id for record in one_of_each() if "scope" in record.__struct_fields__}
    scoped = scoped - {"TPL-0001", "TRM-0001"}
    assert {"INC-0001", "PM-0001", "LES-0001", "ACT-0001", "REV-0001", "OBS-0001"} <= scoped
    seen = {row.record for row in rows(app, OUTSIDER)}
    assert seen & (scoped | {"INC-0007", "THR-0001"}) == set()
    assert "DEP-0007" in seen
    seen = {row.record for row in rows(app, RESPONDER)}
    assert scoped | {"THR-0001", "DEP-0007"} <= seen
    assert "INC-0007" not in seen
    assert told(app, OUTSIDER, record="INC-0001") == []
    assert "INC-0007" in {row.record for row in rows(app, ADMIN)}
    assert Thread in {type(record) for record in one_of_each()}


def test_what_was_narrowed_later_is_hidden_from_the_start(app):
    put(app, incident(1))
    assert told(app, OUTSIDER, record="INC-0001")
    with app.store.begin(ADMIN, NOW) as tx:
        tx.save(incident(1, scope="team:search"), (Event(verb="revised"),), 1)
    assert told(app, OUTSIDER, record="INC-0001") == []


def test_what_is_no_record_is_for_admins(app):
    tokens.issue(app, ADMIN, "ci", ("read",))
    put(app, Person(id="ada", name="Ada"))
    calendars.share(app, ADMIN)
    assert {row.kind for row in rows(app, ADMIN)} >= {"token", "calendar"}
    for actor in (VIEWER, RESPONDER):
        assert {"token", "calendar"}.isdisjoint({row.kind for row in rows(app, actor)})
        assert {"token", "calendar"}.isdisjoint(
            {line[5] for line in csv.reader(io.StringIO(trail.get_sheet(app, actor, ALL).text))}
        )
    nobody = Actor(id="x", name="X", roles=())
    for ask in (trail.list_entries, trail.get_sheet):
        with pytest.raises(ForbiddenError):
            ask(app, nobody, ALL)


def test_marks_are_withheld(app):
    put(app, incident(1), detail="[[internal: the customer]] complained")
    assert "the customer" not in trail.get_sheet(app, VIEWER, ALL).text
    assert "the customer" not in str(rows(app, VIEWER))
    assert "the customer" in str(rows(app, RESPONDER))


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_of_a_sheet_is_run(app, start):
    put(app, incident(1, title=f"{start.strip()}"), detail=start)
    lines = list(csv.reader(io.StringIO(trail.get_sheet(app, ADMIN, TrailFilter(record="INC-0001")).text)))
    assert lines[0][:4] == ["entry", "at", "actor", "actor name"]
    assert lines[1][-1] == f"'{start}"
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in lines[1])


def test_a_sheet_goes_on_where_it_ended(app, monkeypatch):
    put(app, *[incident(number) for number in range(1, 12)])
    monkeypatch.setattr(trail, "MAX_SHEET", 4)
    monkeypatch.setattr(trail, "_CHUNK", 2)
    seen, after = [], None
    while True:
        made = trail.get_sheet(app, ADMIN, TrailFilter(kind="incident"), after=after)
        seen += [line[6] for line in list(csv.reader(io.StringIO(made.text)))[1:]]
        if (after := made.next) is None:
            break
    assert seen == [f"INC-{number:04d}" for number in range(11, 0, -1)]
