"""Many deployments: the list, a page, the check and a delivery, as the number of stored deployments grows tenfold."""

from __future__ import annotations

import http.client
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.pages import served
from hardwon.bootstrap import open_app
from hardwon.domain.change import Change
from hardwon.domain.deployment import Deployment
from hardwon.domain.event import Event
from hardwon.settings import Settings
from hardwon.usecases import people

COUNTS = tuple(int(count) for count in os.environ.get("HARDWON_BENCH_FLEET", "10000,100000").split(","))
_ASKED = 60
_TOGETHER = 2_000
_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_ADDRESSES: dict[str, Callable[[int], str]] = {
    "the list": lambda _: "/deployments",
    "the list of a service that failed": lambda n: f"/deployments?service=service-{n % 40}&outcome=failed",
    "the list, far back": lambda n: f"/deployments?until={(_NOW - timedelta(days=n % 300)).date()}",
    "a deployment": lambda n: f"/deployments/DEP-{1 + n * 7919 % COUNTS[0]:04d}",
    "a service": lambda n: f"/services/service-{n % 40}",
    "home": lambda _: "/",
}


def _shipped(first: int, last: int) -> Iterator[Deployment]:
    for number in range(first, last + 1):
        at = _NOW - timedelta(minutes=number % 500_000)
        service = f"service-{number % 40}"
        change = Change(
            repository=f"shop/{service}",
            commit=f"{number:040x}",
            text=f"Raise the limit of pool {number % 97}",
            files=(f"{service}/pool-{number % 31}.yaml", f"{service}/main.py"),
        )
        yield Deployment(
            id=f"DEP-{number:04d}",
            title=f"Ship build {number} of {service}",
            service=service,
            environment="prod" if number % 3 else "staging",
            version=f"1.{number}",
            changes=(change,),
            outcome="failed" if number % 20 == 0 else "succeeded",
            started_at=at,
            finished_at=at + timedelta(minutes=4),
        )


def _fill(home: Path, first: int, last: int) -> float:
    began = time.perf_counter()
    with open_app(Settings(home=home, meaning=False)) as app:
        me = people.local_owner(app)
        for start in range(first, last + 1, _TOGETHER):
            batch = list(_shipped(start, min(last, start + _TOGETHER - 1)))
            with app.store.begin(me, app.now()) as tx:
                tx.save_many(batch, Event(verb="imported"))
    return time.perf_counter() - began


def _late(ask: Callable[[int], None]) -> tuple[float, float]:
    for number in range(5):
        ask(number)
    spent = []
    for number in range(_ASKED):
        began = time.perf_counter()
        ask(number)
        spent.append(1000 * (time.perf_counter() - began))
    return float(np.percentile(spent, 50)), float(np.percentile(spent, 95))


def _measure(home: Path) -> dict[str, tuple[float, float]]:
    found = {}
    with served(home) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

        def get(address: str) -> None:
            connection.request("GET", address)
            answer = connection.getresponse()
            assert answer.status == 200, (address, answer.status)
            answer.read()

        def check(number: int) -> None:
            service = f"service-{number % 40}"
            body = json.dumps(
                {
                    "title": f"Raise the limit of pool {number}",
                    "services": [service],
                    "files": [f"{service}/pool-{number % 31}.yaml"],
                }
            )
            connection.request("POST", "/api/v1/check", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()

        for name, address in _ADDRESSES.items():
            found[name] = _late(lambda number, address=address: get(address(number)))  # type: ignore[misc]
        found["the check"] = _late(check)
        connection.close()
    return found


def run() -> None:
    """Fill one workspace step by step and print how the times grow."""
    print("\nDeployments stored, by the ordinary write; p50 and p95 in milliseconds over HTTP")
    with tempfile.TemporaryDirectory() as name:
        home, stored = Path(name), 0
        base: dict[str, tuple[float, float]] = {}
        for count in COUNTS:
            spent = _fill(home, stored + 1, count)
            rate, stored = (count - stored) / spent, count
            size = sum(path.stat().st_size for path in home.glob("hardwon.db*"))
            print(f"{count:,} deployments: {rate:,.0f} written a second, {size / 1e9:.2f} GB")
            found = _measure(home)
            base = base or found
            for what, (middle, late) in found.items():
                print(
                    f"  {what:36} p50 {middle:7.1f}  p95 {late:7.1f}  {late / base[what][1]:5.2f} x the first"
                )
