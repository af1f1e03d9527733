"""Disks that are full, read-only or broken: a clear answer, nothing acknowledged is lost, work goes on after.

The product runs over `recorder.c`, which lets calls on the workspace's files fail by rule.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import audit, people
from tests.abuse import shim

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
ALWAYS = "0 -1"


def failing(code: int, *calls: str, end: str = "*", when: str = ALWAYS) -> str:
    """Return rules that let calls fail."""
    return "".join(f"{call} {end} {when} {code}\n" for call in calls)


CHANGES = ("write", "open", "mkdir", "rename", "link")
FAULTS = {
    "full": failing(errno.ENOSPC, "write", "open", "mkdir"),
    "nearly full": failing(errno.ENOSPC, "write", "open", "mkdir", when="3 -1"),
    "read-only": failing(errno.EROFS, *CHANGES, "truncate", "unlink"),
    "denied": failing(errno.EACCES, *CHANGES),
    "writes fail": failing(errno.EIO, "write"),
    "syncs fail": failing(errno.EIO, "sync"),
    "one sync fails": failing(errno.EIO, "sync", when="0 1"),
    "reads fail": failing(errno.EIO, "read"),
    "the log cannot be read": failing(errno.EIO, "read", end="hardwon.db-wal"),
}
READABLE = ("full", "nearly full", "writes fail", "syncs fail", "one sync fails")
"""What must not keep anybody from reading."""


class World(NamedTuple):
    """A workspace on a disk that can be broken."""

    folder: Path
    home: Path
    rules: Path
    env: dict[str, str]

    def breaks(self, rules: str) -> None:
        fresh = self.rules.with_suffix(".new")
        fresh.write_text(rules)
        fresh.replace(self.rules)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world").resolve() / "disk"
    (folder / "tmp").mkdir(parents=True)
    rules = folder.with_name("rules")
    rules.write_text("")
    env = shim.environment(folder, rules=rules) | {"TMPDIR": str(folder / "tmp")}
    home = folder / "home"
    with open_app(Settings(home=home, meaning=False)):
        pass
    return World(folder, home, rules, env)


def client_of(site: str) -> httpx.Client:
    return httpx.Client(base_url=site, headers={"Sec-Fetch-Site": "same-origin"}, timeout=30)


def declare(client: httpx.Client, number: int) -> tuple[httpx.Response, str]:
    answer = client.post("/api/v1/incidents", json={"title": f"Slow {number}", "summary": "x" * 5_000})
    return answer, answer.json()["id"] if answer.status_code == 201 else ""


def attach(client: httpx.Client, incident: str, size: int) -> tuple[httpx.Response, str]:
    revision = client.get(f"/api/v1/incidents/{incident}").json()["incident"]["revision"]
    content = f"{incident} {revision} {size}".encode().ljust(size, b".")
    path = f"/incidents/{incident}/files"
    answer = client.post(path, data={"expected": str(revision)}, files={"file": ("log.txt", content)})
    return answer, hashlib.sha256(content).hexdigest() if answer.status_code == 303 else ""


def expect_plain(answer: httpx.Response, what: str) -> None:
    """Expect an answer, or one that says to try again; never that nobody expected this."""
    assert answer.status_code in {200, 201, 303, 409, 503}, f"{what}: {answer.status_code} {answer.text}"
    assert answer.status_code != 503 or answer.headers.get("Retry-After"), what
    assert "Traceback" not in answer.text


class Kept:
    """What was acknowledged."""

    def __init__(self) -> None:
        self.records: list[str] = []
        self.files: list[str] = []
        self.answers = 0
        self.refused = 0

    def note(self, answer: httpx.Response, what: str, name: str, names: list[str]) -> None:
        expect_plain(answer, what)
        self.answers += 1
        self.refused += answer.status_code == 503
        if name:
            names.append(name)

    def lost(self, home: Path) -> list[str]:
        """Return what is not there any more, and what does not fit."""
        with open_app(Settings(home=home, meaning=False)) as app:
            owner = people.local_owner(app)
            audit.sequence(app)
            problems = list(audit.verify(app, owner).problems)
            with app.store.read(None) as reading:
                rows = reading.connection.exec_driver_sql("SELECT id FROM incidents")
                there = {row[0] for row in rows}
            folder = app.settings.attachments
            lost = [name for name in self.records if name not in there]
            for sha256 in self.files:
                path = folder / sha256
                whole = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
                lost += [] if whole else [sha256]
            return problems + lost


def work(client: httpx.Client, fault: str, incident: str, kept: Kept, file: str) -> None:
    """Do everything a person may do while the disk is broken."""
    for number in range(3):
        kept.note(*pair(declare(client, number), f"{fault}: declare"), kept.records)
        path = f"/incidents/{incident}/files"
        for size in (100, 3_000_000):
            content = f"{fault} {number} {size}".encode().ljust(size, b".")
            files = {"file": ("log.txt", content)}
            answer = client.post(path, data={"expected": "2"}, files=files)
            said = hashlib.sha256(content).hexdigest() if answer.status_code == 303 else ""
            kept.note(answer, f"{fault}: attach", said, kept.files)
    pages = ("/", f"/incidents/{incident}", file, "/search?q=slow", "/api/v1/search?q=slow", "/readyz")
    for address in pages:
        answer = client.get(address)
        kept.note(answer, f"{fault}: {address}", "", [])
        if fault in READABLE and address != "/readyz":
            assert answer.status_code == 200, f"{fault}: {address} cannot be read"


def pair(told: tuple[httpx.Response, str], what: str) -> tuple[httpx.Response, str, str]:
    return told[0], what, told[1]


def test_a_server_on_a_broken_disk_refuses_plainly_and_goes_on_after(world: World):
    kept = Kept()
    with shim.served(world.home, world.env) as server, client_of(server.site) as client:
        for fault, rules in FAULTS.items():
            _, incident = declare(client, 0)
            assert incident, f"before {fault}"
            kept.records.append(incident)
            _, sha256 = attach(client, incident, 700)
            kept.files.append(sha256)
            world.breaks(rules)
            work(client, fault, incident, kept, f"/incidents/{incident}/files/{sha256}")
            world.breaks("")
            answer, sha256 = attach(client, incident, 500)
            if answer.status_code == 503:  # once: a connection that was opened read-only is dropped
                answer, sha256 = attach(client, incident, 500)
            assert answer.status_code == 303, f"after {fault}: {answer.text}"
            kept.files.append(sha256)
        assert "Traceback" not in server.said.read_text()
    assert kept.lost(world.home) == []
    assert not list((world.home / "attachments").glob(".*")), "partial files stay behind"
    assert kept.refused > len(FAULTS)
    print(  # noqa: T201
        f"{len(FAULTS)} faults, {kept.answers} answers, {kept.refused} refused plainly, "
        f"{len(kept.records) + len(kept.files)} acknowledged, none lost"
    )


def test_a_server_that_answers_before_the_commit_is_caught(world: World):
    kept = Kept()
    home = world.folder / "mutant"
    with open_app(Settings(home=home, meaning=False)):
        pass
    with (
        shim.served(home, world.env, mutant="says-before-commit") as server,
        client_of(server.site) as client,
    ):
        world.breaks(failing(errno.ENOSPC, "write", end="hardwon.db-wal"))
        answer, name = declare(client, 0)
        world.breaks("")
        kept.note(answer, "declare", name, kept.records)
    lost = kept.lost(home)
    assert lost, "a lost acknowledgement went unnoticed"
    print(f"caught: {lost[0]} was acknowledged and is not there")  # noqa: T201


@pytest.fixture
def commands(world: World) -> Iterator[shim.Commands]:
    with shim.commands(world.env) as running:
        yield running


def test_commands_on_a_broken_disk_say_so_and_leave_nothing_half_done(world: World, commands: shim.Commands):
    source = world.folder / "incidents.jsonl"
    source.write_text('{"id": "OPS-1", "title": "Mail is late", "started_at": "2026-10-01T10:00:00Z"}\n')
    good = world.folder / "good"
    assert commands.run("--workspace", world.home, "backup", good)[0] == 0
    number, failed = itertools.count(), 0
    for fault, rules in FAULTS.items():
        for skip in ("0", "12"):
            name = f"{next(number)}"
            copy, fresh = world.folder / f"copy-{name}", world.folder / f"home-{name}"
            for words in (
                ("--workspace", world.home, "backup", copy),
                ("--workspace", fresh, "restore", good),
                ("--workspace", world.home, "import", "--yes", source),
                ("--workspace", world.home, "reindex"),
                ("--workspace", world.home, "search", "mail"),
            ):
                world.breaks(rules.replace(ALWAYS, f"{skip} -1"))
                code, said = commands.run(*words)
                world.breaks("")
                what = f"{fault} after {skip}: {words[2]} said {code}, {said}"
                assert "Traceback" not in said, what
                assert "did not expect" not in said, what
                assert code == 0 or "error:" in said, what
                failed += code != 0
            expect_whole_or_absent(commands, copy, fresh, world.home / "audit.key")
    code, said = commands.run("--workspace", world.home, "audit", "verify")
    assert code == 0, said
    assert failed > len(FAULTS)
    print(f"{len(FAULTS) * 10} commands, {failed} refused plainly, nothing half done")  # noqa: T201


def expect_whole_or_absent(commands: shim.Commands, copy: Path, fresh: Path, key: Path) -> None:
    """Expect that a backup verifies or is not there, and a restored workspace likewise, with the key
    that no backup holds."""
    if copy.exists():
        code, said = commands.run("restore", "--verify", copy)
        assert code == 0, said
        shutil.rmtree(copy)
    if (fresh / "hardwon.db").exists():
        shutil.copyfile(key, fresh / key.name)
        code, said = commands.run("--workspace", fresh, "audit", "verify")
        assert code == 0, said
    shutil.rmtree(fresh, ignore_errors=True)
