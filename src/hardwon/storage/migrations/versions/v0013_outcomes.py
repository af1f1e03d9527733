"""How the deployments of one service ended."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0013"
down_revision = "0012"

_INDEX = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Create the index of this version."""
    connection = op.get_bind()
    for statement in _INDEX.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            connection.execute(text(statement))
