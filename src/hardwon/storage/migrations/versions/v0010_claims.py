"""Services that nobody owns yet, services that are another name of one, and what was merged before it ships."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0010"
down_revision = "0009"

_TABLES = Path(__file__).with_suffix(".sql")
_WORDS = {
    "sqlite": {
        "team": "json_extract(CAST(body AS TEXT), '$.team')",
        "public": "EXISTS (SELECT 1 FROM json_each(CAST(body AS TEXT), '$.tags') WHERE value = 'public')",
    },
    "postgresql": {
        "team": "(CAST(convert_from(body, 'UTF8') AS jsonb) ->> 'team')",
        "public": "coalesce(CAST(convert_from(body, 'UTF8') AS jsonb) -> 'tags' @> '\"public\"', false)",
    },
}


def upgrade() -> None:
    """Add the columns and the table, and mark what waits to be claimed."""
    connection = op.get_bind()
    words = _WORDS[connection.dialect.name]
    for statement in _TABLES.read_text(encoding="utf-8").format_map(words).split(";\n"):
        if statement.strip():
            connection.execute(text(statement))
