"""Events as they are sent: which change is one, valid against the standard, silent on what not everyone sees."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema_rs import Draft202012Validator, Registry

from hardwon.domain.cdevent import event_schema
from hardwon.exchange.cdevents_out import Happened, Told, build, event_id, probe, topic_of
from tests.storage import samples

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BASE = "https://hardwon.example"
STANDARD = Path("/work/shared/payloads/cdevents-0.5.1")


def told(record: Told, topic: Any, seen: tuple[str, ...] = ()) -> dict[str, Any]:
    event = build(Happened(record, 2, AT, topic), BASE, seen)
    value: dict[str, Any] = json.loads(msgspec.json.encode(event))
    return value


def published(record: Any) -> Any:
    return msgspec.structs.replace(record, state="published", scope="everyone")


EVENTS = {
    "incident.detected": told(samples.incident(), "incident.detected", ("DEP-0001",)),
    "incident.resolved": told(samples.incident(environments=(), services=()), "incident.resolved"),
    "lesson.published": told(published(samples.lesson()), "lesson.published", ("INC-0001",)),
    "action.verified": told(samples.action(incident="INC-0001"), "action.verified", ("INC-0001",)),
    "probe": json.loads(msgspec.json.encode(probe("DST-0001", BASE, AT, "1"))),
}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_fits_our_own_schema_and_the_standards(name: str) -> None:
    event = EVENTS[name]
    Draft202012Validator(event_schema(), validate_formats=True).validate(event)
    if not STANDARD.is_dir():
        pytest.skip("the schemas of CDEvents are not here")
    files = {
        "incident.detected": "schemas/incidentdetected.json",
        "incident.resolved": "schemas/incidentresolved.json",
    }
    schema = json.loads((STANDARD / files.get(name, "custom-schema.json")).read_text("utf-8"))
    links = [json.loads(path.read_text("utf-8")) for path in (STANDARD / "schemas/links").iterdir()]
    known = Registry([(one["$id"], one) for one in links])
    Draft202012Validator(schema, registry=known, validate_formats=True).validate(event)


def test_an_incident_says_where_it_was_and_names_only_what_everyone_may_see() -> None:
    event = EVENTS["incident.detected"]
    assert event["context"]["type"] == "dev.cdevents.incident.detected.0.3.0"
    assert event["context"]["id"] == event_id("INC-0001", 2, "incident.detected")
    assert event["subject"]["content"]["environment"] == {"id": "production"}
    assert event["customData"]["deployments"] == [{"id": "DEP-0001", "relation": "caused"}]
    assert told(samples.incident(), "incident.detected")["customData"]["deployments"] == []
    assert EVENTS["incident.resolved"]["subject"]["content"]["environment"] == {"id": "unknown"}


def test_what_belongs_to_an_incident_is_linked_with_it_unless_that_is_hidden() -> None:
    context = EVENTS["action.verified"]["context"]
    assert context["chainId"] == "INC-0001"
    assert context["links"][0]["target"] == {"contextId": "INC-0001.1.detected"}
    assert "INC-0001" not in json.dumps(told(samples.action(incident="INC-0001"), "action.verified"))


def test_marked_passages_are_withheld() -> None:
    marked = samples.incident(title="Slow [[restricted: at Acme]]")
    assert "Acme" not in json.dumps(told(marked, "incident.detected"))


def test_only_what_changes_for_others_is_an_event() -> None:
    begun = samples.incident(status="open")
    over = msgspec.structs.replace(begun, status="resolved")
    closed = msgspec.structs.replace(begun, status="closed")
    assert topic_of(None, begun) == "incident.detected"
    assert topic_of(begun, over) == topic_of(begun, closed) == "incident.resolved"
    assert topic_of(over, closed) is topic_of(begun, begun) is topic_of(None, over) is None
    assert topic_of(begun, msgspec.structs.replace(over, merged_into="INC-0002")) is None
    hidden = msgspec.structs.replace(begun, scope="restricted:INC-0001")
    assert topic_of(None, hidden) is topic_of(None, msgspec.structs.replace(begun, scope="team:x")) is None
    draft = msgspec.structs.replace(samples.lesson(), state="draft", scope="everyone")
    assert topic_of(None, draft) is None
    assert topic_of(draft, published(draft)) == "lesson.published"
    due = msgspec.structs.replace(draft, state="due_for_review")
    assert topic_of(due, published(draft)) is None
    task = samples.action(state="open")
    done = msgspec.structs.replace(task, state="done")
    assert topic_of(task, done) == "action.done"
    assert topic_of(done, msgspec.structs.replace(task, state="ineffective")) == "action.verified"
