"""Keeping and letting in: a backup of a large database while others write, and many who sign in at once."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from hardwon.bootstrap import open_app
from hardwon.domain.actor import Actor
from hardwon.domain.errors import HardwonError
from hardwon.domain.event import Event
from hardwon.domain.note import Note
from hardwon.settings import Settings
from hardwon.usecases import backups, incidents, people, sign_in
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident

MEGABYTES = int(os.environ.get("HARDWON_BENCH_MEGABYTES", "1000"))
_NOTE, _BATCH, _RATE, _BEFORE = 100_000, 100, 200, 5.0
_PASSWORD = "a long enough password"  # noqa: S105  (made up)
_SIGN_INS, _AT_ONCE = 100, 16


def run() -> None:
    """Measure and print."""
    print(f"\nKeeping: a database of {MEGABYTES:,} MB, {_RATE} writes a second")
    with tempfile.TemporaryDirectory() as home:
        with open_app(Settings(home=Path(home) / "here", meaning=False)) as app:
            owner = people.local_owner(app)
            _fill(app, owner)
            quiet = _stalls(app, owner, lambda: time.sleep(_BEFORE))
            _told("a write, nothing else going on", quiet)
            started = time.perf_counter()
            busy = _stalls(app, owner, lambda: backups.backup(app, owner, Path(home) / "kept"))
            print(f"  {'a backup':44} {time.perf_counter() - started:8.2f} s")
            _told("a write while it goes on", busy)
        started = time.perf_counter()
        backups.verify(Path(home) / "kept")
        print(f"  {'checking the backup, its trail included':44} {time.perf_counter() - started:8.2f} s")
    _sign_in()


def _told(name: str, spent: tuple[float, float, float]) -> None:
    print(f"  {name:44} p50 {spent[0]:6.1f}  p99 {spent[1]:6.1f}  longest {spent[2]:7.1f} ms")


def _fill(app: App, owner: Actor) -> None:
    text = os.urandom(_NOTE // 2).hex()
    now = app.now()
    for batch in range(MEGABYTES * 1_000_000 // (2 * _NOTE * _BATCH)):
        notes = [
            Note(
                id=f"NTE-{batch * _BATCH + n:06d}", title="Filler", body=text, written_at=now, updated_at=now
            )
            for n in range(_BATCH)
        ]
        with app.store.begin(owner, now) as tx:
            tx.save_many(notes, Event(verb="imported"))


def _stalls(app: App, owner: Actor, work: Callable[[], object]) -> tuple[float, float, float]:
    """Return the middle, the 99th of a hundred and the longest write in ms while the work is done."""
    spent: list[float] = []
    done = threading.Event()

    def write() -> None:
        due = time.perf_counter()
        while not done.is_set():
            incidents.declare(app, owner, NewIncident(title="Written meanwhile"))
            spent.append(1000 * (time.perf_counter() - due))
            due = max(due + 1 / _RATE, time.perf_counter() - 5)
            time.sleep(max(0.0, due - time.perf_counter()))

    writer = threading.Thread(target=write)
    writer.start()
    work()
    done.set()
    writer.join()
    middle, late = np.percentile(spent, (50, 99))
    return float(middle), float(late), max(spent)


def _sign_in() -> None:
    print(f"\nLetting in: {_SIGN_INS} sign-ins, {_AT_ONCE} at once")
    with (
        tempfile.TemporaryDirectory() as home,
        open_app(Settings(home=Path(home), meaning=False, sign_in="accounts")) as app,
    ):
        owner = people.local_owner(app)
        link = sign_in.first_link(app, owner)
        assert link
        sign_in.redeem(app, link, _PASSWORD, "bench")
        alone = _one(app)
        started = time.perf_counter()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            spent = [took for took in pool.map(lambda _: _one(app), range(_SIGN_INS)) if took]
        rate = len(spent) / (time.perf_counter() - started)
        middle, late = np.percentile(spent, (50, 95))
        print(f"  {'one, alone':44} {alone:8.1f} ms")
        print(f"  {'many':44} p50 {middle:6.0f}  p95 {late:6.0f} ms  {rate:5.1f} a second")
        print(f"  {'told to come again':44} {_SIGN_INS - len(spent):8d}")


def _one(app: App) -> float:
    started = time.perf_counter()
    try:
        sign_in.sign_in(app, "owner", _PASSWORD, agent="bench")
    except HardwonError:
        return 0.0
    return 1000 * (time.perf_counter() - started)
