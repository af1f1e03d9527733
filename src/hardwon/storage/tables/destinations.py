"""What is told to other systems: each event for each destination, until it is sent or given up."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text, text

from hardwon.domain.destination import DispatchState
from hardwon.storage.tables.base import BIG, metadata, ms, one_of, record_table

destinations = record_table(
    "destinations",
    Column("title", Text, nullable=False),
    Column("active", Integer, nullable=False),
    CheckConstraint("active IN (0, 1)", name="destinations_active_flag"),
)

dispatches = Table(
    "dispatches",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("destination", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    ms("at_ms", nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    ms("next_at_ms", nullable=False),
    Column("lease", Text, nullable=False, server_default=""),
    Column("status", Integer, nullable=False, server_default="0"),
    Column("reason", Text, nullable=False, server_default=""),
    one_of("state", DispatchState, "dispatches_state_known"),
    CheckConstraint("attempts >= 0", name="dispatches_attempts_not_negative"),
    Index("dispatches_once", "destination", "event", unique=True),
    Index("dispatches_by_destination", "destination", "id"),
    Index(
        "dispatches_due",
        "destination",
        "next_at_ms",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index(
        "dispatches_failed",
        "destination",
        "id",
        sqlite_where=text("state = 'failed'"),
        postgresql_where=text("state = 'failed'"),
    ),
)
"""One row an event and destination. `lease` names the try that is under way, until `next_at_ms`."""

dispatch_health = Table(
    "dispatch_health",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    CheckConstraint("failures >= 0", name="dispatch_health_failures_not_negative"),
)
"""How many tries failed in a row."""
