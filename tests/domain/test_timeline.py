"""Timelines: order, and finding the entry that was meant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.errors import NotFoundError, RevisionConflictError
from hardwon.domain.timeline import TimelineEntry, between, find_entry, in_order, mark_of
from tests.storage.samples import NOW

ENTRIES = st.lists(
    st.builds(
        TimelineEntry,
        text=st.text(min_size=1, max_size=5),
        at=st.none() | st.integers(0, 90).map(lambda m: NOW + timedelta(minutes=m)),
    ),
    min_size=1,
    max_size=8,
    unique_by=mark_of,
).map(tuple)


@given(ENTRIES, st.data())
def test_an_entry_is_found_wherever_others_push_it(entries, data):
    position = data.draw(st.integers(0, len(entries) - 1))
    added = TimelineEntry(text="new entry", at=NOW + timedelta(minutes=data.draw(st.integers(0, 90))))
    later = in_order((*entries, added))
    found = find_entry(later, position, mark_of(entries[position]))
    assert later[found] == entries[position]


@given(ENTRIES)
def test_order_keeps_every_entry_and_times_rise(entries):
    ordered = in_order(entries)
    assert sorted(map(mark_of, ordered)) == sorted(map(mark_of, entries))
    times = [entry.at for entry in ordered if entry.at]
    assert times == sorted(times)
    assert in_order(ordered) == ordered


def test_an_entry_that_was_changed_or_is_gone_is_said():
    entries = (TimelineEntry(text="a"), TimelineEntry(text="b"))
    with pytest.raises(RevisionConflictError):
        find_entry(entries, 1, "an old mark")
    with pytest.raises(NotFoundError):
        find_entry(entries, 2, "an old mark")


def test_a_new_entry_is_proposed_halfway():
    entries = (TimelineEntry(text="a", at=NOW), TimelineEntry(text="b", at=NOW + timedelta(minutes=10)))
    assert between(entries, 0) == NOW + timedelta(minutes=5)
    assert between(entries, 1) == NOW + timedelta(minutes=10)
    assert between((), 0) is None
