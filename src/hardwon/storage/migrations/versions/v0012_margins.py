"""How near harmless changes come to an alert."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0012"
down_revision = "0011"

_TABLES = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Create the table of this version."""
    connection = op.get_bind()
    for statement in _TABLES.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            connection.execute(text(statement))
