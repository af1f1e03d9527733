"""Power cuts under a real server: what was acknowledged is on the disk, and all of it fits.

A server, and a backup beside it, write through `recorder.c`; then cuts are made in the recorded order of
calls, and what may be left is opened with the product. `HARDWON_CUTS` (1,000) sets how many;
`HARDWON_SEED` repeats the cuts of an earlier run, which prints its seed.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pysqlite3
import pytest
from sqlalchemy.exc import DBAPIError

from hardwon.bootstrap import open_app
from hardwon.domain.errors import HardwonError
from hardwon.settings import Settings
from hardwon.storage.audit_log import verify
from hardwon.storage.copying import opened
from hardwon.usecases import audit, backups, people
from tests.abuse import shim
from tests.abuse.powercut import Disk, write_out

CUTS = int(os.environ.get("HARDWON_CUTS", "1000"))
MUTANT_CUTS = 400
SEED = int(os.environ.get("HARDWON_SEED") or random.randrange(10**9))
VERIFY_EVERY, WHOLE_EVERY = 20, 100
"""After how many cuts the store verifies the trail, and all of the product opens the workspace and the backup."""
DATABASE = "home/hardwon.db"
ROOT_NAME = "/disk"
MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of its own in it)
MUTANTS = {"sync-off": "", "sync-normal": "revision", "loose-files": "file", "loose-folders": "file"}
"""Products that sync too little, and what of theirs is lost (empty: anything)."""
pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")


def record(folder: Path, *, writes: int, mutant: str = "") -> list[shim.Call]:
    """Let a client write to a real server, and return what both did, in order."""
    folder.mkdir()
    home, log = folder / "home", folder.with_suffix(".log")
    env = shim.environment(folder, log=log)
    made = shim.run(home, "init", env=env, mutant=mutant)
    assert made.returncode == 0, made.stderr
    with (
        shim.served(home, env, mutant=mutant) as server,
        httpx.Client(base_url=server.site, headers={"Sec-Fetch-Site": "same-origin"}) as client,
    ):
        for number in range(writes):
            write(client, log, number)
            if number == writes // 2 and not mutant:
                done = shim.run(home, "backup", str(folder / "kept"), env=env)
                assert done.returncode == 0, done.stderr
                shim.acknowledge(log, json.dumps({"backup": "kept"}))
        time.sleep(0.6)  # a round of the worker
    return shim.read_log(log)


def write(client: httpx.Client, log: Path, number: int) -> None:
    """Declare an incident, revise it, and attach a file to every third."""
    body = {"title": f"Search is slow {number}", "summary": "x" * (number * 37 % 3_000)}
    made = client.post("/api/v1/incidents", json=body)
    assert made.status_code == 201, made.text
    name = made.json()["id"]
    shim.acknowledge(log, json.dumps({"record": name, "revision": 1}))
    if number % 3 == 0:
        content = f"evidence {number} ".encode() * (1 + number * 97 % 900)
        sent = client.post(
            f"/incidents/{name}/files", data={"expected": "1"}, files={"file": ("log.txt", content)}
        )
        assert sent.status_code == 303, sent.text
        told = {"record": name, "revision": 2, "file": hashlib.sha256(content).hexdigest()}
        shim.acknowledge(log, json.dumps(told))


def cuts_of(calls: list[shim.Call], count: int, chance: random.Random) -> Iterator[Disk]:
    """Yield the disk at each of `count` moments, in their order; one moment may come twice."""
    moments = sorted(chance.randrange(len(calls) + 1) for _ in range(count))
    disk, done = Disk(ROOT_NAME), 0
    for moment in moments:
        for call in calls[done:moment]:
            disk.replay(call)
        done = moment
        yield disk


def moved(calls: list[shim.Call], folder: Path) -> list[shim.Call]:
    """Return the calls as if the folder had been `/disk`."""
    old = str(folder.resolve())

    def named(path: str) -> str:
        return path.replace(old, ROOT_NAME, 1)

    return [
        call._replace(
            path=call.path if call.kind == "A" else named(call.path),
            data=named(call.data.decode()).encode() if call.kind in "RL" else call.data,
        )
        for call in calls
    ]


def losses(folder: Path, files: dict[str, bytes], acknowledged: list[str], number: int) -> list[str]:
    """Return what was acknowledged and is not there, or what does not fit."""
    told = [json.loads(words) for words in acknowledged]
    found = []
    for ack in told:
        if "file" in ack:
            content = files.get(f"home/attachments/{ack['file']}")
            if content is None or hashlib.sha256(content).hexdigest() != ack["file"]:
                found.append(f"file {ack['file']}")
    whole = number % WHOLE_EVERY == 0
    write_out({name: files[name] for name in files if whole or name.startswith(DATABASE)}, folder)
    try:
        found += lost_rows(folder / DATABASE, told)
        if number % VERIFY_EVERY == 0 and files.get(DATABASE):
            with opened(folder / DATABASE) as store:
                store.migrate()
                with store.read(None) as reading:
                    found += verify(reading).problems
        if whole:
            found += lost_whole(folder, told)
    except (HardwonError, DBAPIError, pysqlite3.DatabaseError) as error:
        found.append(str(error))
    return found


def lost_rows(path: Path, told: list[dict[str, str]]) -> list[str]:
    """Return the acknowledged revisions that the database lacks, and how it is damaged."""
    expected = {(ack["record"], ack["revision"]) for ack in told if "record" in ack}
    connection = pysqlite3.connect(str(path))
    try:
        state = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if state != "ok":
            return [f"damaged: {state}"]
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            expected -= set(connection.execute("SELECT record, number FROM revisions"))
            unheard = "SELECT count(*) FROM revisions r LEFT JOIN audit a ON a.record = r.record AND "
            unheard += "a.revision = r.number WHERE a.id IS NULL"
            if connection.execute(unheard).fetchone()[0]:
                return ["a revision without its audit entry"]
    finally:
        connection.close()
    return [f"revision {lost}" for lost in sorted(expected)]


def lost_whole(folder: Path, told: list[dict[str, str]]) -> list[str]:
    """Open it as the product does: it verifies, and an acknowledged backup does too."""
    found: list[str] = []
    with open_app(Settings(home=folder / "home", meaning=False), serve=True) as app:
        audit.sequence(app)
        found += audit.verify(app, people.local_owner(app)).problems
    kept = folder / "kept"
    if any("backup" in ack for ack in told) or kept.is_dir():
        backups.verify(kept)
    return found


def cut_often(calls: list[shim.Call], count: int, *, stop: bool = False) -> tuple[int, int, list[str]]:
    """Cut the power `count` times; return how many cuts, acknowledgements they had to keep, and losses."""
    chance, found, kept = random.Random(SEED), [], 0
    base = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    number = 0
    try:
        for number, disk in enumerate(cuts_of(calls, count, chance), 1):
            files = disk.after_cut(chance)
            folder = base / "disk"
            (folder / "home").mkdir(parents=True)
            kept += len(disk.acknowledged)
            lost = losses(folder, files, disk.acknowledged, number)
            found += [f"cut {number}: {what}" for what in lost]
            shutil.rmtree(folder)
            if lost and stop:
                break
    finally:
        shutil.rmtree(base)
    return number, kept, found


def test_nothing_acknowledged_is_lost_when_the_power_goes(tmp_path):
    print(f"HARDWON_SEED={SEED}")  # noqa: T201
    calls = moved(record(tmp_path / "disk", writes=100), tmp_path / "disk")
    cuts, kept, found = cut_often(calls, CUTS)
    assert found == []
    assert kept > cuts, "hardly anything was acknowledged"
    print(f"{cuts} power cuts in {len(calls)} calls, {kept} acknowledgements checked, none lost")  # noqa: T201


@pytest.mark.parametrize(("mutant", "loses"), MUTANTS.items())
def test_a_product_that_syncs_too_little_is_caught(tmp_path, mutant, loses):
    print(f"HARDWON_SEED={SEED}")  # noqa: T201
    calls = moved(record(tmp_path / "disk", writes=12, mutant=mutant), tmp_path / "disk")
    cuts, _, found = cut_often(calls, MUTANT_CUTS, stop=True)
    assert found, f"{mutant} went unnoticed"
    assert loses in found[0]
    print(f"{mutant} caught at cut {cuts}: {found[0]}")  # noqa: T201
