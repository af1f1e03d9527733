"""What the risk score counts is written with each record and dropped with it, on both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from hardwon.domain.change import Change
from hardwon.domain.deployment import Deployment
from hardwon.domain.event import Event
from hardwon.domain.risk_features import WINDOW
from hardwon.domain.risk_traits import Trait
from hardwon.domain.shipment import shipment_of
from hardwon.storage.queries.risks import known_before
from hardwon.storage.tables import failures, risk_traits
from tests.storage.samples import ADA, NOW


def made(number: int, **fields: object) -> Deployment:
    at = NOW - timedelta(hours=number)
    change = Change(commit=f"c{number}", files=("a.py",))
    values = {"title": "Ship it", "started_at": at, "finished_at": at, "changes": (change,), **fields}
    return Deployment(id=f"DEP-{number:04d}", **values)  # type: ignore[arg-type]


def save(store, *records: Deployment) -> None:
    with store.begin(ADA, NOW) as tx:
        tx.save_many(records, Event(verb="imported"))


def test_the_latest_with_a_trait_are_read_and_no_more(store) -> None:
    save(store, *(made(n, outcome="failed" if n == 2 else "succeeded") for n in range(1, WINDOW + 20)))
    with store.read(None) as reading:
        known = known_before(reading, shipment_of(made(0), NOW.timestamp()))
    past = known.by_trait[Trait("file", "a.py")]
    assert [item.id for item in past] == [f"DEP-{n:04d}" for n in range(WINDOW, 0, -1)]
    assert [item.id for item in past if item.failed_at] == ["DEP-0002"]
    assert len(known.recent) == WINDOW + 19


def test_the_next_revision_replaces_what_the_last_one_said(store) -> None:
    save(store, made(1, outcome="failed"))
    with store.begin(ADA, NOW) as tx:
        tx.save(made(1, outcome="succeeded", title="Else"), (Event(verb="revised"),), 1)
    with store.read(None) as reading:
        assert reading.connection.execute(select(failures)).all() == []
        keys = set(reading.connection.scalars(select(risk_traits.c.key)))
    assert Trait("word", "else").key in keys
    assert Trait("word", "ship").key not in keys


def test_a_batch_finds_the_reverts_inside_it(store) -> None:
    back = made(1, changes=(Change(commit="x", reverts="c2"),))
    save(store, back, made(2), made(3, scope="team:search"))
    with store.read(("everyone",)) as reading:
        known = known_before(reading, shipment_of(made(0), NOW.timestamp()))
    assert [(item.id, item.failed_at is not None) for item in known.recent] == [
        ("DEP-0002", True),
        ("DEP-0001", False),
    ]
