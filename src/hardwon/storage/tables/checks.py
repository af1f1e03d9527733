"""Answers that gates were given."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text

from hardwon.domain.check import Verdict
from hardwon.domain.gate import GateKind
from hardwon.storage.tables.base import metadata, ms, one_of

checks = Table(
    "checks",
    metadata,
    Column("id", Text, primary_key=True),
    ms("at_ms", nullable=False),
    ms("last_at_ms", nullable=False),
    Column("times", Integer, nullable=False, server_default="1"),
    Column("digest", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("service", Text),
    Column("deployment", Text),
    Column("scope", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    one_of("gate", GateKind, "checks_gate_known"),
    one_of("verdict", Verdict, "checks_verdict_known"),
    CheckConstraint("times >= 1", name="checks_times_positive"),
    CheckConstraint("length(scope) > 0", name="checks_scope_not_empty"),
    Index("checks_once", "digest", unique=True),
    Index("checks_by_time", "at_ms", "id"),
    Index("checks_by_verdict", "verdict", "at_ms", "id"),
    Index("checks_by_service", "service", "at_ms", "id"),
    Index("checks_by_deployment", "deployment", "at_ms"),
)
"""One row an answer and day: a gate that asks again and hears the same is counted in `times`."""
