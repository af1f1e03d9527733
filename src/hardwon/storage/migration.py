"""The schema's versions: an Alembic chain, run in one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, func, inspect, select, text

from hardwon.domain.errors import UnavailableError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0014"
"""The newest version of the chain."""
_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x48_57_4D_49
"""The advisory lock that lets one process at a time migrate PostgreSQL."""


def current_version(engine: Engine) -> str | None:
    """Return the version the schema is at, None where there is none yet."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def upgrade(engine: Engine) -> None:
    """Take the schema to the newest version; does nothing where it is there.

    Raises UnavailableError where a newer Hardwon wrote it. Alembic is loaded only where there is
    something to do: it costs a command a quarter of its time.
    """
    current = current_version(engine)
    if current == HEAD:
        return
    from alembic import command

    config = _config()
    if current is not None and not is_known(current):
        raise UnavailableError(
            f"The workspace has schema {current}, which this Hardwon does not know.",
            fix="Upgrade Hardwon, or restore the backup made before the upgrade.",
        )
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_known(version: str) -> bool:
    """Tell whether this Hardwon knows a version of the schema, so that it can go on from there."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return version in {script.revision for script in scripts}


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    return config
