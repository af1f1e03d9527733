"""What a sender may get wrong, to every kind of source: it is kept, its reason is seen, and nothing else suffers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import httpx
import msgspec
import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.signal import SourceKind
from hardwon.exchange.webhooks.source import MAX_BODY
from hardwon.settings import Settings
from hardwon.usecases import audit, capture, deployments, people, receiving, sources
from hardwon.usecases.app import App
from hardwon.usecases.sources import NewSource
from tests.abuse.test_bodies import BODIES
from tests.exchange.webhooks.test_signature import SECRET, sign
from tests.exchange.webhooks.test_sources import CASES
from tests.fresh import fresh
from tests.serving import serving

KINDS: tuple[SourceKind, ...] = get_args(SourceKind)
ODD: tuple[Any, ...] = (
    None,
    "",
    [],
    {},
    0,
    -1,
    2**70,
    True,
    "0001-01-01T00:00:00Z",
    "\x00",
    "x" * 9_000,
    [None],
)
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def app(database: Callable[[], str], tmp_path: Path) -> Iterator[App]:
    url = database()
    team = "" if url.startswith("sqlite") else url
    home = tmp_path if team else fresh(tmp_path, NOW)
    settings = Settings(home=home, meaning=False, database_url=team)
    with open_app(settings, clock=lambda: NOW) as opened:
        yield opened


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything that stands in a JSON value."""
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inside:
        yield from leaves(item, (*path, name))


def bent(value: Any) -> Iterator[Any]:
    """Yield the value with one thing in it replaced, each thing by another oddity."""
    for number, path in enumerate(leaves(value)):
        changed = copy.deepcopy(value)
        holder = changed
        for name in path[:-1]:
            holder = holder[name]
        holder[path[-1]] = ODD[number % len(ODD)]
        yield changed


def deliver(app: App, source: str, kind: SourceKind, given: list[tuple[dict[str, str], bytes]]) -> None:
    """Deliver each, signed by its sender under a name of its own, and let all be read."""
    for number, (headers, body) in enumerate(given):
        name = f"{kind}-{number}"
        named = {"x-github-delivery": name, "request-id": name, "idempotency-key": name, "svix-id": name}
        signed = {**headers, **named, **sign(kind, body, stamp=str(int(NOW.timestamp())), name=name)}
        receiving.receive(app, source, signed, body).result(10)
    while capture.digest(app):
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_read_is_kept_with_its_reason_and_holds_up_nothing(app: App, kind: SourceKind) -> None:
    owner = people.local_owner(app)
    source, _ = sources.add(app, owner, NewSource(title=kind, kind=kind))
    sources.renew_secret(app, owner, source.id, SECRET)
    examples = [(headers, value) for known, headers, value, _ in CASES.values() if known == kind]
    given = [(examples[0][0], body) for _, body in BODIES]
    given += [(headers, msgspec.json.encode(odd)) for headers, value in examples for odd in bent(value)]
    deliver(app, source.id, kind, given)
    rows, after = [], None
    while True:
        page = sources.get_source(app, owner, source.id, after=after).deliveries
        rows += page.rows
        if (after := page.next) is None:
            break
    assert len(rows) > 30
    assert {row.state for row in rows} <= {"done", "unused", "failed"}
    failed = [row for row in rows if row.state == "failed"]
    assert all(row.reason for row in failed)
    assert len(failed) > 5
    assert not any("See the log" in row.reason for row in failed), "something broke that nobody foresaw"
    last, secret = sources.add(app, owner, NewSource(title="Last", kind="generic"))
    body = b'{"type": "deployment", "key": "last", "title": "The last one"}'
    receiving.receive(app, last.id, {"authorization": f"Bearer {secret}"}, body).result(10)
    capture.digest(app)
    assert "The last one" in {row.title for row in deployments.list_deployments(app, owner, limit=200).rows}
    audit.sequence(app)
    assert audit.verify(app, owner).problems == ()


def test_a_body_without_end_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with open_app(Settings(home=tmp_path, meaning=False)) as app, serving(app) as site:
        owner = people.local_owner(app)
        source, secret = sources.add(app, owner, NewSource(title="Huge", kind="generic"))
        sent = 0

        def endless() -> Iterator[bytes]:
            nonlocal sent
            for _ in range(1_600):
                sent += 65_536
                yield b"x" * 65_536

        with httpx.Client(timeout=30) as client, suppress(httpx.TransportError):
            answer = client.post(
                f"{site}/hooks/{source.id}",
                content=endless(),
                headers={"Authorization": f"Bearer {secret}"},
            )
            assert answer.status_code == 413
        assert sent < 10 * MAX_BODY, "it was read to its end"
        assert sources.get_source(app, owner, source.id).deliveries.rows == ()
