"""What other systems report: their secrets, each delivery as it came, and the alerts that fire."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text

from hardwon.domain.source import DeliveryState, ReportedKind
from hardwon.storage.tables.base import BIG, metadata, ms, one_of

source_secrets = Table(
    "source_secrets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    ms("created_at_ms", nullable=False),
    CheckConstraint("length(sealed) > 0", name="source_secrets_sealed_not_empty"),
    Index("source_secrets_by_source", "source", "created_at_ms"),
)
"""Secrets that senders sign with, encrypted with a key that lies outside the database."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("key", Text, nullable=False),
    ms("received_at_ms", nullable=False),
    Column("state", Text, nullable=False),
    Column("event", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("signals", Integer, nullable=False, server_default="0"),
    Column("headers", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    one_of("state", DeliveryState, "deliveries_state_known"),
    CheckConstraint("signals >= 0", name="deliveries_signals_not_negative"),
    Index("deliveries_once", "source", "key", unique=True),
    Index("deliveries_by_source", "source", "id"),
    Index("deliveries_by_state", "state", "id"),
)
"""Each delivery once, byte for byte, until it is let go."""

alerts = Table(
    "alerts",
    metadata,
    Column("source", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("grp", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("service", Text),
    Column("severity", Integer),
    Column("said", Text, nullable=False, server_default=""),
    Column("firing", Integer, nullable=False),
    ms("began_at_ms", nullable=False),
    ms("seen_at_ms", nullable=False),
    ms("ended_at_ms"),
    Column("url", Text, nullable=False, server_default=""),
    CheckConstraint("firing IN (0, 1)", name="alerts_firing_flag"),
    CheckConstraint("severity BETWEEN 1 AND 5", name="alerts_severity_range"),
    Index("alerts_by_group", "source", "grp", "firing"),
)

alert_groups = Table(
    "alert_groups",
    metadata,
    Column("source", Text, primary_key=True),
    Column("grp", Text, primary_key=True),
    Column("incident", Text),
    ms("began_at_ms", nullable=False),
    Column("quiet_since_ms", BigInteger),
    Index("alert_groups_quiet", "quiet_since_ms"),
    Index("alert_groups_by_start", "source", "began_at_ms"),
)
"""What fires together: since when, the incident it opened, and since when nothing of it fires any more."""

reported = Table(
    "reported",
    metadata,
    Column("source", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("record", Text, nullable=False),
    Column("over", Integer, nullable=False, server_default="0"),
    one_of("kind", ReportedKind, "reported_kind_known"),
    CheckConstraint("over IN (0, 1)", name="reported_over_flag"),
    Index("reported_by_record", "record", "over"),
)
"""Which record stands for what a source reports under a key, and whether the source says that it is over."""

merges = Table(
    "merges",
    metadata,
    Column("source", Text, primary_key=True),
    Column("commit", Text, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("body", Text, nullable=False),
    CheckConstraint('length("commit") > 0', name="merges_commit_not_empty"),
    Index("merges_by_commit", "commit"),
)
"""What a source says was merged, by its commit: the change as JSON, for the deployment that carries it."""

polls = Table(
    "polls",
    metadata,
    Column("source", Text, primary_key=True),
    Column("cursor", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
    ms("next_at_ms", nullable=False),
    ms("last_at_ms"),
    ms("held_until_ms"),
    ms("lease_until_ms"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("reason", Text, nullable=False, server_default=""),
    CheckConstraint("attempt >= 0", name="polls_attempt_not_negative"),
    CheckConstraint("failures >= 0", name="polls_failures_not_negative"),
    Index("polls_due", "next_at_ms"),
)
"""How far each source was asked, when it is asked next, who asks just now, and the token it is asked with, sealed."""
