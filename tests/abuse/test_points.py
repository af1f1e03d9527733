"""Kill -9 of the real server and its commands at named points: what was acknowledged is there, nothing is half.

`recorder.c` kills the process before a call on one of its files, or in the middle of a write, so no
fail point is in the product. `HARDWON_KILLS_SERVER` (4) adds kills at random writes under load;
`HARDWON_SEED` repeats an earlier run, which prints its seed.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import audit, backups, evidence, exports, incidents, people
from tests.abuse import shim

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
KILLS = int(os.environ.get("HARDWON_KILLS_SERVER", "4"))
SEED = int(os.environ.get("HARDWON_SEED") or random.randrange(10**9))
WRITERS, ENOUGH = 4, 60
SERVER = {
    "in the middle of a file": "write ~/attachments/. 0 1 torn",
    "before a file is synced": "sync ~/attachments/. 0 1 kill",
    "before a file takes its name": "rename ~/attachments/ 0 1 kill",
    "before its folder is synced": "sync attachments 0 1 kill",
    "in the middle of a commit": "write hardwon.db-wal 40 1 torn",
    "before a commit is synced": "sync hardwon.db-wal 2 1 kill",
    "in the middle of a checkpoint of the log": "write hardwon.db 3 1 torn",
    "before that is synced": "sync hardwon.db 0 1 kill",
    "while the key is made": "link audit.key 0 1 kill",
    "while the index says how far it is": "rename index/cursor 1 1 kill",
}
COMMANDS = {
    "in the middle of a copy": ("backup", "write partial/hardwon.db 10 1 torn"),
    "before the manifest": ("backup", "open manifest.json 0 1 kill"),
    "in the middle of the manifest": ("backup", "write manifest.json 0 1 torn"),
    "before a backup takes its name": ("backup", "rename copy 0 1 kill"),
    "before a backup's name is synced": ("backup", "sync disk 0 1 kill"),
    "in the middle of a restore": ("restore", "write hardwon.db.restoring 0 1 torn"),
    "before a restored file takes its name": ("restore", "rename ~/attachments/ 0 1 kill"),
    "before a restore takes its name": ("restore", "rename hardwon.db 0 1 kill"),
    "after a restore took its name": ("restore", "sync back 0 1 kill"),
    "before an imported file takes its name": ("import", "rename ~/attachments/ 0 1 kill"),
    "in the middle of an import": ("import", "write hardwon.db-wal 30 1 torn"),
    "in the middle of building the index": ("reindex", "write * 12 1 torn"),
    "before the worker's places in the tree are synced": ("worker", "sync hardwon.db-wal 0 1 kill"),
    "before the worker's notices are synced": ("worker", "sync hardwon.db-wal 1 1 kill"),
    "before the worker's checkpoint is synced": ("worker", "sync hardwon.db-wal 2 1 kill"),
    "in the middle of the worker's round": ("worker", "write hardwon.db-wal 9 1 torn"),
    "in the middle of a first start": ("init", "write hardwon.db 20 1 torn"),
    "in the middle of the first migration": ("init", "write hardwon.db-wal 60 1 torn"),
}


class World(NamedTuple):
    """A folder whose files are watched, and what runs the product in it."""

    folder: Path
    rules: Path
    commands: shim.Commands

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def dies(self, rule: str) -> None:
        fresh = self.rules.with_suffix(".new")
        fresh.write_text(rule)
        fresh.replace(self.rules)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an incident and its file, to copy."""
    home = tmp_path_factory.mktemp("start") / "home"
    with open_app(Settings(home=home, meaning=False)):
        pass
    return home


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("points").resolve() / "disk"
    folder.mkdir()
    rules = folder.with_name("rules")
    rules.write_text("")
    with shim.commands(shim.environment(folder, rules=rules)) as commands:
        yield World(folder, rules, commands)


@pytest.fixture
def world(watched: World, start: Path) -> World:
    watched.dies("")
    shutil.rmtree(watched.folder)
    watched.folder.mkdir()
    shutil.copytree(start, watched.home)
    return watched


class Acknowledged(NamedTuple):
    """What clients were told."""

    records: list[str]
    files: list[str]


def write(site: str, told: Acknowledged, writer: int, count: int) -> None:
    """Declare incidents with a file each until the server is gone, or `count` are there."""
    with httpx.Client(base_url=site, headers={"Sec-Fetch-Site": "same-origin"}, timeout=20) as client:
        for number in range(count):
            try:
                body = {"title": f"Slow {writer} {number}", "summary": "x" * 9_000}
                made = client.post("/api/v1/incidents", json=body)
                assert made.status_code == 201, made.text
                told.records.append(made.json()["id"])
                content = f"{writer} {number}".encode().ljust(400)
                path = f"/incidents/{made.json()['id']}/files"
                sent = client.post(path, data={"expected": "1"}, files={"file": ("log.txt", content)})
                assert sent.status_code == 303, sent.text
                told.files.append(hashlib.sha256(content).hexdigest())
            except httpx.TransportError:
                return


def load(world: World, rule: str, *, commands: shim.Commands | None = None) -> Acknowledged:
    """Serve, let clients write until the rule kills the server, and return what they were told."""
    told, running = Acknowledged([], []), commands or world.commands
    pid = running.start("--workspace", world.home, "serve", "--port", "0")
    site = running.line().strip()
    world.dies(rule)
    threads = [threading.Thread(target=write, args=(site, told, n, ENOUGH)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    end = threading.Timer(3, os.kill, (pid, signal.SIGTERM))
    end.start()
    code, said = running.ended()
    end.cancel()
    world.dies("")
    assert code == -signal.SIGKILL, f"{rule} was never reached: {said}"
    return told


def losses(home: Path, told: Acknowledged) -> list[str]:
    """Return what was acknowledged and is not there, and what does not fit."""
    with open_app(Settings(home=home, meaning=False), serve=True) as app:
        audit.sequence(app)
        found = list(audit.verify(app, people.local_owner(app)).problems)
        with app.store.read(None) as reading:
            there = {row[0] for row in reading.connection.exec_driver_sql("SELECT id FROM incidents")}
            state = reading.connection.exec_driver_sql("PRAGMA integrity_check").scalar()
            found += [] if state == "ok" else [str(state)]
        for sha256 in told.files:
            path = app.settings.attachments / sha256
            whole = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
            found += [] if whole else [f"file {sha256}"]
        return found + [name for name in told.records if name not in there]


@pytest.mark.parametrize("point", SERVER)
def test_a_server_that_dies_keeps_what_it_acknowledged(world: World, point: str):
    told = load(world, SERVER[point])
    assert losses(world.home, told) == []
    pid = world.commands.start("--workspace", world.home, "serve", "--port", "0")
    write(world.commands.line().strip(), told, 9, 1)
    os.kill(pid, signal.SIGKILL)
    world.commands.ended()
    assert losses(world.home, told) == []


def test_a_server_killed_at_random_writes_keeps_what_it_acknowledged(world: World):
    print(f"HARDWON_SEED={SEED}")  # noqa: T201
    chance, kept = random.Random(SEED), Acknowledged([], [])
    for _ in range(KILLS):
        call = chance.choice(("write", "sync"))
        how = chance.choice(("kill", "torn")) if call == "write" else "kill"
        told = load(world, f"{call} * {chance.randrange(300 if call == 'write' else 60)} 1 {how}")
        kept.records.extend(told.records)
        kept.files.extend(told.files)
        assert losses(world.home, kept) == []
    print(f"{KILLS} kills, {len(kept.records) + len(kept.files)} acknowledged, none lost")  # noqa: T201


def test_a_server_that_keeps_files_after_it_answered_is_caught(world: World):
    rules = world.rules.with_name("mutant-rules")
    rules.write_text("")
    env = shim.environment(world.folder, rules=rules)
    with shim.commands(env, "files-later") as broken:
        told = load(world._replace(rules=rules), "rename ~/attachments/ 2 1 kill", commands=broken)
    lost = losses(world.home, told)
    assert any(what.startswith("file") for what in lost), "a lost file went unnoticed"
    print(f"caught: {lost[0]}")  # noqa: T201


@pytest.mark.parametrize("point", COMMANDS)
def test_a_command_that_dies_leaves_nothing_that_looks_whole(world: World, point: str):
    command, rule = COMMANDS[point]
    told = Acknowledged([], [])
    fill(world, told)
    good, copy, back = world.folder / "good", world.folder / "copy", world.folder / "back"
    with open_app(Settings(home=world.home, meaning=False)) as app:
        backups.backup(app, people.local_owner(app), good)
        exports.export(app, people.local_owner(app), world.folder / "export")
    words = {
        "backup": ("--workspace", world.home, "backup", copy),
        "restore": ("--workspace", back, "restore", good),
        "import": ("--workspace", back, "import", "--yes", world.folder / "export"),
        "reindex": ("--workspace", world.home, "reindex"),
        "init": ("--workspace", back, "init"),
        "worker": ("--workspace", world.home, "worker", "--once"),
    }[command]
    if command == "worker":
        told.records.append(declare(world))
    if command == "import":
        world.commands.run("--workspace", back, "init")
    world.dies(rule)
    code, said = world.commands.run(*words)
    world.dies("")
    assert code == -signal.SIGKILL, f"{point} was never reached: {said}"
    if copy.exists():
        backups.verify(copy)
        return
    if command == "restore" and (back / "hardwon.db").exists():
        shutil.copyfile(world.home / "audit.key", back / "audit.key")
        assert losses(back, told) == [], "half a workspace looks whole"
        return
    code, said = world.commands.run(*words)
    assert code == 0, f"{point}: the second time it said {said}"
    where = back if command in {"restore", "import"} else world.home
    if command == "restore":
        shutil.copyfile(world.home / "audit.key", back / "audit.key")
    assert losses(where, told) == []
    if command == "worker":
        with open_app(Settings(home=world.home, meaning=False)) as app, app.store.read(None) as reading:
            told_once = "SELECT count(*), count(DISTINCT record) FROM notices"
            assert reading.connection.exec_driver_sql(told_once).one() == (2, 2)


def declare(world: World) -> str:
    """Declare an incident that the trail has not signed yet."""
    with open_app(Settings(home=world.home, meaning=False)) as app:
        new = incidents.NewIncident(title="Search is slow", team="search")
        return incidents.declare(app, people.local_owner(app), new).id


def fill(world: World, told: Acknowledged) -> None:
    """Write an incident with a file, of which a team is to hear."""
    with open_app(Settings(home=world.home, meaning=False)) as app:
        owner = people.local_owner(app)
        made = incidents.declare(app, owner, incidents.NewIncident(title="Mail is late", team="search"))
        evidence.attach_file(app, owner, made.id, b"log" * 100, 1, filename="log.txt")
        told.records.append(made.id)
        told.files.append(hashlib.sha256(b"log" * 100).hexdigest())
