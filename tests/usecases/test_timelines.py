"""Timelines written by many at once: no entry is lost, none is overwritten unseen."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from hardwon.domain.errors import ForbiddenError, InputError, NotFoundError, RevisionConflictError
from hardwon.domain.timeline import MAX_ENTRIES, TimelineEntry, mark_of
from hardwon.usecases import incidents, timelines
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from hardwon.usecases.timelines import EntryPlace
from tests.usecases.conftest import NOW, OUTSIDER, RESPONDER, VIEWER


@pytest.fixture
def incident(app: App) -> str:
    """An incident with one entry."""
    first = TimelineEntry(text="The pager went", at=NOW)
    new = NewIncident(title="Search is slow", timeline=(first,), scope="team:search")
    return incidents.declare(app, RESPONDER, new).id


def texts(app: App, incident: str) -> list[str]:
    return [e.text for e in incidents.get_incident(app, RESPONDER, incident).incident.timeline]


def test_many_write_at_once_and_none_waits_for_a_revision(app: App, incident: str) -> None:
    def write(number: int) -> None:
        for turn in range(5):
            entry = TimelineEntry(text=f"{number}-{turn}", at=NOW + timedelta(seconds=number * 7 + turn))
            timelines.write_entry(app, RESPONDER, incident, entry)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = texts(app, incident)
    assert sorted(kept) == sorted(["The pager went", *(f"{n}-{t}" for n in range(8) for t in range(5))])
    assert incidents.get_incident(app, RESPONDER, incident).incident.revision == 41


def test_an_entry_is_corrected_though_others_came_before_it(app: App, incident: str) -> None:
    seen = incidents.get_incident(app, RESPONDER, incident).incident.timeline[0]
    early = TimelineEntry(text="A graph looked odd", at=NOW - timedelta(minutes=9))
    timelines.write_entry(app, RESPONDER, incident, early)
    place = EntryPlace(position=0, mark=mark_of(seen))
    new = TimelineEntry(text="The pager went at night", at=seen.at)
    saved = timelines.write_entry(app, RESPONDER, incident, new, place)
    assert texts(app, incident) == ["A graph looked odd", "The pager went at night"]
    assert saved.place is not None
    assert saved.place.position == 1
    with pytest.raises(RevisionConflictError):
        timelines.write_entry(app, RESPONDER, incident, new, EntryPlace(position=1, mark=place.mark))


def test_pinning_and_taking_out(app: App, incident: str) -> None:
    place = EntryPlace(position=0, mark=mark_of(TimelineEntry(text="The pager went", at=NOW)))
    starred = timelines.star_entry(app, RESPONDER, incident, place, starred=False)
    assert starred.place is not None
    assert not starred.incident.timeline[0].starred
    timelines.remove_entry(app, RESPONDER, incident, starred.place)
    assert texts(app, incident) == []


def test_who_may_not_is_refused(app: App, incident: str) -> None:
    entry = TimelineEntry(text="Hello")
    with pytest.raises(ForbiddenError):
        timelines.write_entry(app, VIEWER, incident, entry)
    with pytest.raises(NotFoundError):
        timelines.write_entry(app, OUTSIDER, incident, entry)
    with pytest.raises(InputError):
        timelines.write_entry(app, RESPONDER, incident, TimelineEntry(text="  "))


def test_ten_thousand_entries_are_kept_and_one_more_is_refused(app: App) -> None:
    entries = tuple(
        TimelineEntry(text=f"line {n}", at=NOW + timedelta(seconds=n)) for n in range(MAX_ENTRIES)
    )
    long = incidents.declare(app, RESPONDER, NewIncident(title="A long night", timeline=entries)).id
    assert len(texts(app, long)) == MAX_ENTRIES
    with pytest.raises(InputError, match="at most 10,000"):
        timelines.write_entry(app, RESPONDER, long, TimelineEntry(text="one more"))
