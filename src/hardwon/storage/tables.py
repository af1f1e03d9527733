"""Every table, for SQLite and PostgreSQL alike.

A record's row holds the columns that lists filter and sort by, and the record itself as JSON in
`body`. Labels and links are rows of their own, so they are indexed both ways.
"""

from __future__ import annotations

from typing import Final, get_args

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    literal_column,
)

from hardwon.domain.action import ActionState
from hardwon.domain.artifact import ArtifactKind, State
from hardwon.domain.deployment import Outcome
from hardwon.domain.incident import Status
from hardwon.domain.observation import ObservationKind, ObservationState
from hardwon.domain.review import ReviewKind, ReviewState
from hardwon.domain.template import TemplateKind, TemplateState
from hardwon.domain.term import TermAxis, TermState
from hardwon.domain.thread import ThreadKind, ThreadState

metadata = MetaData()
BIG: Final = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit integer that SQLite may also number by itself."""


def _one_of(column: str, values: object, name: str) -> CheckConstraint:
    quoted = ", ".join(f"'{value}'" for value in get_args(values))
    return CheckConstraint(f"{column} IN ({quoted})", name=name)


def _record(name: str, *columns: Column[object] | CheckConstraint | Index) -> Table:
    """Return a table of records: identity, revision, scope, body, and the noun's own columns."""
    return Table(
        name,
        metadata,
        Column("id", Text, primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("scope", Text, nullable=False),
        Column("source", Text, nullable=False, server_default=""),
        Column("source_id", Text, nullable=False, server_default=""),
        Column("body", LargeBinary, nullable=False),
        *columns,
        CheckConstraint("length(id) > 0", name=f"{name}_id_not_empty"),
        CheckConstraint("revision >= 1", name=f"{name}_revision_positive"),
        CheckConstraint("length(scope) > 0", name=f"{name}_scope_not_empty"),
        Index(f"{name}_by_source", "source_id", "source"),
    )


def _ms(name: str, *, nullable: bool = True) -> Column[object]:
    """Return a column of time: milliseconds since 1970, UTC."""
    return Column(name, BigInteger, nullable=nullable)


services = _record("services", Column("name", Text, nullable=False))
environments = _record("environments", Column("name", Text, nullable=False))
teams = _record("teams", Column("name", Text, nullable=False))
people = _record("people", Column("name", Text, nullable=False))

deployments = _record(
    "deployments",
    Column("title", Text, nullable=False),
    Column("service", Text),
    Column("environment", Text),
    Column("version", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    _ms("at", nullable=False),
    _one_of("outcome", Outcome, "deployments_outcome_known"),
    Index("deployments_by_time", "at", "id"),
    Index("deployments_by_service", "service", "at", "id"),
    Index("deployments_by_environment", "environment", "at", "id"),
    Index("deployments_by_outcome", "outcome", "at", "id"),
)

incidents = _record(
    "incidents",
    Column("title", Text, nullable=False),
    Column("severity", Integer),
    Column("status", Text, nullable=False),
    _ms("at", nullable=False),
    _ms("detected_at"),
    _ms("resolved_at"),
    CheckConstraint("severity BETWEEN 1 AND 5", name="incidents_severity_range"),
    _one_of("status", Status, "incidents_status_known"),
    Index("incidents_by_time", "at", "id"),
    Index("incidents_by_severity", "severity", "at", "id"),
    Index("incidents_by_status", "status", "at", "id"),
)

artifacts = _record(
    "artifacts",
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", Text),
    Column("team", Text),
    Column("risk", Text),
    Column("review_on", Date),
    Column("reminded", Integer, nullable=False, server_default="0"),
    Column("proven_on", Date),
    Column("remedy", Text),
    Column("excerpt", Text, nullable=False),
    _ms("updated_at", nullable=False),
    _one_of("kind", ArtifactKind, "artifacts_kind_known"),
    _one_of("state", State, "artifacts_state_known"),
    CheckConstraint("risk IN ('low', 'medium', 'high', 'critical')", name="artifacts_risk_known"),
    CheckConstraint("remedy IN ('worked', 'did_not_work', 'untried')", name="artifacts_remedy_known"),
    Index("artifacts_by_kind", "kind", "updated_at", "id"),
    Index("artifacts_by_state", "kind", "state", "updated_at", "id"),
    Index("artifacts_by_owner", "kind", "owner", "updated_at", "id"),
    Index("artifacts_by_review", "review_on"),
    Index("artifacts_by_change", "updated_at", "id"),
)

actions = _record(
    "actions",
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", Text),
    Column("team", Text),
    Column("due_on", Date, nullable=False),
    Column("incident", Text),
    Column("unfinished", Integer, nullable=False),
    _ms("updated_at", nullable=False),
    CheckConstraint("kind IN ('prevent', 'detect', 'mitigate', 'repair')", name="actions_kind_known"),
    CheckConstraint("side IN ('technical', 'process')", name="actions_side_known"),
    _one_of("state", ActionState, "actions_state_known"),
    CheckConstraint("unfinished IN (0, 1)", name="actions_unfinished_flag"),
    Index("actions_by_due", "due_on", "id"),
    Index("actions_by_state", "state", "due_on", "id"),
    Index("actions_by_incident", "incident", "due_on", "id"),
    Index("actions_by_owner", "owner", "due_on", "id"),
    Index("actions_by_team", "team", "due_on", "id"),
    Index("actions_by_change", "updated_at", "id"),
)
UNFINISHED: Final = actions.c.unfinished == literal_column("1")
"""The condition the index below stands for; a bound 1 would not be recognised."""
Index(
    "actions_unfinished_by_due",
    actions.c.due_on,
    actions.c.id,
    sqlite_where=UNFINISHED,
    postgresql_where=UNFINISHED,
)

observations = _record(
    "observations",
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    _ms("at", nullable=False),
    _one_of("kind", ObservationKind, "observations_kind_known"),
    _one_of("state", ObservationState, "observations_state_known"),
    Index("observations_by_time", "at", "id"),
    Index("observations_by_state", "state", "at", "id"),
    Index("observations_by_kind", "kind", "at", "id"),
)

reviews = _record(
    "reviews",
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    _ms("starts_at"),
    _one_of("kind", ReviewKind, "reviews_kind_known"),
    _one_of("state", ReviewState, "reviews_state_known"),
    Index("reviews_by_due", "due_on", "id"),
    Index("reviews_by_state", "state", "due_on", "id"),
    Index("reviews_by_subject", "subject", "due_on", "id"),
)

threads = _record(
    "threads",
    Column("artifact", Text, nullable=False),
    Column("section", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    _ms("at", nullable=False),
    _one_of("kind", ThreadKind, "threads_kind_known"),
    _one_of("state", ThreadState, "threads_state_known"),
    Index("threads_by_artifact", "artifact", "at", "id"),
)

templates = _record(
    "templates",
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    _one_of("kind", TemplateKind, "templates_kind_known"),
    _one_of("state", TemplateState, "templates_state_known"),
    Index("templates_by_kind", "kind", "state", "title", "id"),
)

terms = _record(
    "terms",
    Column("title", Text, nullable=False),
    Column("axis", Text, nullable=False),
    Column("state", Text, nullable=False),
    _one_of("axis", TermAxis, "terms_axis_known"),
    _one_of("state", TermState, "terms_state_known"),
    Index("terms_by_axis", "axis", "title", "id"),
)

policies = _record("policies", Column("title", Text, nullable=False))

questions = Table(
    "questions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("day", Date, nullable=False),
    Column("artifact", Text, nullable=False),
    Column("section", Text, nullable=False),
    Column("text", Text, nullable=False),
    CheckConstraint("length(text) > 0", name="questions_text_not_empty"),
    sqlite_with_rowid=False,
)
"""Questions whose askers stay unknown, until their batch is published: no person, no time, no order."""

calendars = Table(
    "calendars",
    metadata,
    Column("person", Text, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    CheckConstraint("length(sha256) = 64", name="calendars_sha256_length"),
)
"""The secret address of a person's calendar feed; revoking it deletes or replaces the row."""

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
)

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

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False, unique=True),
    Column("permissions", Text, nullable=False),
    Column("teams", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("revoked_at_ms", BigInteger),
    CheckConstraint("length(sha256) = 64", name="tokens_sha256_length"),
)
