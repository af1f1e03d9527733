"""Every CHECK bites, on both databases, whatever the code above it does."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import CheckConstraint, insert

from hardwon.domain.errors import DuplicateError, InputError
from hardwon.storage import tables
from hardwon.storage.rows import TABLES, row_of
from tests.storage.samples import ADA, NOW, one_of_each

CONSTRAINTS = sorted(
    (table.name, str(constraint.name))
    for table in tables.metadata.sorted_tables
    for constraint in table.constraints
    if isinstance(constraint, CheckConstraint)
)
ROWS = {
    TABLES[kind].name: row
    for kind, row in ((kind, row_of(record, NOW)) for kind, record in zip(TABLES, one_of_each(), strict=True))
} | {
    "labels": {"record": "INC-0001", "axis": "tag", "value": "x"},
    "links": {"source": "INC-0001", "relation": "related", "target": "INC-0002"},
    "revisions": {
        "kind": "note",
        "record": "NTE-0001",
        "number": 1,
        "at_ms": 1,
        "by": "ada",
        "verb": "created",
        "detail": "",
        "body": b"{}",
    },
    "checks": {
        "id": "CHK-0001",
        "at_ms": 1,
        "last_at_ms": 1,
        "times": 1,
        "digest": "a" * 64,
        "gate": "flagger",
        "verdict": "warn",
        "scope": "everyone",
        "body": b"{}",
    },
    "questions": {"id": "q", "day": date(2026, 1, 1), "artifact": "PM-0001", "section": "", "text": "Why?"},
    "calendars": {"person": "ada", "sha256": "a" * 64},
    "counters": {"name": "x", "last": 1},
    "search_documents": {
        "document": "NTE-0001",
        "txid": 0,
        "seq": 1,
        "deleted": 0,
        "scope": "everyone",
        "body": b"{}",
    },
    "jobs": {"kind": "x", "payload": b"{}", "run_at_ms": 1, "state": "waiting", "attempt": 0},
    "tokens": {
        "id": "t",
        "name": "t",
        "sha256": "a" * 64,
        "permissions": "",
        "teams": "",
        "created_at_ms": 1,
        "expires_at_ms": 2,
    },
    "sessions": {
        "sha256": "a" * 64,
        "person": "ada",
        "agent": "",
        "began_at_ms": 1,
        "seen_at_ms": 1,
        "ends_at_ms": 2,
    },
    "witnessed": {"origin": "x", "size": 1, "root": b"x", "at_ms": 1},
    "cosignatures": {"size": 1, "line": "x", "at_ms": 1},
    "source_secrets": {"id": "x", "source": "SRC-0001", "sealed": b"x", "created_at_ms": 1},
    "deliveries": {
        "source": "SRC-0001",
        "key": "x",
        "received_at_ms": 1,
        "state": "waiting",
        "signals": 0,
        "headers": b"{}",
        "body": b"{}",
    },
    "dispatches": {
        "destination": "DST-0001",
        "event": "x",
        "record": "INC-0001",
        "type": "x",
        "payload": b"{}",
        "at_ms": 1,
        "state": "waiting",
        "attempts": 0,
        "next_at_ms": 1,
    },
    "dispatch_health": {"destination": "DST-0001", "failures": 1},
    "alerts": {
        "source": "SRC-0001",
        "key": "x",
        "grp": "x",
        "title": "x",
        "firing": 1,
        "began_at_ms": 1,
        "seen_at_ms": 1,
    },
    "alert_groups": {"source": "SRC-0001", "grp": "x", "began_at_ms": 1},
    "reported": {"source": "SRC-0001", "kind": "incident", "key": "x", "record": "INC-0001"},
    "merges": {"source": "SRC-0001", "commit": "c0ffee", "scope": "everyone", "body": "{}"},
    "polls": {"source": "SRC-0001", "cursor": b"", "next_at_ms": 1},
    "names": {"name": "ada", "pseudonym": "a" * 64},
    "checkpoints": {"size": 1, "at_ms": 1, "note": "x"},
    "invitations": {"sha256": "a" * 64, "person": "ada", "ends_at_ms": 2},
    "risk_traits": {"key": 1, "at": 1, "deployment": "DEP-0001", "scope": "everyone"},
    "failures": {"deployment": "DEP-0001", "source": "INC-0001", "at": 1, "scope": "everyone"},
    "attempts": {"key": "ada", "count": 1, "since_ms": 1},
}
BREAKS = {
    "id_not_empty": {"id": ""},
    "revision_positive": {"revision": 0},
    "scope_not_empty": {"scope": ""},
    "severity_range": {"severity": 6},
    "status_known": {"status": "gone"},
    "outcome_known": {"outcome": "gone"},
    "kind_known": {"kind": "gone"},
    "side_known": {"side": "gone"},
    "state_known": {"state": "gone"},
    "risk_known": {"risk": "gone"},
    "remedy_known": {"remedy": "gone"},
    "unfinished_flag": {"unfinished": 2},
    "deleted_flag": {"deleted": 2},
    "axis_known": {"axis": "gone"},
    "value_not_empty": {"value": ""},
    "commit_not_empty": {"commit": ""},
    "unclaimed_flag": {"unclaimed": 2},
    "target_not_empty": {"target": ""},
    "source_not_empty": {"source": ""},
    "key_not_negative": {"key": -1},
    "number_positive": {"number": 0},
    "counters_not_negative": {"last": -1},
    "attempts_not_negative": {"count": -1},
    "active_flag": {"active": 2},
    "dispatches_attempts_not_negative": {"attempts": -1},
    "failures_not_negative": {"failures": -1},
    "attempt_not_negative": {"attempt": -1},
    "sha256_length": {"sha256": "a"},
    "text_not_empty": {"text": ""},
    "size_positive": {"size": 0},
    "note_not_empty": {"note": ""},
    "sealed_not_empty": {"sealed": b""},
    "deliveries_signals_not_negative": {"signals": -1},
    "firing_flag": {"firing": 2},
    "over_flag": {"over": 2},
    "line_not_empty": {"line": ""},
    "pseudonym_length": {"pseudonym": "a"},
    "gate_known": {"gate": "gone"},
    "times_positive": {"times": 0},
    "verdict_known": {"verdict": "gone"},
}


def put(store, table: str, row: dict[str, object]) -> None:
    with store.begin(ADA, NOW) as tx:
        tx.connection.execute(insert(tables.metadata.tables[table]), row)


@pytest.mark.parametrize(("table", "name"), CONSTRAINTS)
def test_a_row_that_breaks_a_check_is_refused(store, table, name):
    row = ROWS[table]
    change = BREAKS.get(name) or BREAKS[name.removeprefix(f"{table}_")]
    with pytest.raises(InputError, match=name):
        put(store, table, row | change)
    put(store, table, row)


@pytest.mark.parametrize("severity", [0, -1])
def test_severities_end_on_both_sides(store, severity):
    with pytest.raises(InputError):
        put(store, "incidents", ROWS["incidents"] | {"severity": severity})
    put(store, "incidents", ROWS["incidents"] | {"severity": None})


def test_a_second_row_of_one_id_is_refused(store):
    put(store, "actions", ROWS["actions"] | {"due_on": date(2026, 1, 1)})
    with pytest.raises(DuplicateError):
        put(store, "actions", ROWS["actions"])
