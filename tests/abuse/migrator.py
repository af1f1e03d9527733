"""Upgrades that are killed: dies before the nth statement (`-1`: never), or before the `COMMIT`.

Reads `POINT` lines and does each upgrade in a process forked off this one; answers with how it ended and
how many statements it ran. `mutant` commits after each statement.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from alembic import command
from alembic.runtime import environment
from sqlalchemy import event

from hardwon.storage import migration
from hardwon.storage.engine import open_engine

LOADED = (command, environment)
"""What an upgrade imports, so that forking saves it."""


def upgrade(url: str, number: str, *, mutant: bool) -> int:
    """Upgrade, or die; return how many statements it took."""
    engine = open_engine(url).execution_options(writes=True)
    counted = [0]

    def look(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if str(counted[0]) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        counted[0] += 1
        if mutant and not statement.startswith("BEGIN"):
            driver = connection.connection.driver_connection
            driver.commit()
            driver.execute("BEGIN IMMEDIATE")

    def before_commit(_connection: Any) -> None:
        if number == "COMMIT":
            os.kill(os.getpid(), signal.SIGKILL)

    migration.current_version(engine)
    event.listen(engine, "before_cursor_execute", look)
    event.listen(engine, "commit", before_commit)
    migration.upgrade(engine)
    return counted[0]


def main() -> None:
    url, mode = sys.argv[1:3]
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writer, str(upgrade(url, line.strip(), mutant=mode == "mutant")).encode())
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.close(writer)
        os.write(1, f"{code} {os.read(reader, 20).decode() or 0}\n".encode())
        os.close(reader)


if __name__ == "__main__":
    main()
