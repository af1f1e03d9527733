"""Pages and the API at 100,000 records: a real server on loopback, asked one thing after the other."""

from __future__ import annotations

import gzip
import http.client
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from bench.scale import SERVICES, perturbed, sentences
from hardwon.bootstrap import open_app
from hardwon.domain.action import Action
from hardwon.domain.deployment import Deployment
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident, Times
from hardwon.domain.lesson import Lesson
from hardwon.domain.record import Record
from hardwon.settings import Settings
from hardwon.usecases import indexing, people

COUNT = 100_000
ASKED = 60
_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_PAGES = {
    "home": "/",
    "incidents": "/incidents",
    "incidents, filtered": "/incidents?severity=2&service=service-3",
    "incident": "/incidents/INC-{:04}",
    "incident history": "/incidents/INC-{:04}/history",
    "lessons": "/lessons",
    "lesson": "/lessons/LES-{:04}",
    "actions": "/actions",
    "action": "/actions/ACT-{:04}",
    "deployments": "/deployments",
    "deployment": "/deployments/DEP-{:04}",
    "service": "/services/service-3",
    "search page": "/search?q={words}",
    "API search": "/api/v1/search?q={words}",
    "API search, filtered": "/api/v1/search?q={words}&service=service-3&kind=incident",
    "API incidents": "/api/v1/incidents",
}


def _records(known: list[str], count: int) -> Iterator[Record]:
    """Yield a quarter each of incidents, lessons, actions and deployments, made of real sentences."""
    chance = random.Random(7)
    for number in range(1, count // 4 + 1):
        at = _NOW - timedelta(hours=number)
        text = ". ".join(chance.sample(known, 4))
        yield from _four(number, at, " ".join(text.split()[:9]), text, chance.choice(SERVICES))


def _four(number: int, at: datetime, title: str, text: str, service: str) -> tuple[Record, ...]:
    incident, services = f"INC-{number:04}", (service,)
    times = Times(started_at=at, detected_at=at + timedelta(minutes=7))
    written: dict[str, Any] = {"title": title, "written_at": at, "updated_at": at, "services": services}
    shipped: dict[str, Any] = {"title": title, "service": service, "finished_at": at, "description": text}
    due_on = (at + timedelta(days=60)).date()
    return (
        Incident(
            id=incident,
            title=title,
            severity=1 + number % 5,
            services=services,
            summary=text,
            times=times,
            source="bench",
            source_id=str(number),
        ),
        Lesson(id=f"LES-{number:04}", claim=text, incidents=(incident,), state="published", **written),
        Action(id=f"ACT-{number:04}", description=text, incident=incident, due_on=due_on, **written),
        Deployment(id=f"DEP-{number:04}", version=f"1.{number}", **shipped),
    )


def fill(home: Path, known: list[str], count: int) -> None:
    """Write a workspace of that many records with perturbed real vectors."""
    with open_app(Settings(home=home)) as app:
        me = people.local_owner(app)
        batch: list[Record] = []
        for record in _records(known, count):
            batch.append(record)
            if len(batch) == 2_000:
                with app.store.begin(me, app.now()) as tx:
                    tx.save_many(batch, Event(verb="imported"))
                batch = []
        with app.store.begin(me, app.now()) as tx:
            tx.save_many(batch, Event(verb="imported"))
        indexing.catch_up(app, vectors=False)
        vectors = app.index._vectors  # noqa: SLF001  (the model would take an hour)
        draw = perturbed(known)
        while waiting := vectors.pending(5_000):
            rows = draw(len(waiting))
            vectors.add([(text, ("summary",), rows[i : i + 1]) for i, (_, text) in enumerate(waiting)])


@contextmanager
def served(home: Path) -> Iterator[int]:
    """Serve the workspace from a process of its own and yield its port."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from hardwon.cli import main; main()", "serve", "--port", str(port)]
    environment = os.environ | {"HARDWON_HOME": str(home)}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                if _get(http.client.HTTPConnection("127.0.0.1", port, timeout=60), "/readyz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes, float]:
    started = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    spent = 1000 * (time.perf_counter() - started)
    if answer.headers.get("Content-Encoding") == "gzip":
        gzip.decompress(body)
    return answer.status, body, spent


def run() -> None:
    """Measure and print."""
    known = sentences()
    chance = random.Random(3)
    print(
        f"\nPages over HTTP at {COUNT:,} records, {ASKED} requests each, of another record or words each time"
    )
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        fill(Path(folder), known, COUNT)
        print(f"  {COUNT:,} records written and indexed in {time.perf_counter() - started:.0f} s")
        with served(Path(folder)) as port:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            for name, pattern in _PAGES.items():
                spent, sizes, statuses = [], [], set()
                for _ in range(ASKED + 5):
                    words = quote(" ".join(chance.choice(known).split()[:3]))
                    path = pattern.format(chance.randint(1, COUNT // 4), words=words)
                    status, body, milliseconds = _get(connection, path)
                    statuses.add(status)
                    spent.append(milliseconds)
                    sizes.append(len(body))
                middle, late = np.percentile(spent[5:], (50, 95))
                wrong = "" if statuses == {200} else f"  statuses {sorted(statuses)}"
                print(
                    f"  {name:22} p50 {middle:6.1f} ms  p95 {late:6.1f} ms  {max(sizes) / 1000:5.1f} kB gz{wrong}"
                )
