"""Incidents are searched for by severity: what is indexed of those that are stored says theirs."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Connection, TextClause, text

revision = "0011"
down_revision = "0010"

_SEVERITY = {
    "sqlite": """
        UPDATE search_documents
        SET body = CAST(json_set(CAST(search_documents.body AS TEXT), '$.severity', CAST(i.severity AS TEXT)) AS BLOB)
        FROM incidents AS i
        WHERE i.id = search_documents.document AND i.severity IS NOT NULL AND search_documents.deleted = 0
    """,
    "postgresql": """
        UPDATE search_documents
        SET body = convert_to(
            jsonb_set(
                convert_from(search_documents.body, 'UTF8')::jsonb, '{severity}', to_jsonb(i.severity::text)
            )::text,
            'UTF8'
        )
        FROM incidents AS i
        WHERE i.id = search_documents.document AND i.severity IS NOT NULL AND search_documents.deleted = 0
    """,
}


def statement_for(connection: Connection) -> TextClause:
    """Return the statement in the database's own words."""
    return text(_SEVERITY[connection.dialect.name].replace("::", "\\:\\:"))


def upgrade() -> None:
    """Write the severity of each stored incident beside what is indexed of it; the index itself starts anew."""
    connection = op.get_bind()
    connection.execute(statement_for(connection))
