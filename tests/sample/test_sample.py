"""The sample workspace decodes, hangs together and stays true whatever day it is."""

import re
import tomllib
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardwon.domain.action import Action, days_overdue
from hardwon.domain.artifact import Artifact
from hardwon.domain.catalog import Environment, Person, Service, Team
from hardwon.domain.deployment import Deployment
from hardwon.domain.incident import Incident, check_times, occurred_at
from hardwon.domain.lesson import Lesson
from hardwon.domain.note import Note
from hardwon.domain.observation import Observation, ObservationKind
from hardwon.domain.postmortem import SECTION_TITLES, Postmortem
from hardwon.domain.record import TYPES, decode, encode, kind_of
from hardwon.domain.review import Review, days_late, people_of
from hardwon.domain.runbook import Runbook, is_proven
from hardwon.domain.timeline import in_order
from hardwon.domain.wording import read_wording
from hardwon.sample import records
from hardwon.sample.files import split, texts
from hardwon.sample.source import IncidentSource, LessonSource, NoteSource, PostmortemSource, RunbookSource
from hardwon.sample.tables import (
    ActionsSource,
    CatalogSource,
    DeploymentsSource,
    ObservationsSource,
    ReviewsSource,
)
from hardwon.starter.glossary import FACTORS

TODAY = date(2026, 11, 23)
MIDNIGHT = datetime.combine(TODAY, time(), tzinfo=UTC)
ALL = records(TODAY)
BY_ID = {record.id: record for record in ALL}
ID = re.compile(r"\b(?:INC|PM|LES|RB|NTE|ACT|DEP|REV|OBS)-[0-9]{4,}\b")


def of(kind: type) -> list[Any]:
    return [record for record in ALL if isinstance(record, kind)]


def story() -> list[Incident]:
    return [incident for incident in of(Incident) if "public" not in incident.tags]


def public() -> list[Incident]:
    return [incident for incident in of(Incident) if "public" in incident.tags]


def moments(value: Any) -> list[datetime]:
    if isinstance(value, datetime):
        return [value]
    if isinstance(value, dict):
        return [at for item in value.values() for at in moments(item)]
    if isinstance(value, list | tuple):
        return [at for item in value for at in moments(item)]
    return []


def built(record: Any) -> Any:
    return msgspec.to_builtins(record, builtin_types=(datetime, date))


def test_there_is_enough_to_look_at():
    assert len(of(Incident)) >= 40
    assert len(story()) >= 14
    sourced = [i for i in public() if any(e.url.startswith("https://") for e in i.evidence)]
    assert len(sourced) == len(public()) >= 25
    assert len(of(Deployment)) >= 45
    assert len(of(Action)) >= 30
    assert len([lesson for lesson in of(Lesson) if "public" not in lesson.tags]) >= 16
    assert (len(of(Runbook)), len(of(Note))) >= (7, 5)
    assert len(of(Postmortem)) >= 10


def test_ids_are_unique_and_so_are_source_ids():
    for kind in ("INC", "PM", "LES", "RB", "NTE", "ACT", "DEP", "REV"):
        assert any(record.id.startswith(f"{kind}-") for record in ALL)
    keys = [(kind_of(record), record.id) for record in ALL]
    assert len(keys) == len(set(keys))
    pairs = Counter(record.source_id for record in ALL if getattr(record, "source", "") == "sample")
    assert max(pairs.values()) == 1


def test_records_come_in_the_order_in_which_they_must_be_written():
    order = list(TYPES)
    places = [order.index(kind_of(record)) for record in ALL]
    grouped = [place for n, place in enumerate(places) if n == 0 or place != places[n - 1]]
    assert len(grouped) == len(set(grouped))
    assert places.index(order.index("team")) < places.index(order.index("person"))
    assert places.index(order.index("deployment")) < places.index(order.index("incident"))
    assert places.index(order.index("incident")) < places.index(order.index("lesson"))


def test_every_record_fits_its_own_limits():
    for record in ALL:
        assert decode(kind_of(record), encode(record)) == record


def test_every_link_resolves():
    names = {cls: {record.id for record in of(cls)} for cls in (Service, Person, Team, Environment)}
    for record in ALL:
        for field, cls in (
            ("owner", Person),
            ("team", Team),
            ("service", Service),
            ("environment", Environment),
        ):
            value = getattr(record, field, None)
            assert value is None or value in names[cls], (record.id, field, value)
        assert set(getattr(record, "services", ())) <= names[Service], record.id
        assert set(getattr(record, "environments", ())) <= names[Environment], record.id
        for field in ("incidents", "lessons", "related"):
            assert set(getattr(record, field, ())) <= set(BY_ID), (record.id, field)
    for incident in of(Incident):
        for link in incident.deployments:
            assert link.deployment in BY_ID
            assert link.decided_by is None or link.decided_by in names[Person]
        for entry in incident.timeline:
            assert entry.author is None or entry.author in names[Person]
    for postmortem in of(Postmortem):
        assert set(postmortem.authors) <= names[Person]
        assert postmortem.incident in BY_ID
    for service in of(Service):
        assert set(service.calls) <= names[Service]
    for lesson in of(Lesson):
        assert lesson.successor is None or lesson.successor in BY_ID


def test_every_id_in_a_text_names_a_record():
    for record in ALL:
        assert set(ID.findall(encode(record).decode())) <= set(BY_ID), record.id


def test_factor_codes_are_in_the_glossary():
    used = {factor.code for incident in of(Incident) for factor in incident.factors if factor.code}
    used |= {code for lesson in of(Lesson) for code in lesson.applies.factors}
    assert used <= {word.word for word in FACTORS}


def test_reviews_show_one_overdue_and_one_with_a_dissent():
    reviews = of(Review)
    assert [review.id for review in reviews if days_late(review, TODAY)] == ["REV-0003"]
    closed = [review for review in reviews if review.state == "closed"]
    assert any(seat.verdict == "dissents" and seat.note for review in closed for seat in review.seats)
    for review in reviews:
        assert review.subject in BY_ID
        assert set(people_of(review)) <= {person.id for person in of(Person)}
        for decision in review.decisions:
            assert review.began_at <= decision.at <= review.ended_at
            assert decision.action is None or BY_ID[decision.action].incident == review.subject


def test_times_and_timelines_are_in_order():
    for incident in of(Incident):
        check_times(incident.times)
        assert incident.timeline == in_order(incident.timeline), incident.id
        known = [entry.at for entry in incident.timeline if entry.at]
        assert known == sorted(known), incident.id
        assert occurred_at(incident) is not None, incident.id


@pytest.mark.parametrize("incident", story(), ids=lambda incident: incident.id)
def test_an_incident_of_the_story_is_told_in_full(incident):
    starred = [entry for entry in incident.timeline if entry.starred]
    assert 8 <= len(incident.timeline) <= 16
    assert len(starred) < len(incident.timeline)
    assert any(entry.consequence for entry in incident.timeline)
    assert {"technical", "trigger"} & {factor.kind for factor in incident.factors}
    assert incident.impact.figures
    assert incident.team


def test_a_decision_has_its_consequence():
    for incident in of(Incident):
        for entry in incident.timeline:
            assert entry.consequence is None or entry.kind == "decision", (incident.id, entry.text)


@settings(max_examples=25, deadline=None)
@given(st.dates(date(2026, 1, 1), date(2040, 1, 1)))
def test_nothing_lies_ahead_but_plans(today):
    end = datetime.combine(today, time(), tzinfo=UTC)
    for record in records(today):
        planned = isinstance(record, Deployment) and record.outcome == "planned"
        if not planned:
            assert all(at <= end for at in moments(built(record))), record.id


def test_the_story_spans_fourteen_months_back_from_today():
    times = [at for incident in story() if (at := occurred_at(incident))]
    assert MIDNIGHT - max(times) < timedelta(days=2)
    assert timedelta(days=390) < MIDNIGHT - min(times) < timedelta(days=430)
    assert sum(incident.status != "closed" for incident in story()) >= 2


def test_the_same_day_gives_the_same_records():
    assert records(TODAY) == ALL
    shifted = {record.id: record for record in records(TODAY + timedelta(days=30))}
    assert shifted["INC-0006"] == BY_ID["INC-0006"]
    ago = occurred_at(BY_ID["INC-0042"])
    assert occurred_at(shifted["INC-0042"]) == ago + timedelta(days=30)


def test_the_same_failure_stands_eight_months_before_with_its_open_promise():
    first, latest, promise = BY_ID["INC-0017"], BY_ID["INC-0042"], BY_ID["ACT-0058"]
    apart = occurred_at(latest) - occurred_at(first)
    assert timedelta(days=240) < apart < timedelta(days=270)
    assert "stale embeddings" in first.title
    assert "INC-0017" in latest.related
    assert (promise.incident, promise.state, promise.owner) == ("INC-0017", "open", None)
    assert days_overdue(promise, TODAY) > 200


def test_the_planned_deployment_moves_the_model_without_its_index():
    planned = [deployment for deployment in of(Deployment) if deployment.outcome == "planned"]
    assert len(planned) == 1
    files = {name for change in planned[0].changes for name in change.files}
    lesson = BY_ID["LES-0011"]
    assert "model.lock" in files
    assert "index.lock" not in files
    assert planned[0].service in lesson.applies.services
    assert files & set(lesson.applies.files)


def test_every_state_is_shown_somewhere():
    assert {action.state for action in of(Action)} == {
        "open",
        "in_progress",
        "blocked",
        "done",
        "verified",
        "ineffective",
        "cancelled",
    }
    assert {"published", "due_for_review", "retired", "in_review"} <= {x.state for x in of(Lesson)}
    assert {"succeeded", "failed", "rolled_back", "planned"} == {d.outcome for d in of(Deployment)}
    assert any(not person.active for person in of(Person))
    proven = {is_proven(runbook.proven_on, TODAY) for runbook in of(Runbook)}
    assert proven == {True, False}
    overdue = [a.id for a in of(Artifact) if a.review_on and a.review_on < TODAY]
    assert {"PM-0042", "LES-0006"} <= set(overdue)


def test_verified_and_ineffective_actions_carry_figures():
    for action in of(Action):
        if action.state in {"verified", "ineffective"}:
            assert action.criterion, action.id
            assert re.search(r"[0-9]", action.outcome), action.id
        if action.state in {"done", "verified", "ineffective"}:
            assert action.done_at, action.id


def test_a_deployment_that_caused_an_incident_came_before_its_end():
    for incident in of(Incident):
        for link in incident.deployments:
            deployment = BY_ID[link.deployment]
            if link.relation in {"caused", "suspected"}:
                assert deployment.started_at <= incident.times.detected_at, (incident.id, link.deployment)


def test_prose_names_no_root_cause():
    for record in ALL:
        assert "root cause" not in encode(record).decode().lower(), record.id


def _sources():
    for folder in ("public", "story/incidents"):
        for name, text in texts(folder):
            yield name, text, IncidentSource
    for name, text in texts("story/lessons"):
        yield name, text, LessonSource
    for name, text in texts("story/runbooks"):
        yield name, text, RunbookSource
    for name, text in texts("story/postmortems"):
        yield name, split(name, text)[0], PostmortemSource
    for name, text in texts("story/notes"):
        yield name, split(name, text)[0], NoteSource
    for name, text in texts("story"):
        shapes = {
            "actions": ActionsSource,
            "catalog": CatalogSource,
            "observations": ObservationsSource,
            "reviews": ReviewsSource,
        }
        yield name, text, shapes.get(name, DeploymentsSource)


def _misspelt(raw: Any, known: Any, path: str = "") -> list[str]:
    if isinstance(raw, dict) and isinstance(known, dict):
        found = [f"{path}.{key}" for key in raw if key not in known]
        return found + [
            m for key in raw if key in known for m in _misspelt(raw[key], known[key], f"{path}.{key}")
        ]
    if isinstance(raw, list) and isinstance(known, list | tuple):
        return [m for a, b in zip(raw, known, strict=True) for m in _misspelt(a, b, path)]
    return []


def test_no_field_of_a_file_is_misspelt():
    for name, text, shape in _sources():
        known = msgspec.to_builtins(msgspec.toml.decode(text, type=shape))
        assert _misspelt(tomllib.loads(text), known) == [], name


def test_three_postmortems_are_complete():
    written = [record for record in ALL if isinstance(record, Postmortem)]
    whole = [
        record
        for record in written
        if {section.name for section in record.sections} == set(SECTION_TITLES) and record.what_ifs
    ]
    incidents = {record.id: record for record in ALL if isinstance(record, Incident)}
    assert len(whole) >= 3
    assert all(incidents[str(record.incident)].evidence for record in whole)
    assert all(read_wording(section.text) == () for record in whole for section in record.sections)


def test_observations_wait_became_and_were_dismissed():
    noted = of(Observation)
    assert {record.state for record in noted} == {"noted", "became", "dismissed"}
    assert {record.kind for record in noted} == set(get_args(ObservationKind))
    for record in noted:
        if record.became:
            assert BY_ID[record.became].written_at <= record.triaged_at
