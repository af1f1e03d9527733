"""The trail made complete: signed checkpoints, columns to filter entries by, and a tree that stays."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"

_TABLES = Path(__file__).with_suffix(".sql")
_COLUMNS = ("at_ms", "actor", "verb", "kind", "record", "revision")
_FIELD = {
    "sqlite": "json_extract(CAST(entry AS TEXT), '$.{name}')",
    "postgresql": "(CAST(convert_from(entry, 'UTF8') AS json) ->> '{name}')",
}
_READABLE = {"sqlite": "WHERE json_valid(CAST(entry AS TEXT))", "postgresql": ""}
_SQLITE = """
CREATE TRIGGER {table}_{verb}_refused BEFORE {verb} {columns} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRES = """
CREATE TRIGGER {table}_{verb}_refused BEFORE {verb} {columns} ON {table}
FOR EACH {each} EXECUTE FUNCTION refuse_change()
"""
_APPEND_ONLY = (
    ("audit", "UPDATE", f"OF id, entry, leaf, {', '.join(_COLUMNS)}"),
    ("audit_tree", "UPDATE", ""),
    ("audit_tree", "DELETE", ""),
    ("checkpoints", "UPDATE", ""),
    ("checkpoints", "DELETE", ""),
)
_TRUNCATED = ("audit", "audit_tree", "checkpoints", "revisions")
"""PostgreSQL empties a table at once where nothing forbids it; SQLite has no such statement."""


def upgrade() -> None:
    """Create the tables and columns of this version, fill them, then forbid changing what is append-only."""
    connection = op.get_bind()
    dialect = connection.dialect.name
    fields = {name: _FIELD[dialect].format(name=name) for name in _COLUMNS}
    statements = _TABLES.read_text(encoding="utf-8").format_map({**fields, "readable": _READABLE[dialect]})
    for statement in statements.split(";\n"):
        if statement.strip():
            connection.execute(text(statement))
    postgres = dialect == "postgresql"
    connection.execute(text(f"DROP TRIGGER audit_UPDATE_refused{' ON audit' if postgres else ''}"))
    template = _POSTGRES if postgres else _SQLITE
    for table, verb, columns in _APPEND_ONLY:
        connection.execute(text(template.format(table=table, verb=verb, columns=columns, each="ROW")))
    for table in _TRUNCATED if postgres else ():
        statement = template.format(table=table, verb="TRUNCATE", columns="", each="STATEMENT")
        connection.execute(text(statement))
