"""What the risk score counts: derived from deployments and incidents, and written with them."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text

from hardwon.storage.tables.base import metadata, ms

risk_traits = Table(
    "risk_traits",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("deployment", Text, primary_key=True),
    Column("scope", Text, nullable=False),
    CheckConstraint("key >= 0", name="risk_traits_key_not_negative"),
    Index("risk_traits_by_deployment", "deployment"),
    sqlite_with_rowid=False,
)
"""One row for each trait of each deployment that shipped. A key is the hash of a trait."""

failures = Table(
    "failures",
    metadata,
    Column("deployment", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    ms("at", nullable=False),
    Column("scope", Text, nullable=False),
    CheckConstraint("length(source) > 0", name="failures_source_not_empty"),
    Index("failures_by_source", "source"),
    sqlite_with_rowid=False,
)
"""Which record says, from when on, that a deployment failed; seen by whoever sees that record."""

check_margins = Table(
    "check_margins",
    metadata,
    Column("deployment", Text, primary_key=True),
    ms("at", nullable=False),
    Column("team", Text, nullable=False),
    Column("margin", Integer, nullable=False),
    Index("check_margins_by_time", "at", "deployment"),
    Index("check_margins_by_team", "team", "at", "deployment"),
)
"""How near the check came to an alert for a change that harmed nothing, in ten-thousandths; the team is empty where
nobody owns it.
"""
