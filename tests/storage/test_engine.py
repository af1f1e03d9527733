from __future__ import annotations

import subprocess
from pathlib import Path

import pysqlite3
import pytest
from sqlalchemy import text

from hardwon.domain.errors import BusyError, InputError, UnavailableError, UnsafeStoreError
from hardwon.domain.event import Event
from hardwon.storage import engine as engines
from hardwon.storage.engine import filesystem_of, is_safe_sqlite, open_engine
from hardwon.storage.queries.records import count_records
from hardwon.storage.store import Store
from tests.storage.samples import ADA, NOW, incident

CREATED = (Event(verb="created"),)


@pytest.mark.parametrize("version", ["3.51.3", "3.53.0", "3.44.6", "3.44.7", "3.50.7", "4.0.0"])
def test_a_mended_sqlite_is_safe(version):
    assert is_safe_sqlite(tuple(map(int, version.split("."))))


@pytest.mark.parametrize("version", ["3.7.0", "3.40.1", "3.44.5", "3.45.0", "3.50.6", "3.51.2"])
def test_a_sqlite_with_the_wal_bug_is_not(version):
    assert not is_safe_sqlite(tuple(map(int, version.split("."))))


def test_an_unsafe_library_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(pysqlite3, "sqlite_version", "3.40.1")
    with pytest.raises(UnsafeStoreError, match=r"3\.51\.3 or newer"):
        open_engine(f"sqlite:///{tmp_path / 'x.db'}")


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "fuse.sshfs"])
def test_a_network_file_system_is_refused(monkeypatch, tmp_path, kind):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {tmp_path} {kind} rw 0 0\n")
    assert filesystem_of(tmp_path / "deep", mounts) == kind
    assert filesystem_of(tmp_path.parent, mounts) == "ext4"
    monkeypatch.setattr(engines, "filesystem_of", lambda path: filesystem_of(path, mounts))
    with pytest.raises(UnsafeStoreError, match="local disk"):
        open_engine(f"sqlite:///{tmp_path / 'x.db'}")


@pytest.mark.parametrize("url", ["mysql://x/y", "oracle://x", "nonsense", ""])
def test_another_database_is_refused(url):
    with pytest.raises(InputError):
        open_engine(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_opens(scheme):
    engine = open_engine(f"{scheme}://someone@127.0.0.1:1/none")
    assert engine.dialect.driver == "psycopg"
    with pytest.raises(UnavailableError) as caught, Store(engine).read(None):
        pass
    assert not isinstance(caught.value, BusyError)


def test_sqlite_runs_in_its_safe_mode(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    asked = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    with engine.connect() as connection:
        for pragma, value in asked.items():
            assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == value
    engine.dispose()


def test_a_writer_that_waits_too_long_is_told(store, monkeypatch):
    monkeypatch.setattr(engines, "BUSY_MS", 200)
    other = Store(open_engine(store.engine.url.render_as_string(hide_password=False)))
    with store.begin(ADA, NOW) as tx:
        tx.save(incident(), CREATED)
        with pytest.raises(BusyError), other.begin(ADA, NOW) as late:
            late.save(incident(), CREATED)
        with other.read(None) as reading:
            assert count_records(reading)["incident"] == 0
    other.close()


def test_a_sqlite_writer_holds_its_turn_from_the_start(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "BUSY_MS", 100)
    url = f"sqlite:///{tmp_path / 'x.db'}"
    one, other = Store(open_engine(url)), Store(open_engine(url))
    one.migrate()
    with one.begin(ADA, NOW), pytest.raises(BusyError), other.begin(ADA, NOW):
        pass
    with other.begin(ADA, NOW) as tx:
        tx.save(incident(), CREATED)
    one.close()
    other.close()


def test_a_reader_sees_one_moment(store):
    with store.read(None) as reading:
        assert count_records(reading)["incident"] == 0
        with store.begin(ADA, NOW) as tx:
            tx.save(incident(), CREATED)
        assert count_records(reading)["incident"] == 0


def test_a_reader_cannot_write(store):
    if store.dialect == "sqlite":
        pytest.skip("a SQLite reader could, but has no method for it")
    with store.read(None) as reading, pytest.raises(Exception, match="read-only"):
        reading.connection.execute(text("DELETE FROM jobs"))


def test_a_full_disk_is_said_and_survived(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = "/usr/bin/mount"
    if not Path(mount).exists():
        pytest.skip("needs mount")
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=False)
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    try:
        _fill(disk)
    finally:
        subprocess.run(["/usr/bin/umount", "-l", disk], check=False)


def _fill(disk: Path) -> None:
    store = Store(open_engine(f"sqlite:///{disk / 'x.db'}"))
    store.migrate()
    kept = 0

    def write(number: int) -> None:
        with store.begin(ADA, NOW) as tx:
            tx.save(incident(number, summary="x" * 20_000), CREATED)

    while True:
        try:
            write(kept + 1)
        except UnavailableError as error:
            assert "disk is full" in str(error)  # noqa: PT017  (it comes when the disk is full)
            break
        kept += 1
    assert kept > 0
    with store.read(None) as reading:
        assert count_records(reading)["incident"] == kept
        assert reading.connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    subprocess.run(["/usr/bin/mount", "-o", "remount,size=8m", disk], check=True)
    write(kept + 1)
    with store.read(None) as reading:
        assert count_records(reading)["incident"] == kept + 1
    store.close()
