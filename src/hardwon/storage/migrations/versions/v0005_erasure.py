"""Erasure: salted commitments, and triggers that let nothing change but what a running erasure clears."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"

_TABLES = Path(__file__).with_suffix(".sql")
_WORDS = {
    "sqlite": {
        "bytes": "BLOB",
        "detail": "json_extract(CAST(entry AS TEXT), '$.detail')",
        "readable": "WHERE json_valid(CAST(entry AS TEXT))",
    },
    "postgresql": {
        "bytes": "BYTEA",
        "detail": "(CAST(convert_from(entry, 'UTF8') AS json) ->> 'detail')",
        "readable": "",
    },
}
_SQLITE = """
CREATE TRIGGER {table}_{name}_refused BEFORE UPDATE OF {columns} ON {table} {unless}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRES = """
CREATE TRIGGER {table}_{name}_refused BEFORE UPDATE OF {columns} ON {table}
FOR EACH ROW EXECUTE FUNCTION {function}()
"""
_FUNCTION = """
CREATE FUNCTION refuse_unless_erasing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM erasing) THEN RETURN NEW; END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'raise_exception';
END $$
"""
_FIXED = {
    "audit": "id, entry, leaf, at_ms, verb, kind, revision",
    "revisions": "kind, number, at_ms, verb",
}
_ERASABLE = {
    "audit": "actor, record, detail, salt",
    "revisions": 'record, "by", detail, body, salt',
}


def upgrade() -> None:
    """Add what erasing needs, then forbid every other change as before."""
    connection = op.get_bind()
    dialect = connection.dialect.name
    statements = _TABLES.read_text(encoding="utf-8").format_map(_WORDS[dialect])
    for statement in statements.split(";\n"):
        if statement.strip():
            connection.execute(text(statement))
    postgres = dialect == "postgresql"
    if postgres:
        connection.execute(text(_FUNCTION))
    for table, fixed_columns in _FIXED.items():
        connection.execute(text(f"DROP TRIGGER {table}_UPDATE_refused{f' ON {table}' if postgres else ''}"))
        for name, columns in (("UPDATE", fixed_columns), ("ERASE", _ERASABLE[table])):
            fixed = name == "UPDATE"
            words = {
                "table": table,
                "name": name,
                "columns": columns,
                "unless": "" if fixed else "WHEN NOT EXISTS (SELECT 1 FROM erasing)",
                "function": "refuse_change" if fixed else "refuse_unless_erasing",
            }
            connection.execute(text((_POSTGRES if postgres else _SQLITE).format(**words)))
