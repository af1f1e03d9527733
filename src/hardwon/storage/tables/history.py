"""What every write leaves behind: labels, links, revisions, the trail, the feed, jobs and notices."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from hardwon.storage.tables.base import BIG, metadata

labels = Table(
    "labels",
    metadata,
    Column("record", Text, primary_key=True),
    Column("axis", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    CheckConstraint("axis IN ('service', 'environment', 'tag', 'factor')", name="labels_axis_known"),
    CheckConstraint("length(value) > 0", name="labels_value_not_empty"),
    Index("labels_by_value", "axis", "value", "record"),
)

links = Table(
    "links",
    metadata,
    Column("source", Text, primary_key=True),
    Column("relation", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    CheckConstraint("length(target) > 0", name="links_target_not_empty"),
    Index("links_by_target", "target", "relation", "source"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("salt", LargeBinary),
    CheckConstraint("number >= 1", name="revisions_number_positive"),
    Index("revisions_by_time", "at_ms", "record", "number"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("entry", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("position", BigInteger, unique=True),
    Column("at_ms", BigInteger, nullable=False, server_default="0"),
    Column("actor", Text, nullable=False, server_default=""),
    Column("verb", Text, nullable=False, server_default=""),
    Column("kind", Text, nullable=False, server_default=""),
    Column("record", Text, nullable=False, server_default=""),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("detail", Text, nullable=False, server_default=""),
    Column("salt", LargeBinary),
    Index("audit_by_time", "at_ms", "id"),
    Index("audit_by_actor", "actor", "at_ms", "id"),
    Index("audit_by_record", "record", "at_ms", "id"),
    Index("audit_by_kind", "kind", "at_ms", "id"),
    Index("audit_by_verb", "verb", "at_ms", "id"),
)
"""The trail. `entry` is what was written; the columns beside it repeat it, to filter by, and say plainly
what it commits to. `salt` is that of the detail.
"""

Index(
    "audit_unplaced",
    audit.c.id,
    sqlite_where=audit.c.position.is_(None),
    postgresql_where=audit.c.position.is_(None),
)

audit_tree = Table(
    "audit_tree",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    CheckConstraint("size >= 1", name="checkpoints_size_positive"),
    CheckConstraint("length(note) > 0", name="checkpoints_note_not_empty"),
)
"""What the workspace signed of its trail."""

witnessed = Table(
    "witnessed",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("size >= 1", name="witnessed_size_positive"),
)
"""The newest tree of each other workspace that this one signed as its witness."""

cosignatures = Table(
    "cosignatures",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("line", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("length(line) > 0", name="cosignatures_line_not_empty"),
)
"""What a witness signed of this workspace's checkpoints, by their size."""

names = Table(
    "names",
    metadata,
    Column("name", Text, primary_key=True),
    Column("pseudonym", Text, nullable=False, unique=True),
    Column("salt", LargeBinary),
    CheckConstraint("length(pseudonym) = 64", name="names_pseudonym_length"),
)
"""The pseudonym under which the trail knows each name; without a salt nobody can tell any more whose it was."""

erasing = Table(
    "erasing", metadata, Column("actor", Text, primary_key=True), Column("reason", Text, nullable=False)
)
"""Holds a row while a transaction erases, and never after: what is append-only gives way to it alone."""

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
    CheckConstraint("last >= 0", name="counters_not_negative"),
)

search_documents = Table(
    "search_documents",
    metadata,
    Column("document", Text, primary_key=True),
    Column("txid", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("deleted", Integer, nullable=False),
    Column("scope", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    CheckConstraint("deleted IN (0, 1)", name="search_documents_deleted_flag"),
    Index("search_documents_by_seq", "txid", "seq", unique=True),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, unique=True),
    Column("payload", LargeBinary, nullable=False),
    Column("run_at_ms", BigInteger, nullable=False),
    Column("lease_until_ms", BigInteger),
    Column("worker", Text),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),
    Column("error", Text, nullable=False, server_default=""),
    CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="jobs_state_known"),
    CheckConstraint("attempt >= 0", name="jobs_attempt_not_negative"),
    Index("jobs_due", "state", "run_at_ms"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("reader", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("read_at_ms", BigInteger),
    Index("notices_by_reader", "reader", "id"),
)
