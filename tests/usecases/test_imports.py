"""Importing: a look first, then for real; nothing lost, nothing twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.action import Action
from hardwon.domain.catalog import Service
from hardwon.domain.errors import ForbiddenError, InputError
from hardwon.domain.incident import Incident
from hardwon.domain.observation import Observation
from hardwon.domain.source import Source
from hardwon.settings import Settings
from hardwon.storage.audit_log import sequence, verify
from hardwon.storage.queries.records import count_records, get_record
from hardwon.usecases import actions, capture, catalog, exports, histories, imports, incidents, sources
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import ADMIN, NOW, RESPONDER

REPORT = """# Checkout refused every card

Date: 2026-03-04

## Timeline
- 10:00 UTC A certificate expired
- 10:20 UTC We renewed it

## Action items
- [ ] Alert 30 days before a certificate expires (@mika)
"""


def row(number: int, **changes: object) -> dict[str, object]:
    known = {"id": f"OPS-{number}", "title": f"Search is slow {number}", "text": "The index was old."}
    return {**known, "started_at": f"2026-10-{number:02}T10:00:00Z", **changes}


def write(path: Path, *rows: dict[str, object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in rows))
    return path


def counted(app: App) -> dict[str, int]:
    """What was brought in: all but what every workspace begins with."""
    with app.store.read(None) as reading:
        counts = count_records(reading)
    return {kind: number for kind, number in counts.items() if number and kind not in {"template", "term"}}


def test_a_look_writes_nothing(app: App, tmp_path: Path) -> None:
    report = imports.run(app, ADMIN, [write(tmp_path / "a" / "ops.jsonl", row(1), row(2))])
    assert (report.new, report.written) == ({"incident": 2}, False)
    assert counted(app) == {}


def test_a_second_time_changes_nothing(app: App, tmp_path: Path) -> None:
    source = write(tmp_path / "a" / "ops.jsonl", row(1), row(2))
    assert imports.run(app, ADMIN, [source], write=True).new == {"incident": 2}
    again = imports.run(app, ADMIN, [source], write=True)
    assert (again.new, again.known) == ({}, 2)
    assert counted(app) == {"incident": 2}


def test_a_file_under_another_name_brings_only_what_is_new(app: App, tmp_path: Path) -> None:
    imports.run(app, ADMIN, [write(tmp_path / "a" / "ops.jsonl", row(1), row(2))], write=True)
    renamed = write(tmp_path / "b" / "ops-2026.jsonl", row(1), row(2), row(3))
    report = imports.run(app, ADMIN, [renamed], write=True)
    assert (report.new, report.known) == ({"incident": 1}, 2)


def test_an_id_of_another_source_is_another_incident(app: App, tmp_path: Path) -> None:
    imports.run(app, ADMIN, [write(tmp_path / "a" / "ops.jsonl", row(1))], write=True)
    for other in (row(1, title="Mail bounced"), row(1, started_at="2026-09-01T10:00:00Z")):
        source = write(tmp_path / other["title"] / "mail.jsonl", other)
        assert imports.run(app, ADMIN, [source], write=True).new == {"incident": 1}


def test_what_was_read_out_of_a_moved_report_is_known_with_it(app: App, tmp_path: Path) -> None:
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "certificate.md").write_text(REPORT)
    first = imports.run(app, ADMIN, [tmp_path / "old"], write=True)
    assert first.new["incident"] == first.new["action"] == 1
    again = imports.run(app, ADMIN, [tmp_path / "new"], write=True)
    assert (again.new, again.known) == ({}, sum(first.new.values()))


def test_a_bad_row_is_named_and_the_rest_goes_on(app: App, tmp_path: Path) -> None:
    source = write(tmp_path / "ops.jsonl", row(1), row(2, started_at="9998-01-01T00:00:00Z"), row(3))
    report = imports.run(app, ADMIN, [source], write=True)
    assert (report.new, report.problems) == ({"incident": 2}, 1)
    problem = report.files[0].problems[0]
    assert (problem.line, "9998" in problem.reason) == (2, True)


def test_who_may_not_write_may_not_import(app: App, tmp_path: Path) -> None:
    source = write(tmp_path / "ops.jsonl", row(1))
    with pytest.raises(ForbiddenError):
        imports.run(app, RESPONDER, [source], write=True)
    with pytest.raises(InputError, match="nowhere"):
        imports.run(app, ADMIN, [tmp_path / "nowhere"])


def test_a_date_nobody_can_read_stays_as_text(app: App, tmp_path: Path) -> None:
    source = write(tmp_path / "ops.jsonl", row(1, started_at="9999-12-31T23:59:59-12:00", opened="soonish"))
    report = imports.run(app, ADMIN, [source], write=True)
    assert (report.new, report.problems) == ({"incident": 1}, 0)
    summary = incidents.get_incident(app, ADMIN, "INC-0001").incident.summary
    assert "9999-12-31T23:59:59-12:00" in summary
    assert "soonish" in summary


def workspace(folder: Path) -> Settings:
    return Settings(home=folder, meaning=False)


@pytest.fixture
def exported(app: App, tmp_path: Path) -> Path:
    """An export of a workspace that holds two incidents, one with an action."""
    for number in (1, 2):
        incidents.declare(app, ADMIN, NewIncident(title=f"Search is slow {number}"))
    actions.promise(
        app, ADMIN, Action(id="new", title="Warm it", incident="INC-0001", written_at=NOW, updated_at=NOW)
    )
    exports.export(app, ADMIN, tmp_path / "export")
    return tmp_path / "export"


def test_after_an_export_came_in_new_records_get_new_ids(exported: Path, tmp_path: Path) -> None:
    with open_app(workspace(tmp_path / "there")) as there:
        imports.run(there, ADMIN, [exported], write=True)
        made = incidents.declare(there, ADMIN, NewIncident(title="Mail is late"))
        assert made.id == "INC-0003"
        assert imports.run(there, ADMIN, [exported], write=True).new == {}


def test_an_export_brings_what_it_is_ahead(app: App, exported: Path, tmp_path: Path) -> None:
    with open_app(workspace(tmp_path / "there")) as there:
        imports.run(there, ADMIN, [exported], write=True)
        incidents.advance(app, ADMIN, "INC-0001", "resolved", 1)
        exports.export(app, ADMIN, exported)
        report = imports.run(there, ADMIN, [exported], write=True)
        assert (report.new, sum(file.continued for file in report.files)) == ({}, 1)
        assert incidents.get_incident(there, ADMIN, "INC-0001").incident.status == "resolved"
        assert [row.revision for row in histories.get_history(there, ADMIN, "INC-0001")] == [2, 1]
        with there.store.read(None) as reading:
            sequence(there.store, NOW)
            assert verify(reading).problems == ()


def test_an_export_never_mixes_with_other_records_of_the_same_id(exported: Path, tmp_path: Path) -> None:
    with open_app(workspace(tmp_path / "there")) as there:
        incidents.declare(there, ADMIN, NewIncident(title="Mail is late"))
        for write_it in (False, True):
            report = imports.run(there, ADMIN, [exported], write=write_it)
            assert (report.problems, report.new) == (2, {"incident": 1})
        reasons = [problem.reason for file in report.files for problem in file.problems]
        assert "INC-0001 is another incident" in reasons[0]
        assert "ACT-0001 belongs to INC-0001" in reasons[1]
        assert incidents.get_incident(there, ADMIN, "INC-0001").incident.title == "Mail is late"


def test_a_nul_and_an_open_quote_are_named_by_their_line(app: App, tmp_path: Path) -> None:
    source = write(tmp_path / "ops.jsonl", row(1), row(2, title="a\0b"), row(3))
    table = tmp_path / "ops.csv"
    table.write_text('id,title\n8,well\n9,"never closed\n10,lost\n')
    for write_it in (False, True):
        report = imports.run(app, ADMIN, [source, table], write=write_it)
        assert [problem.line for file in report.files for problem in file.problems] == [2, 3]
        assert report.new == {"incident": 3}


CATALOGUE = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: ranker, annotations: {github.com/project-slug: shop/ranker}}
spec: {type: service, owner: ranking}
"""


def test_a_service_that_waited_to_be_claimed_gets_its_owner_and_keeps_the_rest(
    app: App, tmp_path: Path
) -> None:
    catalog.put(app, ADMIN, Service(id="ranker", name="Seen by a source", tags=("kept",)))
    path = tmp_path / "catalog-info.yaml"
    path.write_text(CATALOGUE)
    look = imports.run(app, ADMIN, [path])
    assert (look.new, look.files[0].continued) == ({"team": 1}, 1)
    assert catalog.get_entry(app, ADMIN, Service, "ranker").team is None
    imports.run(app, ADMIN, [path], write=True)
    claimed = catalog.get_entry(app, ADMIN, Service, "ranker")
    assert (claimed.name, claimed.team, claimed.repository, claimed.tags, claimed.revision) == (
        "Seen by a source",
        "ranking",
        "https://github.com/shop/ranker",
        ("kept",),
        2,
    )
    path.write_text(CATALOGUE.replace("ranking", "others"))
    again = imports.run(app, ADMIN, [path], write=True)
    assert again.files[0].continued == 0
    assert catalog.get_entry(app, ADMIN, Service, "ranker").team == "ranking", "nobody's word is overwritten"


SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: NAME}
spec: {service: rankr, objectives: [{target: 0.99}]}
"""


def test_objectives_and_owners_come_to_the_service_that_is_meant_and_are_kept_once(
    app: App, tmp_path: Path
) -> None:
    catalog.put(app, ADMIN, Service(id="ranker", name="Ranker"))
    catalog.put(app, ADMIN, Service(id="rankr", name="rankr", same_as="ranker"))
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in ("availability", "latency"):
        (folder / f"{name}.yaml").write_text(SLO.replace("NAME", name))
    (folder / "CODEOWNERS").write_text("* @shop/search")
    given = {"service": "rankr"}
    look = imports.run(app, ADMIN, [folder], mapping=given)
    assert (look.new, look.problems) == ({"team": 1}, 0)
    imports.run(app, ADMIN, [folder], mapping=given, write=True)
    ranker = catalog.get_entry(app, ADMIN, Service, "ranker")
    assert (ranker.team, [one.name for one in ranker.objectives]) == ("search", ["availability", "latency"])
    assert ranker.paths[0].owners == ("search",)
    again = imports.run(app, ADMIN, [folder], mapping=given, write=True)
    assert (again.new, sum(file.continued for file in again.files)) == ({}, 0)
    (folder / "latency.yaml").write_text(SLO.replace("NAME", "latency").replace("0.99", "0.95"))
    imports.run(app, ADMIN, [folder], mapping=given, write=True)
    changed = catalog.get_entry(app, ADMIN, Service, "ranker")
    assert [one.target for one in changed.objectives] == [0.99, 0.95]


def event(uid: str, seen: str, **said: Any) -> dict[str, Any]:
    return {
        "kind": "Event",
        "metadata": {"uid": uid},
        "involvedObject": {"kind": "Pod", "name": "scorer-7d9c5b6f4d-x2x9z"},
        "reason": "OOMKilling",
        "type": "Warning",
        "lastTimestamp": seen,
        **said,
    }


def test_events_of_kubernetes_are_read_like_deliveries_and_kept_once(app: App, tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    old, normal = event("a", "2026-11-20T08:00:00Z"), event("n", "2026-11-20T08:00:00Z", type="Normal")
    path.write_text(json.dumps({"kind": "List", "items": [old, event("b", "2026-11-20T09:29:00Z"), normal]}))
    look = imports.run(app, ADMIN, [path])
    assert (look.new, look.known, sources.get_sources(app, ADMIN)) == ({"alert": 2}, 0, ())
    assert imports.run(app, ADMIN, [path], write=True).new == {"alert": 2}
    capture.digest(app)
    again = imports.run(app, ADMIN, [path], write=True)
    assert (again.new, again.known) == ({}, 2)
    (row,) = sources.get_sources(app, ADMIN)
    page = sources.get_source(app, ADMIN, row.id)
    assert [(one.state, one.signals) for one in page.deliveries.rows] == [("done", 1), ("done", 1)]
    (waiting,) = catalog.list_unclaimed(app, ADMIN).rows
    assert (waiting.service.id, waiting.service.seen_by) == ("scorer", row.id)
    stored = source_of(app, row.id)
    sources.change(app, ADMIN, msgspec.structs.replace(stored, opens="alerts >= 2"), stored.revision)
    path.write_text(json.dumps(event("c", "2026-11-20T09:28:00Z", kind="Event")))
    imports.run(app, ADMIN, [path], write=True)
    capture.digest(app)
    with app.store.read(None) as reading:
        incident = get_record(reading, Incident, "INC-0001")
    assert (incident.services, incident.alerts) == (("scorer",), ("OOMKilling",))


def source_of(app: App, name: str) -> Source:
    with app.store.read(None) as reading:
        return get_record(reading, Source, name)


def test_a_run_of_evidently_is_one_observation_however_often_it_comes(app: App, tmp_path: Path) -> None:
    failed = {"name": "Drift of price", "status": "FAIL", "metric_config": {"metric_id": "m"}}
    metrics = [{"id": "m", "metric_name": "ValueDrift", "config": {"type": "evidently:x"}, "value": 0.1}]
    for folder in ("monday", "again"):
        path = tmp_path / folder / "run.json"
        path.parent.mkdir()
        path.write_text(json.dumps({"metrics": metrics, "tests": [failed]}))
        report = imports.run(app, ADMIN, [path], write=True)
        assert (report.new, report.known) == (({"observation": 1}, 0) if folder == "monday" else ({}, 1))
    with app.store.read(None) as reading:
        assert get_record(reading, Observation, "OBS-0001").title == "Drift of price"
