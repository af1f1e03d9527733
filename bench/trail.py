"""The audit trail at size: what an audited row costs, placing, signing, verifying, proving, reading a page."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from hardwon.bootstrap import open_app
from hardwon.domain.actor import Actor
from hardwon.domain.audit import TrailFilter
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.settings import Settings
from hardwon.storage.trail import Said, Trail
from hardwon.usecases import audit, people, trail
from hardwon.usecases.app import App

ENTRIES = int(os.environ.get("HARDWON_BENCH_ENTRIES", "1000000"))
_BATCH, _SINGLES, _ASKED, _INCIDENTS = 5_000, 2_000, 60, 2_000
_START = datetime(2026, 1, 1, tzinfo=UTC)
_VIEWER = Actor(id="vera", name="Vera", roles=("viewer",))


def run() -> None:
    """Measure and print."""
    print(f"\nThe audit trail: {ENTRIES:,} entries")
    with tempfile.TemporaryDirectory() as home, open_app(Settings(home=Path(home), meaning=False)) as app:
        owner = people.local_owner(app)
        _write(app, owner)
        _told("placing them in the tree", lambda: audit.sequence(app), ENTRIES)
        _told("signing", lambda: audit.checkpoint(app, at_once=True))
        _told("verifying all of it", lambda: audit.verify(app, owner), ENTRIES)
        assert audit.verify(app, owner).problems == ()
        _prove(app, owner, Path(home))
        for reader, name in ((owner, "an admin"), (_VIEWER, "a viewer")):
            for wanted in (
                TrailFilter(),
                TrailFilter(actor="person-7"),
                TrailFilter(record="INC-0007"),
                TrailFilter(kind="incident", since=_START.date()),
            ):
                asked = " ".join(f"{k}={v}" for k in wanted.__struct_fields__ if (v := getattr(wanted, k)))
                _page(f"a page for {name}, {asked or 'all'}", app, reader, wanted)


def _told(name: str, work: Callable[[], object], rows: int = 0) -> None:
    started = time.perf_counter()
    work()
    spent = time.perf_counter() - started
    rate = f"  {rows / spent:12,.0f} a second" if rows else ""
    print(f"  {name:52} {spent:8.2f} s{rate}")


def _entries(number: int, count: int) -> list[Said]:
    return [
        Said(
            "created",
            "incident" if n % 3 else "token",
            f"INC-{n % _INCIDENTS:04d}",
            n // _INCIDENTS + 2,
            "open to mitigated",
        )
        for n in range(number, number + count)
    ]


def _write(app: App, owner: Actor) -> None:
    spent = 0.0
    known = [Incident(id=f"INC-{number:04d}", title=f"Incident {number}") for number in range(_INCIDENTS)]
    with app.store.begin(owner, app.now()) as tx:
        tx.save_many(known, Event(verb="imported"))
    for number in range(0, ENTRIES - _SINGLES, _BATCH):
        made = _entries(number, min(_BATCH, ENTRIES - _SINGLES - number))
        with app.store.begin(owner, app.now()) as tx:
            written = Trail(
                tx.connection, f"person-{number // _BATCH % 40}", _START + timedelta(seconds=number)
            )
            started = time.perf_counter()
            written.append(made)
            spent += time.perf_counter() - started
    print(f"  {'an audited row of a bulk write':52} {1e6 * spent / (ENTRIES - _SINGLES):8.1f} us")
    with app.store.begin(owner, app.now()) as tx:
        started = time.perf_counter()
        for number in range(_SINGLES):
            tx.audit("granted", "token", f"token-{number}")
        spent = time.perf_counter() - started
    print(f"  {'an audited row of its own, before the commit':52} {1e6 * spent / _SINGLES:8.1f} us")


def _prove(app: App, owner: Actor, home: Path) -> None:
    spent, text = [], ""
    for number in np.linspace(0, ENTRIES - 1, _ASKED, dtype=int):
        started = time.perf_counter()
        text = audit.prove(app, owner, str(number))
        spent.append(1000 * (time.perf_counter() - started))
    middle, late = np.percentile(spent, (50, 95))
    print(f"  {'a proof':52} p50 {middle:6.1f} ms  p95 {late:6.1f} ms  {len(text.encode()):,} bytes")
    file, program = home / "one.tlog-proof", home / "verify.py"
    file.write_text(text, "utf-8")
    program.write_text(audit.get_verifier(), "utf-8")
    command = [sys.executable, "-I", "-S", str(program), str(file), "--key", audit.get_key(app, owner)]
    _told("verify.py on it, start of Python included", lambda: subprocess.run(command, check=True, stdout=-3))


def _page(name: str, app: App, reader: Actor, wanted: TrailFilter) -> None:
    spent = []
    for _ in range(_ASKED):
        started = time.perf_counter()
        trail.list_entries(app, reader, wanted)
        spent.append(1000 * (time.perf_counter() - started))
    middle, late = np.percentile(spent, (50, 95))
    print(f"  {name:52} p50 {middle:6.1f} ms  p95 {late:6.1f} ms")
