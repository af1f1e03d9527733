"""The schema's versions: an Alembic chain, run in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, select

from hardwon.domain.errors import UnavailableError

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x48_57_4D_49
"""The advisory lock that lets one process at a time migrate PostgreSQL."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def versions(engine: Engine) -> tuple[str | None, str]:
    """Return the schema's version (None: empty) and the newest this Hardwon knows."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(_config()).get_current_head()
    return current, str(head)


def upgrade(engine: Engine) -> None:
    """Take the schema to the newest version; does nothing where it is there.

    Raises UnavailableError where a newer Hardwon wrote it.
    """
    current, head = versions(engine)
    if current == head:
        return
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise UnavailableError(
            f"The workspace has schema {current}, which this Hardwon does not know.",
            fix="Upgrade Hardwon, or restore the backup made before the upgrade.",
        )
    config = _config()
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
