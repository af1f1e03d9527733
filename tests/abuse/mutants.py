"""The product, broken on purpose in one place: each harness has to notice its own.

Run as `python -m tests.abuse.mutants NAME ARGUMENTS`, the arguments being those of `hardwon`.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pysqlite3

from hardwon.api import routes
from hardwon.cli import patience
from hardwon.cli.root import run
from hardwon.storage import attachments, disk, engine
from hardwon.storage.deliveries import Delivery
from hardwon.storage.intake import Intake
from hardwon.usecases import evidence
from hardwon.web import routes as web_routes


def set_sync(level: str) -> None:
    """Let every connection sync less than it has to."""
    prepare = engine._prepare

    def prepare_badly(connection: Any, record: object) -> None:
        prepare(connection, record)
        connection.execute(f"PRAGMA synchronous={level}")

    engine._prepare = prepare_badly


def keep_loosely() -> None:
    """Keep attached files without waiting for the disk."""
    attachments.sync_path = lambda path: disk.sync_path(path) if path.is_dir() else None


def skip_folders() -> None:
    """Sync attached files, not the folder that names them."""
    attachments.sync_path = lambda path: None if path.is_dir() else disk.sync_path(path)


def say_before_commit() -> None:
    """Take every commit for done, whatever the disk says."""

    def commit_badly(connection: Any) -> None:
        try:
            connection.commit()
        except pysqlite3.Error:
            connection.rollback()

    make = engine._open_sqlite

    def open_badly(path: Path) -> Any:
        made = make(path)
        made.dialect.do_commit = commit_badly
        return made

    engine._open_sqlite = open_badly


def keep_later() -> None:
    """Answer for an attached file, and keep it a moment after."""

    def keep_badly(folder: Path, content: bytes) -> str:
        threading.Timer(0.05, attachments.keep_bytes, (folder, content)).start()
        return hashlib.sha256(content).hexdigest()

    evidence.keep_bytes = keep_badly


def hurry(seconds: float) -> None:
    """Wait less, or longer, for a request (the first is no mistake, but a test's own impatience)."""
    patience.PatientProtocol.patience = seconds


def take_any_size() -> None:
    """Read bodies of any size."""
    for router in (routes.api_router, web_routes.web_router):
        router.request_max_body_size = None


def answer_early() -> None:
    """Answer for a delivery, and keep it a moment after."""
    put = Intake.put

    def put_badly(self: Intake, delivery: Delivery) -> Future[bool]:
        threading.Timer(0.3, put, (self, delivery)).start()
        answered: Future[bool] = Future()
        answered.set_result(True)
        return answered

    Intake.put = put_badly  # type: ignore[method-assign]


MUTANTS = {
    "sync-off": lambda: set_sync("OFF"),
    "sync-normal": lambda: set_sync("NORMAL"),
    "loose-files": keep_loosely,
    "loose-folders": skip_folders,
    "says-before-commit": say_before_commit,
    "files-later": keep_later,
    "impatient": lambda: hurry(2),
    "patient-for-ever": lambda: hurry(10**6),
    "takes-any-size": take_any_size,
    "answer-early": answer_early,
}

if __name__ == "__main__":
    MUTANTS[sys.argv[1]]()
    sys.exit(run(sys.argv[2:]))
