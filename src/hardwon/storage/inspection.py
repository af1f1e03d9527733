"""Looking a database over for damage."""

from __future__ import annotations

from hardwon.storage.store import Reading


def integrity(reading: Reading) -> tuple[str, ...]:
    """Return what SQLite's own check finds wrong; PostgreSQL checks its pages as it reads them."""
    if reading.connection.dialect.name != "sqlite":
        return ()
    rows = reading.connection.exec_driver_sql("PRAGMA quick_check(20)").scalars().all()
    return tuple(str(row) for row in rows if row != "ok")
