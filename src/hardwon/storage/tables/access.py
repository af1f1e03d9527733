"""Who gets in: passwords, sessions, invitations, tokens; and what must not name anybody."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Table,
    Text,
)

from hardwon.storage.tables.base import metadata, ms

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

credentials = Table(
    "credentials",
    metadata,
    Column("person", Text, primary_key=True),
    Column("password", Text, nullable=False),
    ms("changed_at_ms", nullable=False),
)
"""The argon2id hash of a person's password; who signs in elsewhere has no row."""

identities = Table(
    "identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Index("identities_by_person", "person"),
)
"""Who somebody is at an identity provider."""

sessions = Table(
    "sessions",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("agent", Text, nullable=False),
    ms("began_at_ms", nullable=False),
    ms("seen_at_ms", nullable=False),
    ms("ends_at_ms", nullable=False),
    CheckConstraint("length(sha256) = 64", name="sessions_sha256_length"),
    Index("sessions_by_person", "person"),
    Index("sessions_by_end", "ends_at_ms"),
)
"""Who is signed in: the hash of the cookie, and until when at the latest."""

invitations = Table(
    "invitations",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("person", Text, nullable=False),
    ms("ends_at_ms", nullable=False),
    CheckConstraint("length(sha256) = 64", name="invitations_sha256_length"),
    Index("invitations_by_person", "person"),
)
"""One-time links by which a person sets a password; using one deletes it."""

attempts = Table(
    "attempts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    ms("since_ms", nullable=False),
    CheckConstraint("count >= 0", name="attempts_not_negative"),
)
"""Sign-ins that failed lately, by person and by address."""
