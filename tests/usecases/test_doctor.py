"""Doctor only reads, and names what is wrong with its fix."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pysqlite3
import pytest
from sqlalchemy import event

from hardwon.bootstrap import open_app
from hardwon.domain.errors import ForbiddenError
from hardwon.settings import Settings
from hardwon.storage import inspection
from hardwon.storage.attachments import keep_bytes
from hardwon.storage.engine import open_engine
from hardwon.storage.keys import KEY_FILE, open_key
from hardwon.storage.store import Store
from hardwon.usecases import backups, doctor, evidence, incidents, indexing, people
from hardwon.usecases.app import App
from hardwon.usecases.doctor import mending
from hardwon.usecases.incidents import NewIncident
from tests.fresh import fresh
from tests.usecases.conftest import RESPONDER


def state_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file of the workspace with its size and time; SQLite's own side files come and go."""
    files = (path for path in folder.rglob("*") if not path.name.endswith(("-wal", "-shm")))
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.is_file()}


def by_name(settings: Settings) -> dict[str, doctor.Symptom]:
    found: dict[str, doctor.Symptom] = {}
    for symptom in doctor.examine(settings, datetime.now(UTC)):
        if symptom.name not in found or not symptom.ok:
            found[symptom.name] = symptom
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A closed workspace that holds one incident."""
    made = Settings(home=fresh(tmp_path / "home"), meaning=False)
    with open_app(made) as app:
        incidents.declare(app, RESPONDER, NewIncident(title="Search is slow"))
        indexing.catch_up(app)
    return made


def test_a_sound_workspace_is_well_and_left_as_it_was(settings: Settings) -> None:
    before = state_of(settings.home)
    found = by_name(settings)
    assert all(symptom.ok for symptom in found.values()), found
    assert found["index"].text == "1 document"
    assert state_of(settings.home) == before


def test_nothing_is_made_where_nothing_is(tmp_path: Path) -> None:
    assert [s.ok for s in doctor.examine(Settings(home=tmp_path / "none"), datetime.now(UTC))] == [False]
    assert not (tmp_path / "none").exists()
    found = by_name(Settings(home=tmp_path, meaning=False))
    assert not found["database"].ok
    assert "hardwon init" in found["database"].fix
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_index_is_named_with_its_fix(settings: Settings) -> None:
    (settings.index_folder / "words" / "meta.json").write_text("{")
    found = by_name(settings)["index"]
    assert (found.ok, "reindex" in found.fix) == (False, True)
    shutil.rmtree(settings.index_folder)
    assert by_name(settings)["index"].ok
    assert not settings.index_folder.exists()


def test_a_bent_trail_is_named(app: App) -> None:
    with app.store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER revisions_erase_refused")
    incidents.declare(app, RESPONDER, NewIncident(title="Search is slow"))
    with app.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE revisions SET body = CAST('{}' AS BLOB)")
    assert not by_name(app.settings)["audit"].ok


def test_a_password_is_never_shown() -> None:
    assert doctor.redacted("postgresql://ada:secret@db/hardwon") == "postgresql://ada:***@db/hardwon"


def kept(settings: Settings, content: bytes, *, hours: int = 0) -> Path:
    """A file in the attachment store, written some hours ago."""
    path = settings.attachments / keep_bytes(settings.attachments, content)
    moment = time.time() - hours * 3_600
    os.utime(path, (moment, moment))
    return path


def attached(settings: Settings) -> Path:
    """A file that an incident names."""
    with open_app(settings) as app:
        owner = people.local_owner(app)
        evidence.attach_file(app, owner, "INC-0001", b"the log", 1, filename="log.txt")
    return next(settings.attachments.glob("?" * 64))


def write(settings: Settings, *statements: str) -> None:
    """Change the database behind Hardwon's back."""
    connection = pysqlite3.connect(settings.database_file)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def break_pages(settings: Settings, first: int, number: int) -> None:
    """Overwrite pages of the database file; a negative `first` counts from its end."""
    write(settings, "PRAGMA wal_checkpoint(TRUNCATE)")
    with settings.database_file.open("r+b") as stream:
        stream.seek(4096 * first, os.SEEK_SET if first >= 0 else os.SEEK_END)
        stream.write(b"\xaa" * 4096 * number)


JOB = "INSERT INTO jobs (kind, payload, run_at_ms, lease_until_ms, state) VALUES ('x', X'7B7D', 1, 2, '{}')"


@pytest.mark.parametrize(
    ("name", "harm", "said"),
    [
        ("key", lambda s: open_key(s.home) and (s.home / KEY_FILE).chmod(0o644), "644"),
        (
            "key",
            lambda s: (s.home / KEY_FILE).write_bytes(b"\0" * 5) and (s.home / KEY_FILE).chmod(0o600),
            "no key",
        ),
        (
            "key",
            lambda s: (s.home / KEY_FILE).write_bytes(b"a" * 32) and (s.home / KEY_FILE).chmod(0o600),
            "random",
        ),
        ("integrity", lambda s: break_pages(s, -3, 2), ""),
        ("database", lambda s: break_pages(s, 1, 60), "malformed"),
        ("database", lambda s: s.database_file.write_text("a diary, not a database" * 500), "not a database"),
        ("schema", lambda s: write(s, "UPDATE alembic_version SET version_num = '0000'"), "0000"),
        ("attachments", lambda s: attached(s).unlink(), "1 missing"),
        ("attachments", lambda s: attached(s).write_bytes(b"another log"), "1 changed"),
        ("orphans", lambda s: kept(s, b"nobody's", hours=2), "1 file of 8 bytes"),
        ("leases", lambda s: write(s, JOB.format("running")), "1 job is"),
        ("work", lambda s: write(s, JOB.format("waiting")), "waited for"),
        ("work", lambda s: write(s, JOB.format("failed")), "1 job failed"),
        ("index", lambda s: write(s, "UPDATE search_documents SET deleted = 1"), "the database has 0"),
    ],
)
def test_each_harm_is_named(settings: Settings, name: str, harm, said: str) -> None:
    assert by_name(settings)[name].ok
    harm(settings)
    found = by_name(settings)[name]
    assert not found.ok, found
    assert said in found.text
    assert found.fix


def test_a_clock_that_went_back_is_named(settings: Settings) -> None:
    before = datetime.now(UTC) - timedelta(hours=3)
    found = {symptom.name: symptom for symptom in doctor.examine(settings, before)}["clock"]
    assert (found.ok, found.text) == (False, "it is 2 hours behind the trail's last entry")


def test_an_old_backup_is_named(settings: Settings, tmp_path: Path) -> None:
    later = datetime.now(UTC) + timedelta(days=40, hours=1)
    assert "none was ever made" in {s.name: s for s in doctor.examine(settings, later)}["backup"].text
    with open_app(settings) as app:
        backups.backup(app, people.local_owner(app), tmp_path / "copy")
    assert by_name(settings)["backup"].ok
    found = {s.name: s for s in doctor.examine(settings, later)}["backup"]
    assert (found.ok, found.text) == (False, "the last was made 40 days ago")


def test_switches_that_lose_writes_are_named(settings: Settings) -> None:
    store = Store(open_engine(settings.database))
    assert inspection.durability(store) == ()
    store.close()
    engine = open_engine(settings.database)
    event.listen(engine, "connect", lambda made, _: made.execute("PRAGMA synchronous=NORMAL"))
    event.listen(engine, "connect", lambda made, _: made.execute("PRAGMA foreign_keys=OFF"))
    store = Store(engine)
    assert inspection.durability(store) == ("synchronous is NORMAL, not FULL", "foreign keys are not watched")
    store.close()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"host": "10.0.0.7"}, "this machine's owner"),
        ({"host": "10.0.0.7", "sign_in": "accounts"}, "no https"),
    ],
)
def test_an_open_door_is_named(settings: Settings, changed: dict[str, str], said: str) -> None:
    found = by_name(msgspec.structs.replace(settings, **changed))["sign-in"]
    assert (found.ok, said in found.text) == (False, True)


def test_a_file_that_is_being_attached_is_no_orphan(settings: Settings) -> None:
    kept(settings, b"just now")
    attached(settings)
    assert by_name(settings)["orphans"].ok


def test_mending_deletes_nothing_and_is_in_the_trail(settings: Settings) -> None:
    orphan = kept(settings, b"nobody's", hours=2)
    open_key(settings.home)
    (settings.home / KEY_FILE).chmod(0o644)
    write(settings, JOB.format("running"))
    with open_app(settings) as app:
        owner = people.local_owner(app)
        mending.keep_key_private(app, owner)
        mending.release_leases(app, owner)
        mending.set_orphans_aside(app, owner)
        for refused in (mending.keep_key_private, mending.release_leases, mending.set_orphans_aside):
            with pytest.raises(ForbiddenError):
                refused(app, RESPONDER)
    found = by_name(settings)
    assert [found[name].ok for name in ("key", "leases", "orphans", "audit")] == [True] * 4
    assert (settings.attachments / "orphans" / orphan.name).read_bytes() == b"nobody's"
    connection = pysqlite3.connect(settings.database_file)
    rows = connection.execute("SELECT record FROM audit WHERE verb = 'mended' ORDER BY id").fetchall()
    connection.close()
    assert rows == [("key",), ("leases",), ("orphans",)]
    with open_app(settings) as app:
        backups.backup(app, people.local_owner(app), settings.home.parent / "copy")


def test_a_slept_lease_keeps_the_jobs_attempts(settings: Settings) -> None:
    write(settings, JOB.format("running"))
    with open_app(settings) as app:
        mending.release_leases(app, people.local_owner(app))
    connection = pysqlite3.connect(settings.database_file)
    assert connection.execute("SELECT state, attempt FROM jobs WHERE kind = 'x'").fetchall() == [
        ("waiting", 0)
    ]
    connection.close()


def test_a_newer_database_is_not_to_be_mended(settings: Settings) -> None:
    write(settings, "UPDATE alembic_version SET version_num = '9999'")
    found = by_name(settings)["schema"]
    assert (found.ok, found.mend, "Upgrade Hardwon" in found.fix) == (False, "", True)
