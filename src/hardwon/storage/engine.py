"""Opening the database safely: SQLite in WAL mode with full sync, or PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pysqlite3
from sqlalchemy import Engine, create_engine, event, exc
from sqlalchemy.engine import make_url

from hardwon.domain.errors import (
    BusyError,
    DuplicateError,
    HardwonError,
    InputError,
    UnavailableError,
    UnsafeStoreError,
)

BUSY_MS: Final = 5_000
_SAFE: Final = (3, 51, 3)
_BACKPORTS: Final = {(3, 44): 6, (3, 50): 7}
_BUSY: Final = ("locked", "busy", "deadlock", "lock timeout", "could not serialize")
_FULL: Final = ("disk is full", "no space left")
_NETWORK: Final = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ceph"}


def is_safe_sqlite(version: tuple[int, ...]) -> bool:
    """Tell whether a SQLite version is free of the WAL-reset bug (sqlite.org/wal.html)."""
    if version[:2] in _BACKPORTS:
        return version[2] >= _BACKPORTS[version[0], version[1]]
    return version >= _SAFE or version < (3, 7)


def filesystem_of(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Return the type of the file system that holds `path`, empty where it cannot be told."""
    if not mounts.is_file():
        return ""
    best, kind = "", ""
    resolved = str(path.resolve())
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.split()
        if len(fields) < 3:  # noqa: PLR2004  (device, folder, type)
            continue
        folder = fields[1].replace("\\040", " ")
        inside = resolved == folder or resolved.startswith(folder.rstrip("/") + "/")
        if inside and len(folder) >= len(best):
            best, kind = folder, fields[2]
    return kind


def open_engine(url: str) -> Engine:
    """Return an engine for a SQLite file or a PostgreSQL URL.

    Raises UnsafeStoreError for a SQLite that could lose data, InputError for another database.
    """
    if url.startswith("sqlite:///"):
        return _open_sqlite(Path(url.removeprefix("sqlite:///")))
    for prefix in ("postgres://", "postgresql://", "postgresql+psycopg://"):
        if url.startswith(prefix):
            full = "postgresql+psycopg://" + url.removeprefix(prefix)
            return create_engine(
                make_url(full),
                pool_size=10,
                pool_pre_ping=True,
                hide_parameters=True,
                connect_args={"connect_timeout": 5, "options": f"-c lock_timeout={BUSY_MS}"},
            )
    raise InputError(
        "HARDWON_DATABASE_URL names no database Hardwon knows.",
        fix="Use postgresql://user@host/name, or leave it out for SQLite.",
    )


def _open_sqlite(path: Path) -> Engine:
    version = tuple(int(part) for part in pysqlite3.sqlite_version.split("."))
    if not is_safe_sqlite(version):
        raise UnsafeStoreError(
            f"SQLite {pysqlite3.sqlite_version} can corrupt a database in WAL mode.",
            fix="Install a pysqlite3 that carries SQLite 3.51.3 or newer.",
        )
    kind = filesystem_of(path.parent)
    if kind in _NETWORK:
        raise UnsafeStoreError(
            f"{path.parent} lies on a network file system ({kind}), where SQLite loses data.",
            fix="Move the workspace to a local disk, or use PostgreSQL.",
        )
    engine = create_engine(
        f"sqlite:///{path}",
        module=pysqlite3,
        connect_args={"timeout": BUSY_MS / 1000},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _doubt)
    return engine


_LOG_PAGES: Final = 16_000
"""Pages of the write-ahead log at which whoever writes folds it, where no worker does so long before."""
_PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "cache_size=-16000",
    f"wal_autocheckpoint={_LOG_PAGES}",
    f"busy_timeout={BUSY_MS}",
)


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def fold_log(engine: Engine) -> None:
    """Move what the write-ahead log holds into the database file, as far as nobody reads it; writers go on."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        cursor.close()
    finally:
        connection.close()


def _begin(connection: Any) -> None:
    """Begin for real: IMMEDIATE where the connection was taken to write."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _doubt(context: Any) -> None:
    """Drop connections that were opened while the file could only be read: they would stay so for good."""
    if "readonly database" in str(context.original_exception):
        context.is_disconnect = True


def empty_log(engine: Engine) -> None:
    """Move the write-ahead log into the database file and cut it to nothing, where nobody is in the way."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=100")
        with suppress(pysqlite3.OperationalError):
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        cursor.close()
    finally:
        connection.close()


@contextmanager
def said_plainly() -> Iterator[None]:
    """Turn the driver's errors into Hardwon's, each with its fix."""
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError, pysqlite3.Error, OverflowError) as error:
        raise plain_error(error) from error


def plain_error(error: Exception) -> HardwonError:
    """Return Hardwon's error for one of the driver's."""
    reason = _reason(error) if isinstance(error, exc.DBAPIError) else str(error)
    lower = reason.lower()
    if isinstance(error, exc.IntegrityError) and "unique" in lower:
        return DuplicateError(f"The record is there already: {reason}.", fix="Read it again.")
    if isinstance(error, exc.IntegrityError | exc.DataError | OverflowError):
        return InputError(f"The database refused the row: {reason}.", fix="Correct that field.")
    if isinstance(error, exc.TimeoutError) or any(word in lower for word in _BUSY):
        return BusyError("Another process is writing to the workspace.", fix="Try again in a moment.")
    if any(word in lower for word in _FULL):
        return UnavailableError(
            "The disk is full; nothing was written.", fix="Free some space and try again."
        )
    return UnavailableError(f"The database cannot be used: {reason}.", fix="See `hardwon doctor`.")


def _reason(error: exc.DBAPIError) -> str:
    text = str(error.orig).strip().splitlines()
    return text[0][:300] if text else type(error).__name__


def free_bytes(path: Path) -> int:
    """Return the space left for this user on the disk that holds `path`, in bytes."""
    stat = os.statvfs(path)
    return stat.f_bavail * stat.f_frsize


def sqlite_version() -> str:
    """Return the version of the SQLite library in use."""
    return str(pysqlite3.sqlite_version)
