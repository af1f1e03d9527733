"""Alembic's entry: runs the chain on the connection the store hands over."""

from __future__ import annotations

from alembic import context

from hardwon.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
context.run_migrations()
