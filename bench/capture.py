"""Deliveries taken in, beside a bare endpoint that inserts one row; and a storm of alerts."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.pages import served
from hardwon.bootstrap import open_app
from hardwon.domain.signal import SourceKind
from hardwon.settings import Settings
from hardwon.storage.queries.records import count_records
from hardwon.usecases import people, sources
from hardwon.usecases.app import App
from hardwon.usecases.sources import NewSource

DELIVERIES = int(os.environ.get("HARDWON_BENCH_DELIVERIES", "10000"))
RATE, SECONDS = 1_000, 10
ALERTS, GROUPS, TOGETHER = 100_000, 100, 10
_AT_ONCE = 64
_PATIENCE = 600.0
_LOOKED_AT = ("/", "/incidents", "/sources")


class Request(NamedTuple):
    """One delivery as it goes over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes

    def encoded(self) -> bytes:
        """Return the bytes of an HTTP/1.1 request."""
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return (
            f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(self.body)}\r\n{head}\r\n"
        ).encode() + self.body


def shipped(path: str, secret: str, number: int) -> Request:
    """Return GitHub's word of one deployment, signed."""
    value = {
        "action": "created",
        "deployment": {
            "id": number,
            "sha": f"{number:040x}",
            "ref": "main",
            "environment": "production",
            "created_at": "2026-11-20T10:00:00Z",
            "description": f"Ship build {number}",
        },
        "repository": {"full_name": f"shop/service-{number % 40}", "html_url": "https://github.com/shop/x"},
    }
    body = json.dumps(value).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "X-GitHub-Event": "deployment",
        "X-GitHub-Delivery": f"delivery-{number}",
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    return Request(path, headers, body)


def firing(path: str, secret: str, number: int) -> Request:
    """Return Alertmanager's word of ten alerts of one group."""
    group = number % GROUPS
    alerts = [
        {
            "status": "firing",
            "labels": {
                "alertname": f"Alert{group}",
                "service": f"service-{group % 40}",
                "severity": "critical",
            },
            "annotations": {"summary": f"pod {number}-{part} is slow"},
            "startsAt": "2026-11-20T10:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": f"{number}-{part}",
        }
        for part in range(TOGETHER)
    ]
    body = json.dumps({"version": "4", "status": "firing", "alerts": alerts}).encode()
    return Request(path, {"Authorization": f"Bearer {secret}"}, body)


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> int:
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return int(head[9:12])


async def _send(port: int, given: Sequence[bytes], rate: float) -> tuple[float, list[float], int]:
    """Send all over 64 connections, at a rate or, with 0, one after the other; return the seconds of all, the
    milliseconds of each since it was due, and how many were not taken.
    """
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(_AT_ONCE)]
    for reader, writer in opened:
        await _one(reader, writer, given[0])
    waiting = iter(enumerate(given))
    spent: list[float] = []
    refused = 0
    began = time.perf_counter()

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal refused
        for number, data in waiting:
            due = began + number / rate if rate else time.perf_counter()
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            taken = await _one(reader, writer, data)
            refused += taken != 202
            spent.append(1000 * (time.perf_counter() - due))
        writer.close()

    await asyncio.gather(*(work(*streams) for streams in opened))
    return time.perf_counter() - began, spent, refused


def _told(name: str, found: tuple[float, list[float], int]) -> float:
    seconds, spent, refused = found
    middle, late = np.percentile(spent, (50, 99))
    rate = len(spent) / seconds
    said = f"{rate:8,.0f} a second   p50 {middle:6.1f}  p99 {late:6.1f}  longest {max(spent):6.1f} ms"
    print(f"  {name:44} {said}{f'   {refused} not taken' if refused else ''}")
    return rate


@contextmanager
def _bare(folder: Path) -> Iterator[int]:
    command = [sys.executable, "-m", "bench.bare_endpoint", str(folder / "bare.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.terminate()


def _source(app: App, kind: SourceKind) -> tuple[str, str]:
    source, secret = sources.add(app, people.local_owner(app), NewSource(title=kind, kind=kind))
    return f"/hooks/{source.id}", secret


def _settled(home: Path) -> None:
    """Wait until nothing that was delivered waits to be read."""
    until = time.monotonic() + _PATIENCE
    with open_app(Settings(home=home, meaning=False)) as app:
        while sources.count_waiting(app, people.local_owner(app)) and time.monotonic() < until:
            time.sleep(0.1)


def _rates() -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        with open_app(Settings(home=home, meaning=False)) as app:
            path, secret = _source(app, "github")
        given = [shipped(path, secret, number).encoded() for number in range(DELIVERIES + RATE * SECONDS)]
        print(f"\nDeliveries taken in: {DELIVERIES:,} signed webhooks, {_AT_ONCE} at once")
        with _bare(home) as port:
            bare = _told(
                "a bare endpoint that inserts one row", asyncio.run(_send(port, given[:DELIVERIES], 0))
            )
        with served(home) as port:
            ours = _told("Hardwon", asyncio.run(_send(port, given[:DELIVERIES], 0)))
            print(f"  {'of the bare endpoint':44} {ours / bare:8.2f}")
            began = time.perf_counter()
            _settled(home)
            print(f"  {'until all of them are deployments':44} {time.perf_counter() - began:8.1f} s more")
            steady = given[DELIVERIES : DELIVERIES + RATE * SECONDS]
            _told(f"Hardwon, {RATE:,} a second for {SECONDS} s", asyncio.run(_send(port, steady, RATE)))


def _storm() -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        with open_app(Settings(home=home, meaning=False)) as app:
            path, secret = _source(app, "alertmanager")
        given = [firing(path, secret, number).encoded() for number in range(ALERTS // TOGETHER)]
        print(f"\nA storm: {ALERTS:,} alerts of {GROUPS} groups, {TOGETHER} in a delivery")
        with served(home) as port:
            began = time.perf_counter()
            _told("taken in", asyncio.run(_send(port, given, 0)))
            for page in _LOOKED_AT:
                print(f"  {f'page {page} meanwhile':44} p95 {_page(port, page):6.1f} ms")
            _settled(home)
            print(f"  {'until all of it is read':44} {time.perf_counter() - began:8.1f} s")
        with open_app(Settings(home=home, meaning=False)) as app, app.store.read(None) as reading:
            print(f"  {'incidents':44} {count_records(reading)['incident']:8d}")


def _page(port: int, path: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    spent = []
    for _ in range(40):
        began = time.perf_counter()
        connection.request("GET", path)
        connection.getresponse().read()
        spent.append(1000 * (time.perf_counter() - began))
    connection.close()
    return float(np.percentile(spent, 95))


def run() -> None:
    """Measure and print."""
    _rates()
    _storm()
