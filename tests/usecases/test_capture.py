"""From a delivery to deployments, alerts and incidents: each once, in any order, never against a person."""

from __future__ import annotations

import copy
import hmac
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.action import Action
from hardwon.domain.actor import system
from hardwon.domain.catalog import Service, Team
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import ForbiddenError, InputError, NotFoundError, RuleError, TooLargeError
from hardwon.domain.incident import Incident
from hardwon.domain.signal import SourceKind
from hardwon.domain.source import Source
from hardwon.settings import Settings
from hardwon.storage.deliveries import settle_delivery, waiting
from hardwon.storage.queries.records import count_records, get_record
from hardwon.usecases import (
    actions,
    audit,
    capture,
    catalog,
    erasure,
    histories,
    incidents,
    receiving,
    retention,
    sources,
)
from hardwon.usecases.app import App
from hardwon.usecases.sources import NewSource
from tests.fresh import fresh
from tests.usecases.conftest import ADMIN, RESPONDER, VIEWER

digest_module = import_module("hardwon.usecases.capture.digest")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def at(self, minutes: float = 0) -> str:
        return (self.now + timedelta(minutes=minutes)).isoformat()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[App]:
    url = request.getfixturevalue("postgres_workspace")() if request.param == "postgresql" else ""
    home = tmp_path if url else fresh(tmp_path, clock.now)
    with open_app(Settings(home=home, meaning=False, database_url=url), clock=clock) as opened:
        yield opened


Send = Callable[..., bool]


@pytest.fixture
def send(app: App) -> Send:
    """A function that delivers a value to a source of a kind, and lets it be read."""
    known: dict[str, tuple[str, str]] = {}

    def deliver(kind: SourceKind, value: Any, *, read: bool = True, **more: Any) -> bool:
        headers = more.pop("headers", {})
        if kind not in known:
            source, secret = sources.add(app, ADMIN, NewSource(title=f"Our {kind}", kind=kind, **more))
            known[kind] = source.id, secret
        name, secret = known[kind]
        given = {"authorization": f"Bearer {secret}", **headers}
        body = value if isinstance(value, bytes) else msgspec.json.encode(value)
        fresh = receiving.receive(app, name, given, body).result(10)
        if read:
            capture.digest(app)
        return fresh

    deliver.known = known  # type: ignore[attr-defined]
    return deliver


def alerts(clock: Clock, *told: tuple[str, str, str], severity: str = "critical") -> dict[str, Any]:
    """Return a group of alerts: (name, service, status)."""
    return {
        "version": "4",
        "status": "firing",
        "alerts": [
            {
                "status": status,
                "labels": {"alertname": name, "service": service, "severity": severity},
                "annotations": {"summary": f"{name} on {service}"},
                "startsAt": clock.at(-5),
                "endsAt": clock.at() if status == "resolved" else "0001-01-01T00:00:00Z",
                "fingerprint": f"{name}-{service}",
            }
            for name, service, status in told
        ],
    }


def shipped(key: str, outcome: str, at: str, **more: str) -> dict[str, Any]:
    return {"type": "deployment", "key": key, "title": f"Ship {key}", "outcome": outcome, "at": at, **more}


def only(app: App, kind: type[Any]) -> Any:
    with app.store.read(None) as reading:
        return get_record(reading, kind, "INC-0001" if kind is Incident else "DEP-0001")


def count(app: App, kind: str) -> int:
    with app.store.read(None) as reading:
        return count_records(reading)[kind]  # type: ignore[index]


def test_a_deployment_grows_with_what_is_said_of_it_in_any_order(app: App, send: Send, clock: Clock) -> None:
    told = [
        shipped("b7", "planned", clock.at(-9), service="Scorer API", environment="production"),
        shipped("b7", "running", clock.at(-8), version="7"),
        shipped("b7", "succeeded", clock.at(-2), url="https://ci/7"),
    ]
    ends = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)):
        for number in order:
            changed = {**told[number], "key": f"b7-{order}", "title": "Ship"}
            send("generic", changed)
        name = f"DEP-{len(ends) + 1:04d}"
        with app.store.read(None) as reading:
            made = get_record(reading, Deployment, name)
        ends.append((made.outcome, made.service, made.version, made.started_at, made.finished_at, made.url))
    assert len(set(ends)) == 1, ends
    assert ends[0][:3] == ("succeeded", "scorer-api", "7")
    assert made.risk is not None
    assert made.risk.known == 3
    assert count(app, "deployment") == 4


def test_what_is_over_does_not_run_again_but_may_be_rolled_back(app: App, send: Send, clock: Clock) -> None:
    send("generic", shipped("b7", "succeeded", clock.at(-5)))
    send("generic", shipped("b7", "running", clock.at(-1)))
    assert only(app, Deployment).outcome == "succeeded"
    send("generic", shipped("b7", "rolled_back", clock.at(-1)))
    assert only(app, Deployment).outcome == "rolled_back"


def test_twice_delivered_is_once_stored(app: App, send: Send, clock: Clock) -> None:
    value = shipped("b7", "succeeded", clock.at())
    assert send("generic", value)
    assert not send("generic", value)
    assert not send("generic", value)
    assert (count(app, "deployment"), only(app, Deployment).revision) == (1, 1)


def test_a_service_that_nobody_wrote_down_waits_to_be_claimed(app: App, send: Send, clock: Clock) -> None:
    send("generic", shipped("b7", "succeeded", clock.at(), service="Scorer API"))
    (service,) = [row for row in catalog.list_services(app, ADMIN).rows if row.id == "scorer-api"]
    assert (service.name, service.team) == ("Scorer API", None)


def test_grave_alerts_open_one_incident_for_their_group(app: App, send: Send, clock: Clock) -> None:
    send("alertmanager", alerts(clock, ("Stale", "scorer", "firing")))
    first = only(app, Incident)
    assert (first.title, first.severity, first.services, first.status) == (
        "Stale on scorer",
        1,
        ("scorer",),
        "open",
    )
    assert [entry.text for entry in first.timeline] == ["Stale fired: Stale on scorer"]
    clock.now += timedelta(minutes=1)
    send("alertmanager", alerts(clock, ("Stale", "scorer", "firing")))
    assert only(app, Incident).id == first.id
    send("alertmanager", alerts(clock, ("Stale", "ranker", "firing"), ("Slow", "scorer", "firing")))
    assert count(app, "incident") == 3


def test_small_alerts_open_none_and_a_rule_says_which_are_small(app: App, send: Send, clock: Clock) -> None:
    send("alertmanager", alerts(clock, ("Stale", "scorer", "firing"), severity="warning"))
    assert count(app, "incident") == 0
    send(
        "grafana",
        {**alerts(clock, ("Stale", "x", "firing"), severity="?"), "version": "1"},
        opens="alerts >= 1",
    )
    assert count(app, "incident") == 1


def test_an_incident_is_over_when_its_alerts_have_been_quiet_for_long_enough(
    app: App, send: Send, clock: Clock
) -> None:
    send("alertmanager", alerts(clock, ("Stale", "scorer", "firing")))
    send("alertmanager", alerts(clock, ("Stale", "scorer", "resolved")))
    ended = clock.now
    capture.settle(app)
    assert only(app, Incident).status == "open"
    for _ in range(3):
        clock.now += timedelta(minutes=4)
        send("alertmanager", alerts(clock, ("Stale", "scorer", "firing")))
        clock.now += timedelta(minutes=4)
        send("alertmanager", alerts(clock, ("Stale", "scorer", "resolved")))
        ended = clock.now
        capture.settle(app)
    assert (only(app, Incident).status, count(app, "incident")) == ("open", 1)
    clock.now += timedelta(minutes=10)
    assert capture.settle(app) == 1
    over = only(app, Incident)
    assert (over.status, over.times.resolved_at) == ("resolved", ended)
    clock.now += timedelta(minutes=1)
    send("alertmanager", alerts(clock, ("Stale", "scorer", "firing")))
    assert count(app, "incident") == 2


def test_where_a_person_set_the_status_it_stays(app: App, send: Send, clock: Clock) -> None:
    send("alertmanager", alerts(clock, ("Stale", "scorer", "firing")))
    stored = only(app, Incident)
    incidents.advance(app, RESPONDER, stored.id, "acknowledged", stored.revision)
    send("alertmanager", alerts(clock, ("Stale", "scorer", "resolved")))
    clock.now += timedelta(minutes=11)
    capture.settle(app)
    kept = only(app, Incident)
    assert kept.status == "acknowledged"
    assert "All its alerts have ended" in [entry.text for entry in kept.timeline]


def page(clock: Clock, status: str, event: str, number: int) -> dict[str, Any]:
    return {
        "event": {
            "id": f"ev-{number}",
            "event_type": event,
            "occurred_at": clock.at(number),
            "data": {
                "id": "PD1",
                "type": "incident",
                "title": "Scores are late",
                "status": status,
                "urgency": "high",
            },
        }
    }


def signed(secret: str, value: Any) -> dict[str, str]:
    import hashlib
    import hmac

    body = msgspec.json.encode(value)
    return {"x-pagerduty-signature": "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def test_an_incident_of_another_system_moves_on_never_back_and_opens_anew(app: App, clock: Clock) -> None:
    source, secret = sources.add(app, ADMIN, NewSource(title="Pager", kind="pagerduty"))
    steps = [
        ("triggered", "incident.triggered"),
        ("resolved", "incident.resolved"),
        ("acknowledged", "incident.acknowledged"),
        ("triggered", "incident.reopened"),
    ]
    states = []
    for number, (status, event) in enumerate(steps):
        value = page(clock, status, event, number)
        receiving.receive(app, source.id, signed(secret, value), msgspec.json.encode(value)).result(10)
        capture.digest(app)
        states.append([row.status for row in incidents.list_incidents(app, ADMIN).rows])
    assert states == [["open"], ["resolved"], ["resolved"], ["open", "resolved"]]
    with app.store.read(None) as reading:
        assert get_record(reading, Incident, "INC-0002").related == ("INC-0001",)


def test_what_cannot_be_read_is_kept_with_the_reason_and_can_be_read_again(app: App, send: Send) -> None:
    send("alertmanager", {"hello": "there"})
    send("alertmanager", b"not json at all")
    (name, _) = send.known["alertmanager"]  # type: ignore[attr-defined]
    rows = sources.get_source(app, ADMIN, name).deliveries.rows
    assert [row.state for row in rows] == ["failed", "failed"]
    assert "custom payload" in rows[1].reason
    assert sources.get_body(app, ADMIN, name, rows[0].id)[1] == b"not json at all"
    sources.replay(app, ADMIN, name, rows[0].id)
    capture.digest(app)
    assert sources.get_source(app, ADMIN, name).deliveries.rows[0].state == "failed"
    with pytest.raises(NotFoundError):
        sources.replay(app, ADMIN, name, 99)


def test_who_did_not_sign_is_refused_and_the_reason_is_seen(app: App, send: Send, clock: Clock) -> None:
    send("generic", shipped("b7", "planned", clock.at()))
    (name, secret) = send.known["generic"]  # type: ignore[attr-defined]
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {secret}"}):
        with pytest.raises(ForbiddenError):
            receiving.receive(app, name, headers, b"{}")
    until = time.monotonic() + 10
    refused: list[Any] = []
    while sum(row.signals for row in refused) < 3 and time.monotonic() < until:
        rows = sources.get_source(app, ADMIN, name).deliveries.rows
        refused = [row for row in rows if row.state == "refused"]
    assert sum(row.signals for row in refused) == 3
    assert all(row.reason and not row.size for row in refused)
    with pytest.raises(NotFoundError):
        receiving.receive(app, "SRC-9999", {}, b"{}")
    with pytest.raises(TooLargeError):
        receiving.receive(app, name, {}, b"x" * (receiving.MAX_BODY + 1))


def test_a_secret_is_replaced_while_the_old_one_still_holds(app: App, send: Send, clock: Clock) -> None:
    send("generic", shipped("b1", "planned", clock.at()))
    (name, old) = send.known["generic"]  # type: ignore[attr-defined]
    new = sources.renew_secret(app, ADMIN, name)
    for secret in (old, new):
        receiving.receive(app, name, {"authorization": f"Bearer {secret}"}, secret.encode()).result(10)
    sources.renew_secret(app, ADMIN, name, "a secret of the sender's own")
    with pytest.raises(ForbiddenError):
        receiving.receive(app, name, {"authorization": f"Bearer {old}"}, b"{}")
    with pytest.raises(InputError):
        sources.renew_secret(app, ADMIN, name, "short")


def test_a_secret_is_nowhere_in_the_database(app: App, send: Send, clock: Clock) -> None:
    from tests.usecases.test_erasure import left_of

    send("generic", shipped("b1", "planned", clock.at()))
    (_, secret) = send.known["generic"]  # type: ignore[attr-defined]
    assert left_of(app, secret, secret.removeprefix("whsec_")) == []


def test_a_source_that_is_switched_off_takes_nothing(app: App, send: Send, clock: Clock) -> None:
    send("generic", shipped("b1", "planned", clock.at()))
    (name, secret) = send.known["generic"]  # type: ignore[attr-defined]
    with app.store.read(None) as reading:
        stored = get_record(reading, Source, name)
    sources.change(app, ADMIN, msgspec.structs.replace(stored, active=False), stored.revision)
    with pytest.raises(NotFoundError):
        receiving.receive(app, name, {"authorization": f"Bearer {secret}"}, b"{}")


def test_only_an_admin_sees_and_changes_sources(app: App, send: Send, clock: Clock) -> None:
    send("generic", shipped("b1", "planned", clock.at()))
    (name, _) = send.known["generic"]  # type: ignore[attr-defined]
    for asked in (
        lambda: sources.get_sources(app, RESPONDER),
        lambda: sources.get_source(app, RESPONDER, name),
        lambda: sources.get_body(app, RESPONDER, name, 1),
        lambda: sources.replay(app, RESPONDER, name, 1),
        lambda: sources.renew_secret(app, RESPONDER, name),
        lambda: sources.add(app, RESPONDER, NewSource(title="x", kind="generic")),
    ):
        with pytest.raises(ForbiddenError):
            asked()


def test_a_storm_opens_one_incident_a_group_and_the_trail_verifies(
    app: App, send: Send, clock: Clock
) -> None:
    told = [(f"Alert{number % 10}", f"service-{number % 3}", "firing") for number in range(300)]
    value = alerts(clock, *told)
    for number, alert in enumerate(value["alerts"]):
        alert["fingerprint"] = f"f{number}"
    for start in range(0, 300, 50):
        part = copy.deepcopy(value)
        part["alerts"] = value["alerts"][start : start + 50]
        send("alertmanager", part, read=False)
    while capture.digest(app):
        pass
    assert count(app, "incident") == 30
    audit.sequence(app)
    assert audit.verify(app, ADMIN).problems == ()


def told_by(app: App, kind: SourceKind, **more: Any) -> Callable[[Any], None]:
    """Return a function that delivers to a new source of a kind."""
    source, secret = sources.add(app, ADMIN, NewSource(title=f"A {kind}", kind=kind, **more))

    def deliver(value: Any) -> None:
        proof = signed(secret, value) if kind == "pagerduty" else {"authorization": f"Bearer {secret}"}
        receiving.receive(app, source.id, proof, msgspec.json.encode(value)).result(10)
        capture.digest(app)

    return deliver


def trouble(status: str, at: str) -> dict[str, Any]:
    return {"type": "incident", "key": "I-1", "title": "Scores are late", "status": status, "at": at}


def test_the_same_deployment_from_three_sources_is_one(app: App, clock: Clock) -> None:
    known = {"service": "scorer", "environment": "production", "version": "7"}
    tellers = [told_by(app, "generic") for _ in range(3)]
    tellers[0](shipped("a", "planned", clock.at(-9), **known))
    tellers[1](shipped("b", "running", clock.at(-8), **known))
    tellers[2](shipped("c", "succeeded", clock.at(-2), **known))
    tellers[1](shipped("b", "succeeded", clock.at(-1), **known, url="https://ci/7"))
    made = only(app, Deployment)
    assert count(app, "deployment") == 1
    assert (made.outcome, made.url) == ("succeeded", "https://ci/7")
    tellers[0](shipped("a2", "planned", clock.at(0), **known))
    tellers[0](shipped("a3", "planned", clock.at(300), **known))
    tellers[1](shipped("b2", "planned", clock.at(0), **{**known, "version": "8"}))
    assert count(app, "deployment") == 4, "the same source again, much later, another version"


def test_an_incident_that_three_sources_report_ends_when_the_last_says_so(app: App, clock: Clock) -> None:
    pager, desk = told_by(app, "pagerduty"), told_by(app, "generic")
    watch = told_by(app, "alertmanager")
    watch(alerts(clock, ("ScoresAreLate", "scorer", "firing")))
    pager(page(clock, "triggered", "incident.triggered", 1))
    desk(trouble("open", clock.at(2)))
    assert count(app, "incident") == 1
    desk(trouble("resolved", clock.at(3)))
    pager(page(clock, "resolved", "incident.resolved", 4))
    one = only(app, Incident)
    assert one.status == "open"
    assert sum("others still report it" in entry.text for entry in one.timeline) == 2
    watch(alerts(clock, ("ScoresAreLate", "scorer", "resolved")))
    clock.now += timedelta(minutes=11)
    capture.settle(app)
    assert only(app, Incident).status == "resolved"


def test_another_trouble_of_another_source_is_another_incident(app: App, clock: Clock) -> None:
    watch, pager = told_by(app, "alertmanager"), told_by(app, "pagerduty")
    watch(alerts(clock, ("DiskFull", "scorer", "firing")))
    pager(page(clock, "triggered", "incident.triggered", 1))
    assert count(app, "incident") == 2


def test_what_a_person_ended_while_it_fires_stays_ended_until_it_was_quiet(app: App, clock: Clock) -> None:
    watch = told_by(app, "alertmanager")
    watch(alerts(clock, ("Stale", "scorer", "firing")))
    stored = only(app, Incident)
    incidents.advance(app, RESPONDER, stored.id, "resolved", stored.revision)
    clock.now += timedelta(minutes=5)
    watch(alerts(clock, ("Stale", "scorer", "firing")))
    assert (count(app, "incident"), only(app, Incident).status) == (1, "resolved")
    watch(alerts(clock, ("Stale", "scorer", "resolved")))
    clock.now += timedelta(minutes=7)
    watch(alerts(clock, ("Stale", "scorer", "firing")))
    assert count(app, "incident") == 2


def test_a_rule_over_minutes_opens_without_another_delivery(app: App, clock: Clock) -> None:
    watch = told_by(app, "alertmanager", opens="severity == 1 && minutes >= 10")
    watch(alerts(clock, ("Stale", "scorer", "firing")))
    capture.settle(app)
    assert count(app, "incident") == 0
    clock.now += timedelta(minutes=10)
    capture.settle(app)
    capture.settle(app)
    assert count(app, "incident") == 1


def test_one_delivery_that_cannot_be_kept_does_not_hold_up_the_others(app: App, clock: Clock) -> None:
    source, secret = sources.add(
        app, ADMIN, NewSource(title="Any", kind="alertmanager", opens="10 / (3 - alerts) > 3")
    )
    three = alerts(clock, *[("Bad", "scorer", "firing")] * 3)
    for number, alert in enumerate(three["alerts"]):
        alert["fingerprint"] = f"f{number}"
    for value in (three, {"version": "4", "alerts": 3}, alerts(clock, ("More", "ranker", "firing"))):
        body = msgspec.json.encode(value)
        receiving.receive(app, source.id, {"authorization": f"Bearer {secret}"}, body).result(10)
    assert not capture.digest(app)
    rows = sources.get_source(app, ADMIN, source.id).deliveries.rows
    assert [row.state for row in rows] == ["done", "failed", "failed"]
    assert "divide by zero" in rows[2].reason
    assert only(app, Incident).title == "More on ranker"


def test_the_newest_word_on_an_alert_counts_whatever_came_last(app: App, send: Send, clock: Clock) -> None:
    value = alerts(clock, ("Stale", "scorer", "resolved"), ("Stale", "scorer", "firing"))
    value["alerts"][1]["startsAt"] = clock.at(-30)
    send("alertmanager", value)
    assert count(app, "incident") == 0


def test_what_a_delivery_held_goes_after_its_time_and_it_is_known_still(
    app: App, send: Send, clock: Clock
) -> None:
    value = shipped("b7", "succeeded", clock.at())
    send("generic", value)
    retention.apply(app)
    (name, _) = send.known["generic"]  # type: ignore[attr-defined]
    clock.now += timedelta(days=89)
    retention.apply(app)
    assert sources.get_body(app, ADMIN, name, 1)[1]
    text = '[[holds]]\nname = "Claim"\nservices = ["scorer"]\nuntil = 2027-03-01\n'
    held = retention.write_retention(app, ADMIN, text, 0)
    clock.now += timedelta(days=3)
    retention.apply(app)
    assert sources.get_body(app, ADMIN, name, 1)[1], "on hold"
    retention.write_retention(app, ADMIN, "revision = 1\n", held.revision)
    clock.now += timedelta(days=1)
    retention.apply(app)
    assert sources.get_body(app, ADMIN, name, 1)[1] == b""
    assert not send("generic", value), "sent again, it is known"
    assert count(app, "deployment") == 1


def test_words_are_erased_from_what_others_reported(app: App, send: Send, clock: Clock) -> None:
    from tests.usecases.test_erasure import left_of

    secret = "tok-7f3a9b"
    send("alertmanager", alerts(clock, (f"Leak {secret}", "scorer", "firing"), ("Fine", "scorer", "firing")))
    send("alertmanager", f"not json {secret}".encode())
    found = erasure.erase_words(app, ADMIN, secret, "a token was sent")
    assert found.others >= 3
    assert left_of(app, secret) == []
    send("alertmanager", alerts(clock, ("Fine", "scorer", "firing")))
    audit.sequence(app)
    assert audit.verify(app, ADMIN).problems == ()


def test_a_service_nobody_wrote_down_waits_to_be_claimed_and_gets_its_owner(
    app: App, clock: Clock, send: Send
) -> None:
    send("alertmanager", alerts(clock, ("HighErrorRate", "Check Out", "firing")))
    waiting = catalog.list_unclaimed(app, RESPONDER)
    (row,) = waiting.rows
    assert (waiting.count, row.service.id, row.service.name) == (1, "check-out", "Check Out")
    assert (row.service.seen_by, row.service.seen_at) == ("SRC-0001", clock.now)
    assert (row.deployments, row.incidents) == (0, 1)
    with pytest.raises(NotFoundError):
        catalog.claim(app, RESPONDER, "check-out", "nobody", 1)
    with pytest.raises(ForbiddenError):
        catalog.claim(app, VIEWER, "check-out", "shop", 1)
    with pytest.raises(ForbiddenError):
        catalog.unite(app, VIEWER, "check-out", "shop", 1)
    catalog.put(app, ADMIN, Team(id="shop", name="Shop"))
    assert catalog.claim(app, RESPONDER, "check-out", "shop", 1).team == "shop"
    assert catalog.list_unclaimed(app, RESPONDER).count == 0
    with pytest.raises(RuleError):
        catalog.claim(app, RESPONDER, "check-out", "shop", 2)


def test_another_name_of_a_service_gives_it_what_was_and_what_will_be_reported(
    app: App, clock: Clock, send: Send
) -> None:
    catalog.put(app, ADMIN, Service(id="checkout", name="Checkout", team="shop"))
    send("alertmanager", alerts(clock, ("HighErrorRate", "check-out", "firing")))
    shipped = {"type": "deployment", "key": "1", "title": "8 to production", "service": "check-out"}
    send("generic", shipped)
    same = catalog.unite(app, RESPONDER, "check-out", "checkout", 1)
    assert same.moved == 2
    send("alertmanager", alerts(clock, ("HighErrorRate", "check-out", "resolved")))
    send("generic", shipped | {"key": "2"})
    with app.store.read(None) as reading:
        incident = get_record(reading, Incident, "INC-0001")
        shipments = [get_record(reading, Deployment, f"DEP-000{number}") for number in (1, 2)]
    assert incident.services == ("checkout",)
    assert [shipment.service for shipment in shipments] == ["checkout", "checkout"]
    clock.now += timedelta(hours=1)
    capture.settle(app)
    assert incidents.get_incident(app, RESPONDER, "INC-0001").incident.status == "resolved"
    assert [service.id for service in catalog.list_services(app, RESPONDER).rows] == ["checkout"]
    assert [name.id for name in catalog.list_names(app, RESPONDER, "checkout")] == ["check-out"]


def test_names_do_not_chain_and_part_again(app: App, send: Send) -> None:
    for name in ("checkout", "check-out", "checkout-api"):
        catalog.put(app, ADMIN, Service(id=name, name=name))
    for wrong in ("checkout", "missing"):
        with pytest.raises((RuleError, NotFoundError)):
            catalog.unite(app, RESPONDER, "checkout", wrong, 1)
    catalog.unite(app, RESPONDER, "check-out", "checkout-api", 1)
    with pytest.raises(RuleError):
        catalog.unite(app, RESPONDER, "checkout", "check-out", 1)
    api = catalog.get_entry(app, ADMIN, Service, "checkout-api")
    catalog.put(app, ADMIN, msgspec.structs.replace(api, same_as="checkout"), 1)
    assert catalog.get_entry(app, ADMIN, Service, "check-out").same_as == "checkout"
    assert catalog.part(app, RESPONDER, "check-out", 3).same_as is None
    send("generic", {"type": "deployment", "key": "3", "title": "3", "service": "check-out"})
    with app.store.read(None) as reading:
        assert get_record(reading, Deployment, "DEP-0001").service == "check-out"


def pull(number: int, commit: str) -> dict[str, Any]:
    return {
        "action": "closed",
        "pull_request": {
            "title": f"Change {number}",
            "body": "Why.",
            "merged": True,
            "merge_commit_sha": commit,
            "html_url": f"https://github.com/shop/scorer/pull/{number}",
        },
        "repository": {"full_name": "shop/scorer", "html_url": "https://github.com/shop/scorer"},
    }


def github(app: App) -> Callable[[str, dict[str, Any]], None]:
    """Return a function that delivers an event of GitHub, signed, and lets it be read."""
    source, secret = sources.add(app, ADMIN, NewSource(title="GitHub", kind="github"))

    def deliver(event: str, value: dict[str, Any]) -> None:
        body = msgspec.json.encode(value)
        signed = hmac.new(secret.encode(), body, "sha256").hexdigest()
        given = {"x-hub-signature-256": f"sha256={signed}", "x-github-event": event}
        given["x-github-delivery"] = uuid.uuid4().hex
        receiving.receive(app, source.id, given, body).result(10)
        capture.digest(app)

    return deliver


def test_a_merge_meets_the_deployment_that_carries_it_whichever_comes_first(app: App, send: Send) -> None:
    deliver = github(app)

    def merge(number: int, commit: str) -> None:
        deliver("pull_request", pull(number, commit))

    merge(7, "aaa")
    for key, commit in (("1", "aaa"), ("2", "bbb")):
        carried = {"type": "deployment", "key": key, "title": key, "commit": commit}
        send("generic", carried | {"repository": "https://github.com/shop/scorer"})
    merge(8, "bbb")
    merge(8, "bbb")
    merge(9, "ccc")
    for number, title in ((1, "Change 7"), (2, "Change 8")):
        with app.store.read(None) as reading:
            stored = get_record(reading, Deployment, f"DEP-000{number}")
        (change,) = stored.changes
        assert change.text == f"{title}\n\nWhy."
        assert change.tickets == (f"https://github.com/shop/scorer/pull/{number + 6}",)
        assert stored.revision == number, "told twice, it is written once"
    assert count(app, "deployment") == 2


def test_an_issue_links_the_action_it_names_and_says_how_it_stands(app: App, clock: Clock) -> None:
    deliver = github(app)
    given = Action(id="new", title="Warm the cache", written_at=clock.now, updated_at=clock.now)
    hidden = msgspec.structs.replace(given, scope="team:risk")
    assert [actions.promise(app, ADMIN, one).id for one in (given, hidden)] == ["ACT-0001", "ACT-0002"]

    def issue(state: str) -> None:
        told = {"number": 9, "title": "Cache", "body": "ACT-0001, ACT-0002 and ACT-0099", "state": state}
        told["html_url"] = "https://github.com/shop/scorer/issues/9"
        body = {"action": "edited", "issue": told, "repository": {"full_name": "shop/scorer"}}
        deliver("issues", body)

    for state in ("open", "closed", "closed"):
        issue(state)
    linked = actions.get_action(app, ADMIN, "ACT-0001")
    assert [(one.kind, one.title) for one in linked.references] == [("issue", "shop/scorer#9, closed: Cache")]
    assert (linked.state, linked.revision) == ("open", 3)
    assert actions.get_action(app, ADMIN, "ACT-0002").references == ()
    said = histories.get_history(app, ADMIN, "ACT-0001")[0]
    assert (said.by, said.detail) == ("system", "by SRC-0001: shop/scorer#9 is closed")


def test_an_incident_began_with_what_fires_and_not_with_what_ended_long_ago(
    app: App, send: Send, clock: Clock
) -> None:
    def pod(name: str, status: str) -> dict[str, Any]:
        value = alerts(clock, ("Down", "scorer", status))
        value["alerts"][0]["fingerprint"] = name
        return value

    send("alertmanager", pod("one", "firing"))
    send("alertmanager", pod("one", "resolved"))
    clock.now += timedelta(minutes=30)
    capture.settle(app)
    clock.now += timedelta(days=7)
    send("alertmanager", pod("two", "firing"))
    with app.store.read(None) as reading:
        second = get_record(reading, Incident, "INC-0002")
    assert second.times.started_at == clock.now - timedelta(minutes=5)


def test_many_groups_that_have_to_wait_hold_up_no_other(app: App, clock: Clock) -> None:
    def fresh_source(title: str, quiet: int) -> Callable[[dict[str, Any]], None]:
        source, secret = sources.add(
            app, ADMIN, NewSource(title=title, kind="alertmanager", quiet_minutes=quiet)
        )

        def deliver(value: dict[str, Any]) -> None:
            proof = {"authorization": f"Bearer {secret}"}
            receiving.receive(app, source.id, proof, msgspec.json.encode(value)).result(10)
            capture.digest(app)

        return deliver

    slow, quick = fresh_source("Slow", 1440), fresh_source("Quick", 1)
    for status in ("firing", "resolved"):
        slow(alerts(clock, *[(f"Alert {number}", "scorer", status) for number in range(100)]))
        clock.now += timedelta(minutes=1)
    for status in ("firing", "resolved"):
        quick(alerts(clock, ("Other", "ranker", status)))
    clock.now += timedelta(minutes=5)
    assert capture.settle(app) == 1
    with app.store.read(None) as reading:
        assert get_record(reading, Incident, "INC-0101").status == "resolved"


def test_two_sources_mean_one_incident_by_when_it_began_whenever_it_is_read(app: App, clock: Clock) -> None:
    one, two = told_by(app, "generic"), told_by(app, "generic")
    one(trouble("open", clock.at(-120)))
    two(trouble("open", clock.at(-115)))
    assert count(app, "incident") == 1
    two({**trouble("open", clock.at()), "key": "I-2"})
    assert count(app, "incident") == 2, "two hours later it is another"


def test_who_does_not_wait_for_the_answer_stops_no_other(app: App, clock: Clock) -> None:
    source, secret = sources.add(app, ADMIN, NewSource(title="Any", kind="generic"))
    proof = {"authorization": f"Bearer {secret}"}
    with app.store.begin(ADMIN, clock.now):  # nothing can be written meanwhile, so that leaving comes first
        left = receiving.receive(app, source.id, proof, msgspec.json.encode(trouble("open", clock.at())))
        time.sleep(0.05)
        was_left = left.cancel()
    assert receiving.receive(app, source.id, proof, b"{}").result(10)
    assert len(sources.get_source(app, ADMIN, source.id).deliveries.rows) == 2
    assert was_left or left.result(10)


def test_what_another_process_read_is_not_called_failed(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, secret = sources.add(app, ADMIN, NewSource(title="Any", kind="generic"))
    proof, bad = {"authorization": f"Bearer {secret}"}, shipped("bad", "succeeded", clock.at(), title="\x00")
    for value in (bad, shipped("good", "succeeded", clock.at())):
        receiving.receive(app, source.id, proof, msgspec.json.encode(value)).result(10)
    inner, calls = digest_module._together, []

    def another_comes_between(app: App, most: int, *more: Any) -> int:
        calls.append(most)
        try:
            return inner(app, most, *more)
        except Exception:
            if len(calls) == 2:
                with app.store.begin(system(), clock.now) as tx:
                    settle_delivery(tx, waiting(tx, 1)[0].id, "failed", reason="by another")
            raise

    monkeypatch.setattr(digest_module, "_together", another_comes_between)
    capture.digest(app)
    rows = sources.get_source(app, ADMIN, source.id).deliveries.rows
    assert [(row.state, row.reason) for row in rows] == [("done", ""), ("failed", "by another")]


def test_a_secret_can_be_written_into_an_address() -> None:
    assert all(sources.fresh_secret().removeprefix("whsec_").isalnum() for _ in range(200))
