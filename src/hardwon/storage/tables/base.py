"""What every table is made of: the metadata, and the columns that all records have."""

from __future__ import annotations

from typing import Final, get_args

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()
BIG: Final = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit integer that SQLite may also number by itself."""


def one_of(column: str, values: object, name: str) -> CheckConstraint:
    """Return the constraint that a column holds one of a Literal's values."""
    quoted = ", ".join(f"'{value}'" for value in get_args(values))
    return CheckConstraint(f"{column} IN ({quoted})", name=name)


def record_table(name: str, *columns: Column[object] | CheckConstraint | Index) -> Table:
    """Return a table of records: identity, revision, scope, body, and the noun's own columns."""
    return Table(
        name,
        metadata,
        Column("id", Text, primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("scope", Text, nullable=False),
        Column("source", Text, nullable=False, server_default=""),
        Column("source_id", Text, nullable=False, server_default=""),
        Column("body", LargeBinary, nullable=False),
        *columns,
        CheckConstraint("length(id) > 0", name=f"{name}_id_not_empty"),
        CheckConstraint("revision >= 1", name=f"{name}_revision_positive"),
        CheckConstraint("length(scope) > 0", name=f"{name}_scope_not_empty"),
        Index(f"{name}_by_source", "source_id", "source"),
    )


def ms(name: str, *, nullable: bool = True) -> Column[object]:
    """Return a column of time: milliseconds since 1970, UTC."""
    return Column(name, BigInteger, nullable=nullable)
