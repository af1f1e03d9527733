"""The first schema: records, revisions, audit, feed, jobs; what is written once stays."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0001"
down_revision = None

_TABLES = Path(__file__).with_suffix(".sql")
_TYPES = {
    "sqlite": {"bytes": "BLOB", "serial": "INTEGER"},
    "postgresql": {"bytes": "BYTEA", "serial": "BIGSERIAL"},
}
_SQLITE = """
CREATE TRIGGER {table}_{verb}_refused BEFORE {verb} {columns} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'raise_exception'; END $$
"""
_POSTGRES = """
CREATE TRIGGER {table}_{verb}_refused BEFORE {verb} {columns} ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
_APPEND_ONLY = (
    ("audit", "UPDATE", "OF id, entry, leaf"),
    ("audit", "DELETE", ""),
    ("revisions", "UPDATE", ""),
    ("revisions", "DELETE", ""),
)


def upgrade() -> None:
    """Create every table, then forbid changing what is append-only."""
    connection = op.get_bind()
    types = _TYPES[connection.dialect.name]
    for statement in _TABLES.read_text(encoding="utf-8").format_map(types).split(";\n"):
        if statement.strip():
            connection.execute(text(statement))
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        connection.execute(text(_FUNCTION))
    template = _POSTGRES if postgres else _SQLITE
    for table, verb, columns in _APPEND_ONLY:
        connection.execute(text(template.format(table=table, verb=verb, columns=columns)))
