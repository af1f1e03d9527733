"""Holding a workspace for one server."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hardwon.domain.errors import WorkspaceLockedError


@contextmanager
def hold_workspace(home: Path, *, needed: bool) -> Iterator[None]:
    """Hold the workspace's lock while the block runs, where `needed`.

    The system drops the lock with the process, however it ends. Raises WorkspaceLockedError where
    another process holds it.
    """
    if not needed:
        yield
        return
    with (home / "serve.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            holder = lock.read(20).strip() or "unknown"
            raise WorkspaceLockedError(
                f"Process {holder} already serves {home}.",
                fix="Stop it first, choose another --workspace, or use PostgreSQL for several.",
            ) from error
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield
