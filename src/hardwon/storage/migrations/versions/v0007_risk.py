"""What the risk score counts: the traits of deployments, and when which of them was seen to have failed."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0007"
down_revision = "0006"

_TABLES = Path(__file__).with_suffix(".sql")
_WORDS = {"sqlite": {"without_rowid": " WITHOUT ROWID"}, "postgresql": {"without_rowid": ""}}


def upgrade() -> None:
    """Create the tables of this version; what is stored already is counted by `hardwon reindex`."""
    connection = op.get_bind()
    words = _WORDS[connection.dialect.name]
    for statement in _TABLES.read_text(encoding="utf-8").format_map(words).split(";\n"):
        if statement.strip():
            connection.execute(text(statement))
