"""Kill -9 of the server in a storm of deliveries: what was answered with 202 is there, once, and all of it is read.

`HARDWON_KILLS_STORM` (2) sets the number of kills; `HARDWON_SEED` repeats an earlier run, which prints its seed.
"""

from __future__ import annotations

import http.client
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.storage import tables
from hardwon.storage.queries.records import count_records
from hardwon.usecases import audit, capture, people, sources
from hardwon.usecases.sources import NewSource

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("HARDWON_KILLS_STORM", "2"))
SEED = int(os.environ.get("HARDWON_SEED") or random.randrange(10**9))
SENDERS, GROUPS = 6, 5
PRODUCT = ("-c", "from hardwon.cli import main; main()")
MUTANT = ("-m", "tests.abuse.mutants", "answer-early")


class Storm:
    """Senders that deliver alerts until the server is gone, and what they were told."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.told: dict[str, bytes] = {}
        self._count = 0
        self._lock = threading.Lock()
        with open_app(settings) as app:
            made = sources.add(app, people.local_owner(app), NewSource(title="Storm", kind="generic"))
            self.source, self.secret = made[0].id, made[1]

    def rage(self, program: tuple[str, ...], seconds: float) -> None:
        """Serve, deliver from several at once, and kill the server after so long."""
        command = [sys.executable, *program, "--workspace", str(self.settings.home), "serve", "--port", "0"]
        environment = os.environ | {"HARDWON_MEANING": "false", "PYTHONPATH": str(ROOT)}
        if self.settings.database_url:
            environment["HARDWON_DATABASE_URL"] = self.settings.database_url
        server = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True, cwd=ROOT)
        assert server.stdout is not None
        port = int(server.stdout.readline().strip().rpartition(":")[2])
        senders = [threading.Thread(target=self._send, args=(port,)) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        time.sleep(seconds)
        server.kill()
        for sender in senders:
            sender.join(30)
        server.wait()
        server.stdout.close()

    def _send(self, port: int) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            while self._delivered(connection):
                pass

    def _delivered(self, connection: http.client.HTTPConnection) -> bool:
        with self._lock:
            self._count += 1
            number = self._count
        body = msgspec.json.encode(fired(number))
        headers = {"Authorization": f"Bearer {self.secret}", "Idempotency-Key": f"storm-{number}"}
        try:
            connection.request("POST", f"/hooks/{self.source}", body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        assert answer.status == 202, answer.status
        self.told[f"storm-{number}"] = body
        return True

    def kept(self) -> tuple[dict[str, bytes], set[str], int]:
        """Read all that was kept; return the deliveries, the states they are in, and how many incidents they made."""
        with open_app(self.settings) as app:
            while capture.digest(app):
                pass
            audit.sequence(app)
            assert audit.verify(app, people.local_owner(app)).problems == ()
            table = tables.deliveries
            with app.store.read(None) as reading:
                rows = reading.connection.execute(select(table.c.key, table.c.body, table.c.state)).all()
                incidents = count_records(reading)["incident"]
        assert len(rows) == len({row.key for row in rows})
        return {row.key: bytes(row.body) for row in rows}, {row.state for row in rows}, incidents


def fired(number: int) -> dict[str, Any]:
    return {
        "type": "alert",
        "key": f"alert-{number}",
        "title": f"Slow{number % GROUPS}",
        "firing": True,
        "severity": "critical",
        "service": "scorer",
    }


@pytest.fixture
def settings(database: Callable[[], str], tmp_path: Path) -> Settings:
    url = database()
    team = "" if url.startswith("sqlite") else url
    return Settings(home=tmp_path / "home", meaning=False, database_url=team)


def test_nothing_acknowledged_is_lost_in_a_storm(settings: Settings) -> None:
    print(f"HARDWON_SEED={SEED}")  # noqa: T201
    chance, storm = random.Random(SEED), Storm(settings)
    for _ in range(KILLS):
        storm.rage(PRODUCT, chance.uniform(0.3, 1.5))
    kept, states, incidents = storm.kept()
    assert len(storm.told) > 50 * KILLS, "hardly anything was delivered"
    assert {key for key, body in storm.told.items() if kept.get(key) != body} == set()
    assert states == {"done"}
    assert incidents == GROUPS
    print(f"{KILLS} kills, {len(storm.told)} acknowledged, {len(kept)} kept, none lost")  # noqa: T201


def test_a_server_that_answers_before_it_keeps_is_caught(tmp_path: Path) -> None:
    storm = Storm(Settings(home=tmp_path / "home", meaning=False))
    storm.rage(MUTANT, 1.0)
    kept, _, _ = storm.kept()
    assert {key for key, body in storm.told.items() if kept.get(key) != body}
