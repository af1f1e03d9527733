"""Kept checks: what gates were answered."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0014"
down_revision = "0013"

_TABLES = Path(__file__).with_suffix(".sql")
_TYPES = {
    "sqlite": {"bytes": "BLOB"},
    "postgresql": {"bytes": "BYTEA"},
}


def upgrade() -> None:
    """Create the tables of this version."""
    connection = op.get_bind()
    types = _TYPES[connection.dialect.name]
    for statement in _TABLES.read_text(encoding="utf-8").format_map(types).split(";\n"):
        if statement.strip():
            connection.execute(text(statement))
