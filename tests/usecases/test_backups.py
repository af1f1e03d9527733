"""Backups: made while people write, whole or not at all, and brought back only where everything fits."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pysqlite3
import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.backup import DATABASE, MANIFEST, Manifest
from hardwon.domain.errors import ForbiddenError, HardwonError, InputError, NotFoundError, RuleError
from hardwon.settings import Settings
from hardwon.storage import copying
from hardwon.usecases import audit, backups, evidence, incidents, people, samples, search, sign_in
from hardwon.usecases.app import App
from hardwon.usecases.backups import Head
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import NOW, RESPONDER

Open = Callable[[str], Settings]


@pytest.fixture(params=["sqlite", "postgresql"])
def settings_for(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Settings of a workspace of that name, with a database of its own."""

    def make(name: str) -> Settings:
        url = ""
        if request.param == "postgresql":
            url = request.getfixturevalue("postgres_database")()
        return Settings(home=tmp_path / name, meaning=False, database_url=url)

    return make


@pytest.fixture
def app(settings_for: Open) -> Iterator[App]:
    """A workspace with the sample in it, and a file."""
    with open_app(settings_for("first"), clock=lambda: NOW) as opened:
        owner = people.local_owner(opened)
        samples.load(opened, owner)
        evidence.attach_file(opened, owner, "INC-0042", b"log", 1, filename="job.log")
        (opened.settings.home / "standard.toml").write_text("# ours\n")
        sign_in.invite(opened, owner, "amara-nwosu")
        yield opened


def test_all_of_it_comes_back(app: App, settings_for: Open, tmp_path: Path) -> None:
    owner = people.local_owner(app)
    manifest = backups.backup(app, owner, tmp_path / "kept")
    head = Head(manifest.audit_size, manifest.audit_root)
    assert backups.verify(tmp_path / "kept", head) == manifest
    second = settings_for("second")
    backups.restore(second, tmp_path / "kept", head)
    with open_app(second, clock=lambda: NOW) as again:
        report = audit.verify(again, people.local_owner(again))
        assert (report.size, report.root, report.problems) == (*head, ())
        assert copying.counts_of(again.store) == manifest.rows
        stored = incidents.get_incident(again, owner, "INC-0042").incident
        kept = evidence.open_file(again, owner, "INC-0042", stored.evidence[-1].sha256)
        assert kept.path.read_bytes() == b"log"
        assert (second.home / "standard.toml").read_text() == "# ours\n"
        assert search.search(again, owner, "stale embeddings").total > 0
        assert incidents.declare(again, owner, NewIncident(title="Next")).id == "INC-0048"
        with again.store.read(None) as reading:
            left = reading.connection.exec_driver_sql("SELECT count(*) FROM invitations").scalar()
        assert left == 0
    with pytest.raises(RuleError, match="already"):
        backups.restore(second, tmp_path / "kept")


def test_only_an_admin_and_only_where_nothing_is(app: App, tmp_path: Path) -> None:
    with pytest.raises(ForbiddenError):
        backups.backup(app, RESPONDER, tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    with pytest.raises(RuleError, match="there already"):
        backups.backup(app, people.local_owner(app), tmp_path / "kept")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a small workspace, and the one before it."""
    place = tmp_path_factory.mktemp("backups")
    with open_app(Settings(home=place / "home", meaning=False), clock=lambda: NOW) as app:
        owner = people.local_owner(app)
        incident = incidents.declare(app, owner, NewIncident(title="First")).id
        evidence.attach_file(app, owner, incident, b"log", 1, filename="job.log")
        backups.backup(app, owner, place / "older")
        incidents.declare(app, owner, NewIncident(title="Second"))
        backups.backup(app, owner, place / "newer")
    return place


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def rewrite(folder: Path) -> None:
    """Change a row and the manifest's hash, as somebody without the key would."""
    connection = pysqlite3.connect(str(folder / DATABASE))
    connection.execute("UPDATE incidents SET title = 'Nothing happened'")
    connection.commit()
    connection.close()
    manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    manifest.files[DATABASE] = backups._hash(folder / DATABASE)
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))


def attachment(folder: Path) -> Path:
    return next((folder / "attachments").iterdir())


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a bit of the database": lambda folder: flip(folder / DATABASE),
    "half the database": lambda folder: (folder / DATABASE).write_bytes(
        (folder / DATABASE).read_bytes()[:5000]
    ),
    "no database": lambda folder: (folder / DATABASE).unlink(),
    "a bit of a file": lambda folder: flip(attachment(folder)),
    "a file less": lambda folder: attachment(folder).unlink(),
    "a file more": lambda folder: (folder / "attachments" / ("0" * 64)).write_bytes(b"x"),
    "a link": lambda folder: (
        attachment(folder).unlink(),
        (folder / "attachments" / "x").symlink_to("/etc/passwd"),
    ),
    "a bit of the manifest": lambda folder: flip(folder / MANIFEST),
    "no manifest": lambda folder: (folder / MANIFEST).unlink(),
    "a row, and its hash": rewrite,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_one_is_found_and_nothing_is_restored(kept: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(kept / "newer", folder)
    DAMAGES[damage](folder)
    with pytest.raises((InputError, NotFoundError)):
        backups.verify(folder)
    with pytest.raises((InputError, NotFoundError)):
        backups.restore(Settings(home=tmp_path / "home", meaning=False), folder)
    assert not (tmp_path / "home" / "hardwon.db").exists()


def test_an_older_copy_is_told_from_the_one_that_is_expected(kept: Path, tmp_path: Path) -> None:
    older, newer = backups.verify(kept / "older"), backups.verify(kept / "newer")
    head = Head(newer.audit_size, newer.audit_root)
    assert backups.verify(kept / "newer", Head(older.audit_size, older.audit_root)) == newer
    with pytest.raises(InputError, match="older than you expect"):
        backups.restore(Settings(home=tmp_path / "home", meaning=False), kept / "older", head)
    with pytest.raises(InputError, match="another history"):
        backups.verify(kept / "newer", Head(older.audit_size, "0" * 64))
    assert not (tmp_path / "home" / "hardwon.db").exists()


def under_load(folder: Path, take: Callable[[App, Path], object]) -> tuple[int, int, float]:
    """Take a backup while somebody declares; return what was acknowledged before, what it has, the longest wait."""
    with open_app(Settings(home=folder / "home", meaning=False), clock=lambda: NOW) as app:
        owner = people.local_owner(app)
        stop, done, waits = threading.Event(), [0], [0.0]

        def write() -> None:
            while not stop.is_set():
                began = time.monotonic()
                incidents.declare(app, owner, NewIncident(title="Under load"))
                waits[0] = max(waits[0], time.monotonic() - began)
                done[0] += 1

        writer = threading.Thread(target=write)
        writer.start()
        while done[0] < 50:
            time.sleep(0.01)
        acknowledged = done[0]
        take(app, folder / "kept")
        stop.set()
        writer.join()
    connection = pysqlite3.connect(str(folder / "kept" / DATABASE))
    try:
        there = connection.execute("SELECT count(*) FROM incidents").fetchone()[0]
    except pysqlite3.DatabaseError:
        there = 0
    connection.close()
    return acknowledged, int(there), waits[0]


def test_what_was_acknowledged_before_is_in_it(tmp_path: Path) -> None:
    acknowledged, there, longest = under_load(
        tmp_path, lambda app, folder: backups.backup(app, people.local_owner(app), folder)
    )
    print(f"{there} rows, longest wait {longest * 1000:.0f} ms")  # noqa: T201  (the figure of a run)
    assert there >= acknowledged
    backups.verify(tmp_path / "kept")


def test_a_backup_that_copies_the_file_alone_is_caught(tmp_path: Path) -> None:
    def copy(app: App, folder: Path) -> None:
        folder.mkdir()
        shutil.copyfile(app.settings.database_file, folder / DATABASE)

    acknowledged, there, _ = under_load(tmp_path, copy)
    assert there < acknowledged


def test_half_a_backup_is_no_backup(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "_copy_files", fail)
    with pytest.raises(OSError, match="No space"):
        backups.backup(app, people.local_owner(app), tmp_path / "kept")
    assert [path.name for path in tmp_path.iterdir() if "kept" in path.name] == []


def test_a_database_moves_to_the_other_kind_and_back(
    app: App, postgres_database: Callable[[], str], tmp_path: Path
) -> None:
    owner = people.local_owner(app)
    url = postgres_database()
    copied = backups.copy_database(app, owner, url)
    with open_app(
        Settings(home=tmp_path / "moved", meaning=False, database_url=url), clock=lambda: NOW
    ) as moved:
        before = audit.verify(moved, owner)
        assert copying.counts_of(moved.store) == copying.counts_of(app.store)
        incidents.declare(moved, owner, NewIncident(title="On the other side"))
        back = f"sqlite:///{tmp_path / 'back.db'}"
        assert backups.copy_database(moved, owner, back) > copied
        with pytest.raises(RuleError, match="already"):
            backups.copy_database(moved, owner, back)
    with copying.opened(tmp_path / "back.db") as store, store.read(None) as reading:
        assert reading.connection.exec_driver_sql("SELECT count(*) FROM incidents").scalar() == 48
    assert before.problems == ()
    with pytest.raises(HardwonError):
        backups.copy_database(app, owner, "mysql://x")
