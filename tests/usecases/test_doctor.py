"""Doctor only reads, and names what is wrong with its fix."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import doctor, incidents, indexing
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import RESPONDER


def state_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file of the workspace with its size and time; SQLite's own side files come and go."""
    files = (path for path in folder.rglob("*") if not path.name.endswith(("-wal", "-shm")))
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.is_file()}


def by_name(settings: Settings) -> dict[str, doctor.Symptom]:
    return {symptom.name: symptom for symptom in doctor.examine(settings)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A closed workspace that holds one incident."""
    made = Settings(home=tmp_path / "home", meaning=False)
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
    assert [s.ok for s in doctor.examine(Settings(home=tmp_path / "none"))] == [False]
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
