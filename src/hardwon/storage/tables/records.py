"""A table for each noun: the columns that its lists filter and sort by, and the record itself."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
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
from hardwon.storage.tables.base import ms, one_of, record_table

services = record_table(
    "services",
    Column("name", Text, nullable=False),
    Column("unclaimed", Integer, nullable=False, server_default="0"),
    Column("same_as", Text),
    CheckConstraint("unclaimed IN (0, 1)", name="services_unclaimed_flag"),
    Index("services_by_claim", "unclaimed", "id"),
    Index("services_by_same", "same_as", "id"),
)
environments = record_table("environments", Column("name", Text, nullable=False))
teams = record_table("teams", Column("name", Text, nullable=False))
people = record_table("people", Column("name", Text, nullable=False))

deployments = record_table(
    "deployments",
    Column("title", Text, nullable=False),
    Column("service", Text),
    Column("environment", Text),
    Column("version", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("risk", Text),
    ms("at", nullable=False),
    one_of("outcome", Outcome, "deployments_outcome_known"),
    Index("deployments_by_time", "at", "id"),
    Index("deployments_by_service", "service", "at", "id"),
    Index("deployments_by_environment", "environment", "at", "id"),
    Index("deployments_by_outcome", "outcome", "at", "id"),
    Index("deployments_by_service_outcome", "service", "outcome", "at", "id"),
    Index("deployments_by_risk", "risk", "at", "id"),
)

incidents = record_table(
    "incidents",
    Column("title", Text, nullable=False),
    Column("severity", Integer),
    Column("status", Text, nullable=False),
    ms("at", nullable=False),
    ms("detected_at"),
    ms("resolved_at"),
    CheckConstraint("severity BETWEEN 1 AND 5", name="incidents_severity_range"),
    one_of("status", Status, "incidents_status_known"),
    Index("incidents_by_time", "at", "id"),
    Index("incidents_by_severity", "severity", "at", "id"),
    Index("incidents_by_status", "status", "at", "id"),
)

artifacts = record_table(
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
    ms("updated_at", nullable=False),
    one_of("kind", ArtifactKind, "artifacts_kind_known"),
    one_of("state", State, "artifacts_state_known"),
    CheckConstraint("risk IN ('low', 'medium', 'high', 'critical')", name="artifacts_risk_known"),
    CheckConstraint("remedy IN ('worked', 'did_not_work', 'untried')", name="artifacts_remedy_known"),
    Index("artifacts_by_kind", "kind", "updated_at", "id"),
    Index("artifacts_by_state", "kind", "state", "updated_at", "id"),
    Index("artifacts_by_owner", "kind", "owner", "updated_at", "id"),
    Index("artifacts_by_review", "review_on"),
    Index("artifacts_by_change", "updated_at", "id"),
)

actions = record_table(
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
    ms("updated_at", nullable=False),
    CheckConstraint("kind IN ('prevent', 'detect', 'mitigate', 'repair')", name="actions_kind_known"),
    CheckConstraint("side IN ('technical', 'process')", name="actions_side_known"),
    one_of("state", ActionState, "actions_state_known"),
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

observations = record_table(
    "observations",
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    ms("at", nullable=False),
    one_of("kind", ObservationKind, "observations_kind_known"),
    one_of("state", ObservationState, "observations_state_known"),
    Index("observations_by_time", "at", "id"),
    Index("observations_by_state", "state", "at", "id"),
    Index("observations_by_kind", "kind", "at", "id"),
)

reviews = record_table(
    "reviews",
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    ms("starts_at"),
    one_of("kind", ReviewKind, "reviews_kind_known"),
    one_of("state", ReviewState, "reviews_state_known"),
    Index("reviews_by_due", "due_on", "id"),
    Index("reviews_by_state", "state", "due_on", "id"),
    Index("reviews_by_subject", "subject", "due_on", "id"),
)

threads = record_table(
    "threads",
    Column("artifact", Text, nullable=False),
    Column("section", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    ms("at", nullable=False),
    one_of("kind", ThreadKind, "threads_kind_known"),
    one_of("state", ThreadState, "threads_state_known"),
    Index("threads_by_artifact", "artifact", "at", "id"),
)

templates = record_table(
    "templates",
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    one_of("kind", TemplateKind, "templates_kind_known"),
    one_of("state", TemplateState, "templates_state_known"),
    Index("templates_by_kind", "kind", "state", "title", "id"),
)

terms = record_table(
    "terms",
    Column("title", Text, nullable=False),
    Column("axis", Text, nullable=False),
    Column("state", Text, nullable=False),
    one_of("axis", TermAxis, "terms_axis_known"),
    one_of("state", TermState, "terms_state_known"),
    Index("terms_by_axis", "axis", "title", "id"),
)

sources = record_table("sources", Column("title", Text, nullable=False), Column("kind", Text, nullable=False))
policies = record_table("policies", Column("title", Text, nullable=False))
