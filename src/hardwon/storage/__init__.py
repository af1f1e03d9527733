"""Rows: the one SQL implementation for SQLite and PostgreSQL, with its audit log, feed and jobs."""
