"""The trail is signed, proven, exported and checked elsewhere; what was set back or rewritten is found."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.errors import ForbiddenError, InputError, NotFoundError, UnavailableError
from hardwon.domain.note import Note
from hardwon.settings import Settings
from hardwon.usecases import artifacts, audit, exports
from hardwon.usecases.incidents import NewIncident, declare
from hardwon.worker.loop import work_once
from tests.usecases.conftest import ADMIN, NOW, VIEWER


def settle(app) -> str:
    audit.sequence(app)
    audit.checkpoint(app, at_once=True)
    return audit.get_checkpoint(app, ADMIN)


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier as an auditor does: Python alone, without its packages."""
    program = tmp_path / "verify.py"
    program.write_text(audit.get_verifier(), "utf-8")
    command = [sys.executable, "-I", "-S", str(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_worker_signs_once_a_minute(app):
    work_once(app)
    first = audit.get_checkpoint(app, VIEWER)
    declare(app, ADMIN, NewIncident(title="Slow"))
    work_once(app)
    assert audit.get_checkpoint(app, ADMIN) == first
    work_once(msgspec.structs.replace(app, clock=lambda: NOW + timedelta(minutes=1)))
    assert audit.get_checkpoint(app, ADMIN) != first
    assert audit.verify(app, ADMIN, held=first).problems == ()


def test_each_checkpoint_goes_to_the_anchor(tmp_path):
    settings = Settings(home=tmp_path, meaning=False, anchor_file="outside.txt")
    with open_app(settings, clock=lambda: NOW) as app:
        settle(app)
        declare(app, ADMIN, NewIncident(title="Slow"))
        settle(app)
        held = (tmp_path / "outside.txt").read_text("utf-8")
        report = audit.verify(app, ADMIN, held=held, keys=(audit.get_key(app, ADMIN),))
    assert (report.checkpoints, report.problems) == (4, ())


def test_a_workspace_set_back_is_found_by_what_was_put_aside(tmp_path):
    settings = Settings(home=tmp_path / "home", meaning=False)
    with open_app(settings, clock=lambda: NOW) as app:
        settle(app)
    shutil.copytree(settings.home, tmp_path / "older")
    with open_app(settings, clock=lambda: NOW) as app:
        declare(app, ADMIN, NewIncident(title="Slow"))
        held = settle(app)
    with open_app(Settings(home=tmp_path / "older", meaning=False), clock=lambda: NOW) as app:
        assert audit.verify(app, ADMIN).problems == ()
        assert "the trail was cut" in str(audit.verify(app, ADMIN, held=held).problems)
        with pytest.raises(InputError, match="entries; "):
            audit.prove_since(app, ADMIN, held)
        declare(app, ADMIN, NewIncident(title="Another story"))
        declare(app, ADMIN, NewIncident(title="And one more"))
        settle(app)
        assert "has another root" in str(audit.verify(app, ADMIN, held=held).problems)
        with pytest.raises(UnavailableError, match="not the one that was signed"):
            audit.prove_since(app, ADMIN, held)


def test_a_checkpoint_of_another_key_is_told(app, tmp_path):
    held = settle(app)
    other = Settings(home=tmp_path / "other", meaning=False)
    with open_app(other, clock=lambda: NOW) as stranger:
        settle(stranger)
        key = audit.get_key(stranger, ADMIN)
    assert "not signed by the key" in str(audit.verify(app, ADMIN, held=held, keys=(key,)).problems)
    (app.settings.home / "audit.key").write_bytes(b"x" * 32)
    assert "not signed by the key" in str(audit.verify(app, ADMIN).problems)
    for wrong in ({"keys": ("nonsense",)}, {"held": "nonsense"}):
        with pytest.raises(InputError):
            audit.verify(app, ADMIN, **wrong)


def test_a_proof_stands_for_itself(app, tmp_path):
    incident = declare(app, ADMIN, NewIncident(title="Slow"))
    old = settle(app)
    (tmp_path / "old.txt").write_text(old, "utf-8")
    declare(app, ADMIN, NewIncident(title="Slower"))
    settle(app)
    key, file = audit.get_key(app, ADMIN), tmp_path / "one.tlog-proof"
    for name in (incident.id, f"{incident.id}@1", "0"):
        file.write_text(audit.prove(app, ADMIN, name), "utf-8")
        done = run(tmp_path, str(file), "--key", key)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "VERIFIED"), done
        assert name == "0" or '"record":"INC-0001"' in done.stdout
    file.write_text(audit.prove_since(app, ADMIN, old), "utf-8")
    done = run(tmp_path, str(file), "--key", key, "--checkpoint", str(tmp_path / "old.txt"))
    assert (done.returncode, "goes on from" in done.stdout) == (0, True), done
    for wrong in ("INC-0009", f"{incident.id}@7", "999999", "9" * 40, ""):
        with pytest.raises(NotFoundError):
            audit.prove(app, ADMIN, wrong)
    with pytest.raises(ForbiddenError):
        audit.prove(app, VIEWER, "0")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    changed = re.sub(old, new, text)
    assert changed != text
    path.write_text(changed, "utf-8")


def drop_line(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def say_twice(folder: Path) -> None:
    """Rewrite a revision, and let an entry behind the signed ones say that this is what was written."""
    record = folder / "note/NTE-0001.json"
    change(record, "secret", "public")
    body = json.dumps(json.loads(record.read_bytes())["revisions"][0]["body"], separators=(",", ":"))
    trail = folder / "trail/0000000000.jsonl"
    entry = json.loads(trail.read_bytes().splitlines()[-1])
    assert entry["record"] == "NTE-0001"
    entry["body_sha256"] = hashlib.sha256(body.encode()).hexdigest()
    with trail.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(entry) + "\n")


TAMPERINGS = {
    "a revision is rewritten and said twice": say_twice,
    "a revision is rewritten": lambda folder: change(folder / "note/NTE-0001.json", "secret", "public"),
    "the newest state is rewritten": lambda folder: change(
        folder / "note/NTE-0001.json", '"record":{"id":"NTE-0001"', '"record":{"id":"NTE-0009"'
    ),
    "a record is dropped": lambda folder: (folder / "note/NTE-0001.json").unlink(),
    "a record is slipped in": lambda folder: shutil.copy(
        folder / "note/NTE-0001.json", folder / "note/NTE-0002.json"
    ),
    "a page is rewritten": lambda folder: change(folder / "note/NTE-0001.md", "secret", "public"),
    "an entry is rewritten": lambda folder: change(
        folder / "trail/0000000000.jsonl", '"verb":"created"', '"verb":"revised"'
    ),
    "a name is rewritten": lambda folder: change(folder / "trail/names.jsonl", '"ada"', '"bob"'),
    "a name is blotted out": lambda folder: change(
        folder / "trail/names.jsonl", r'"salt":"[0-9a-f]+"', '"salt":""'
    ),
    "a detail is rewritten": lambda folder: change(folder / "trail/details.jsonl", "begins", "ends"),
    "a detail is dropped": lambda folder: drop_line(folder / "trail/details.jsonl"),
    "the trail is cut": lambda folder: drop_line(folder / "trail/0000000000.jsonl"),
    "the trail is dropped": lambda folder: shutil.rmtree(folder / "trail"),
    "the checkpoint is rewritten": lambda folder: change(
        folder / "trail/checkpoint.txt", "hardwon/", "hardwon/0"
    ),
}


@pytest.fixture
def exported(app, tmp_path) -> Path:
    note = Note(id="new", title="A note", body="secret", written_at=NOW, updated_at=NOW)
    artifacts.write(app, ADMIN, note)
    exports.export(app, ADMIN, tmp_path / "out")
    return tmp_path / "out"


def test_an_export_is_checked_without_hardwon(app, tmp_path, exported):
    key = audit.get_key(app, ADMIN)
    done = run(tmp_path, str(exported), "--key", key)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "VERIFIED"), done
    old = tmp_path / "old.txt"
    old.write_text(audit.get_checkpoint(app, ADMIN), "utf-8")
    assert run(tmp_path, str(exported), "--key", key, "--checkpoint", str(old)).returncode == 0
    declare(app, ADMIN, NewIncident(title="Later"))
    old.write_text(settle(app), "utf-8")
    done = run(tmp_path, str(exported), "--key", key, "--checkpoint", str(old))
    assert (done.returncode, "the trail was cut" in done.stdout) == (1, True), done


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_export_is_found(app, tmp_path, exported, name):
    TAMPERINGS[name](exported)
    done = run(tmp_path, str(exported), "--key", audit.get_key(app, ADMIN))
    assert (done.returncode, done.stdout.startswith("NOT VERIFIED: ")) == (1, True), done
    assert done.stderr == ""
    assert ("two entries say what revision 1 of NTE-0001 is" in done.stdout) is name.endswith("said twice")


def test_an_export_of_a_trail_that_may_not_be_signed_still_comes(app, tmp_path):
    settle(app)
    broken = Settings(home=app.settings.home, meaning=False, anchor_file="nowhere/at/all")
    declare(app, ADMIN, NewIncident(title="Slow"))
    exports.export(msgspec.structs.replace(app, settings=broken), ADMIN, tmp_path / "out")
    done = run(tmp_path, str(tmp_path / "out"), "--key", audit.get_key(app, ADMIN))
    assert (done.returncode, "1 entries came later" in done.stdout) == (0, True), done
    assert json.loads((tmp_path / "out/manifest.json").read_bytes())["counts"]["incident"] == 1
