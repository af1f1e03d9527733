"""Lists: what a reader may see, pages that meet without gap or overlap, and indexes behind them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from hardwon.domain.catalog import Service
from hardwon.domain.errors import InputError, NotFoundError
from hardwon.domain.event import Event
from hardwon.storage.calendars import find_calendar
from hardwon.storage.feed import read_feed
from hardwon.storage.queries.actions import actions_of, list_actions
from hardwon.storage.queries.artifacts import artifacts_of, list_artifacts
from hardwon.storage.queries.catalog import list_catalog
from hardwon.storage.queries.deployments import get_deployment_rows, list_deployments
from hardwon.storage.queries.incidents import get_incident_rows, list_incidents
from hardwon.storage.queries.links import dead_links, pointing_at
from hardwon.storage.queries.notices import list_notices
from hardwon.storage.queries.records import (
    count_records,
    get_record,
    get_records,
    get_revisions,
    iterate_histories,
)
from hardwon.storage.queries.reviews import list_reviews, reviews_of, unheard, unreviewed
from hardwon.storage.queries.threads import count_open, list_threads
from tests.storage.samples import ADA, NOW, TODAY, action, deployment, incident, lesson

SEARCH = ("everyone", "team:search")
MADE = {"incident": incident, "deployment": deployment, "lesson": lesson, "action": action}
LISTS = {
    "incidents": lambda reading, **more: list_incidents(reading, today=TODAY, **more),
    "oldest incidents": lambda reading, **more: list_incidents(reading, today=TODAY, sort="oldest", **more),
    "deployments": list_deployments,
    "lessons": lambda reading, **more: list_artifacts(reading, "lesson", **more),
    "actions": lambda reading, **more: list_actions(reading, today=TODAY, **more),
}
FILTERED = {
    "incidents of a severity": lambda reading: list_incidents(reading, today=TODAY, severity=2),
    "incidents of a status": lambda reading: list_incidents(reading, today=TODAY, status="open"),
    "incidents of a time": lambda reading: list_incidents(reading, today=TODAY, since=TODAY, until=TODAY),
    "deployments of a service": lambda reading: list_deployments(reading, service="search"),
    "deployments of a place": lambda reading: list_deployments(reading, environment="production"),
    "deployments of an outcome": lambda reading: list_deployments(reading, outcome="failed"),
    "lessons of a state": lambda reading: list_artifacts(reading, "lesson", state="published"),
    "lessons of an owner": lambda reading: list_artifacts(reading, "lesson", owner="ada"),
    "unfinished actions": lambda reading: list_actions(reading, today=TODAY, unfinished=True),
    "actions of a state": lambda reading: list_actions(reading, today=TODAY, state="open"),
    "actions of an owner": lambda reading: list_actions(reading, today=TODAY, owner="ada"),
    "actions of a team": lambda reading: list_actions(reading, today=TODAY, team="search"),
    "actions of an incident": lambda reading: list_actions(reading, today=TODAY, incident="INC-0001"),
    "reviews": lambda reading: list_reviews(reading, today=TODAY),
    "reviews of a state": lambda reading: list_reviews(reading, today=TODAY, state="held"),
    "reviews of an incident": lambda reading: list_reviews(reading, today=TODAY, subject="INC-0001"),
    "reviews nobody held in time": lambda reading: list_reviews(reading, today=TODAY, overdue=True),
    "one person's reviews": lambda reading: list_reviews(reading, today=TODAY, person="ada"),
    "one person's calendar": lambda reading: reviews_of(reading, "ada", TODAY, limit=50),
    "incidents without a review": lambda reading: unreviewed(reading, NOW, limit=50),
    "reviews nobody was told of": lambda reading: unheard(reading, TODAY, limit=50),
    "a calendar's secret": lambda reading: find_calendar(reading, "0" * 64),
    "services": lambda reading: list_catalog(reading, Service),
    "the feed": lambda reading: read_feed(reading, "", 50),
    "the feed, further": lambda reading: read_feed(reading, "0:7", 50),
    "one reader's notices": lambda reading: list_notices(reading, ("ada",)),
    "a record": lambda reading: get_records(reading, ["INC-0001", "LES-0001"]),
    "an artifact's threads": lambda reading: list_threads(reading, "LES-0001"),
    "a section's open threads": lambda reading: count_open(reading, "LES-0001"),
    "who points at an incident": lambda reading: pointing_at(reading, "INC-0001"),
    "dead links": dead_links,
    "a history": lambda reading: get_revisions(reading, "INC-0001"),
}


def fill(store, count: int = 25) -> None:
    scopes = ("everyone", "team:search", "team:risk")
    with store.begin(ADA, NOW) as tx:
        for make in MADE.values():
            records = [make(number, scope=scopes[number % 3]) for number in range(1, count + 1)]
            tx.save_many(records, Event(verb="imported"))


def walk(store, listing, scopes, limit: int, **filters: object) -> list[str]:
    found, after = [], None
    while True:
        with store.read(scopes) as reading:
            page = listing(reading, limit=limit, after=after, **filters)
        assert len(page.rows) <= limit
        found += [row.id for row in page.rows]
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("name", LISTS)
def test_pages_meet_without_gap_or_overlap(store, name):
    fill(store)
    whole = walk(store, LISTS[name], None, 500)
    assert len(whole) == len(set(whole)) == 25
    for limit in (1, 3, 25):
        assert walk(store, LISTS[name], None, limit) == whole


@pytest.mark.parametrize("name", LISTS)
def test_a_page_goes_on_where_rows_share_a_key(store, name):
    same = {
        "incident": {"times": incident().times},
        "deployment": {"finished_at": NOW},
        "lesson": {"updated_at": NOW},
        "action": {"due_on": None},
    }
    with store.begin(ADA, NOW) as tx:
        for kind, make in MADE.items():
            records = [make(number, **same[kind]) for number in range(1, 12)]
            tx.save_many(records, Event(verb="imported"))
    assert len(set(walk(store, LISTS[name], None, 2))) == 11


@pytest.mark.parametrize("name", LISTS)
def test_a_reader_sees_only_their_scopes(store, name):
    fill(store, 30)
    assert len(walk(store, LISTS[name], None, 7)) == 30
    seen = walk(store, LISTS[name], SEARCH, 7)
    assert len(seen) == 20
    assert all(int(record[-4:]) % 3 != 2 for record in seen)
    assert walk(store, LISTS[name], (), 7) == []


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("after", ["x", "bm8", "WzEsMl0", "W10", "é", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LCJ4Il0"])
def test_a_cursor_that_is_none_is_refused(store, name, after):
    with store.read(None) as reading, pytest.raises(InputError):
        LISTS[name](reading, after=after)


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_page_has_bounds(store, limit):
    with store.read(None) as reading, pytest.raises(InputError):
        list_deployments(reading, limit=limit)


def test_what_is_not_visible_is_not_there(store):
    with store.begin(ADA, NOW) as tx:
        tx.save_many(
            [
                incident(scope="restricted:INC-0001"),
                deployment(),
                lesson(state="draft"),
                action(scope="team:risk"),
            ],
            Event(verb="imported"),
        )
    with store.read(SEARCH) as reading:
        for record in (incident(), lesson(), action()):
            with pytest.raises(NotFoundError):
                get_record(reading, type(record), record.id)
        ids = ["INC-0001", "DEP-0001", "LES-0001", "ACT-0001"]
        assert list(get_records(reading, ids)) == ["DEP-0001"]
        counts = count_records(reading)
        assert [counts[kind] for kind in MADE] == [0, 1, 0, 0]
        assert [record.id for record, _ in iterate_histories(reading)] == ["DEP-0001"]
        assert get_incident_rows(reading, ["INC-0001"], today=TODAY) == ()
        assert get_deployment_rows(reading, ["DEP-0001"])["DEP-0001"].incidents == ()
        assert artifacts_of(reading, "INC-0001") == ()
        assert actions_of(reading, incidents=("INC-0001",), lessons=("LES-0001",), today=TODAY) == ()
    with store.read(None) as reading:
        assert get_deployment_rows(reading, ["DEP-0001"])["DEP-0001"].incidents == (("INC-0001", "caused"),)
        assert [row.id for row in artifacts_of(reading, "INC-0001")] == ["LES-0001"]


def test_a_drafts_scope_lets_writers_in(store):
    with store.begin(ADA, NOW) as tx:
        tx.save(lesson(state="draft"), (Event(verb="created"),))
    with store.read((*SEARCH, "draft:everyone")) as reading:
        assert get_record(reading, type(lesson()), "LES-0001").state == "draft"


def test_filters_narrow(store):
    with store.begin(ADA, NOW) as tx:
        tx.save_many(
            [
                incident(1, severity=2, services=("a", "b"), tags=("x",), status="resolved"),
                incident(2, severity=3, services=("b",), tags=()),
                action(1, state="done", services=("a",)),
                action(2, owner=None, due_on=None),
                action(3, incident="INC-0002", due_on=TODAY + timedelta(days=3)),
            ],
            Event(verb="imported"),
        )
    cases = [
        ({"service": "a"}, ["INC-0001"]),
        ({"service": "b"}, ["INC-0001", "INC-0002"]),
        ({"service": "b", "tag": "x"}, ["INC-0001"]),
        ({"severity": 3}, ["INC-0002"]),
        ({"status": "resolved"}, ["INC-0001"]),
        ({"since": TODAY - timedelta(days=1)}, ["INC-0001"]),
        ({"until": TODAY - timedelta(days=2)}, ["INC-0002"]),
    ]
    for filters, expected in cases:
        assert walk(store, LISTS["incidents"], None, 50, **filters) == expected, filters
    cases = [
        ({"unfinished": True}, ["ACT-0003", "ACT-0002"]),
        ({"service": "a"}, ["ACT-0001"]),
        ({"incident": "INC-0002"}, ["ACT-0003"]),
        ({"owner": "ada", "unfinished": True}, ["ACT-0003"]),
    ]
    for filters, expected in cases:
        assert walk(store, LISTS["actions"], None, 50, **filters) == expected, filters
    with store.read(None) as reading:
        first, second = list_incidents(reading, today=TODAY).rows
    assert (first.open_actions, first.overdue_actions) == (1, 0)
    assert (second.open_actions, second.overdue_actions) == (1, 0)


def plans(store, ask, scopes) -> list[tuple[str, str]]:
    """Return (statement, line of its plan) for everything a query runs."""
    ran = []

    def note(connection, cursor, statement, parameters, context, many):  # noqa: ARG001
        if statement.startswith(("SELECT", "WITH")):
            ran.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", note)
    with store.read(scopes) as reading:
        ask(reading)
    event.remove(store.engine, "before_cursor_execute", note)
    lines = []
    with store.read(None) as reading:
        for statement, parameters in ran:
            plan = reading.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            lines += [(statement, row.detail) for row in plan]
    assert lines
    return lines


def is_bad(line: str) -> bool:
    """Tell whether a plan's line reads a whole table, or sorts what no index has in order."""
    scan = re.match(r"SCAN (?!\d+-ROW|CONSTANT|VALUES|SUBQUERY)", line)
    return bool((scan and " USING " not in line) or "TEMP B-TREE FOR ORDER BY" in line)


# SQLite's plans are stable; PostgreSQL's depend on how full the tables are.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scopes", [None, SEARCH], ids=["all", "scoped"])
@pytest.mark.parametrize("name", [*LISTS, *FILTERED])
def test_an_index_stands_behind_every_list(store, name, scopes):
    fill(store, 60)
    ask = (LISTS | FILTERED)[name]
    bad = [(line, statement) for statement, line in plans(store, ask, scopes) if is_bad(line)]
    assert bad == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_scan_would_be_noticed(store):
    fill(store, 5)

    def ask(reading):
        reading.connection.exec_driver_sql("SELECT id FROM incidents ORDER BY title").all()

    assert sum(is_bad(line) for _, line in plans(store, ask, None)) == 2
