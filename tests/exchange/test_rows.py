import json
import re
from datetime import UTC, datetime

import pytest

from hardwon.domain.record import encode


def test_incidents_of_json_lines(give, records):
    text = (
        '{"id": "a1", "date": "2026-02-03", "text": "The cache was stale. Prices were old.", "colour": "red"}\n'
        '{"id": "a2", "title": "Lost mail", "text": "Mail was lost.", "opened_at": "2026-02-03T10:00:00+02:00"}\n'
        '{"text": "Nobody knows when."}\n'
    )
    files = give({"log.jsonl": text})
    first, second, third = records(files)["Incident"]
    assert first.title == "The cache was stale."
    assert first.times.started_at == datetime(2026, 2, 3, tzinfo=UTC)
    assert '"colour": "red"' in first.summary
    assert (first.source, first.source_id) == ("import:reports-log", "a1")
    assert second.times.started_at == datetime(2026, 2, 3, 8, tzinfo=UTC)
    assert third.times.started_at is None
    assert third.source_id.startswith("sha256:")
    assert "dates without a zone: taken as UTC: 1" in files[0].understood


def test_deployments_are_known_by_their_columns(give, records):
    row = (
        '{"id": "c0ffee", "deployed_at": "2026-02-03T10:00:00Z", "subject": "Raise the limit", '
        '"files": ["a.py"], "pool": true}\n'
    )
    deployment = records(give({"log.jsonl": row}))["Deployment"][0]
    assert deployment.title == "Raise the limit"
    assert deployment.finished_at == datetime(2026, 2, 3, 10, tzinfo=UTC)
    assert deployment.changes[0].files == ("a.py",)
    assert deployment.changes[0].commit == "c0ffee"
    assert '"pool": true' in deployment.description


def test_a_mapping_names_columns(give, records):
    mapping = {"text": "what", "date": "day", "service": "part", "kind": "deployment"}
    found = records(give({"a.csv": "nr,what,day,part\n7,New index,2026-02-03,Search API\n"}, mapping))
    deployment = found["Deployment"][0]
    assert (deployment.title, deployment.service) == ("New index", "search-api")


def test_a_table_without_a_text_names_its_columns_and_the_fix(give, problem_of):
    problem = problem_of(give({"a.csv": "alpha,beta\n1,2\n"}))
    assert "alpha, beta" in problem.reason
    assert "--map text=beta" in problem.fix


def test_a_mapping_of_a_column_that_is_not_there(give, problem_of):
    problem = problem_of(give({"a.csv": "title\nx\n"}, {"text": "body"}))
    assert "body" in problem.reason
    assert "title" in problem.reason


def test_a_mapping_of_an_unknown_field(give, problem_of):
    assert "wibble" in problem_of(give({"a.csv": "title\nx\n"}, {"wibble": "title"})).reason


def test_a_formula_is_a_text(give, records):
    found = records(give({"a.csv": 'id,title\n1,"=HYPERLINK(""http://x"")"\n'}))
    assert found["Incident"][0].title == '=HYPERLINK("http://x")'


def test_too_many_cells_are_named_by_line(give, problem_of):
    assert problem_of(give({"a.csv": "id,title\n1,ok\n2,too,many\n"})).line == 3


def test_semicolons_and_a_byte_order_mark(give, records):
    found = records(give({"a.csv": "\ufeffid;title\n1;Lost mail\n".encode()}))
    assert found["Incident"][0].title == "Lost mail"


def test_a_long_table_comes_in_batches(give):
    rows = "".join(f'{{"id": {n}, "text": "Number {n}."}}\n' for n in range(25))
    files = give({"a.jsonl": rows}, rows_per_batch=10)
    assert [len(file.drafts) for file in files] == [10, 10, 5]
    assert len({draft.record.id for file in files for draft in file.drafts}) == 25


def test_a_report_without_headings_is_understood(give, records):
    text = (
        "The queue stopped.\\n\\u2022 10:00 Queue stops\\n\\u2022 10:20 Alert fires\\n"
        "\\u2022 11:00 Service is back up\\n\\n"
        "It was a long hour.\\n\\u2022 Status: Done - Restart it nightly\\n\\u2022 Status: Declined - Buy another"
    )
    found = records(give({"a.jsonl": f'{{"id": 1, "date": "2026-02-03", "text": "{text}"}}\n'}))
    incident = found["Incident"][0]
    assert [entry.kind for entry in incident.timeline] == ["system", "detection", "resolution"]
    assert incident.times.resolved_at == datetime(2026, 2, 3, 11, tzinfo=UTC)
    assert [(action.title, action.state) for action in found["Action"]] == [
        ("Restart it nightly", "done"),
        ("Buy another", "cancelled"),
    ]
    assert found["Postmortem"][0].body == "It was a long hour."


@pytest.mark.parametrize("kind", ["incident", "deployment"])
def test_no_value_of_a_row_is_lost(give, kind):
    names = ("version", "outcome", "repository", "org", "reverts", "reverted", "severity", "owner")
    row = {name: f"kept-{name}" for name in names}
    row |= {"id": "7", "title": "A title", "text": "Some text.", "url": "https://kept.example/"}
    row |= {"environment": "kept-one,kept-two", "service": "kept-three, kept-four", "tickets": ["KEPT-1"]}
    row |= {"files": ["kept.py"], "tags": ["kept-tag"], "extra": {"deep": ["kept-deep"]}}
    row |= {"date": "2026-01-01", "deployed_at": "2026-01-02T05:00Z", "detected_at": "around kept-noon"}
    files = give({"rows.jsonl": json.dumps(row)}, {"kind": kind})
    kept = b"".join(encode(draft.record) for file in files for draft in file.drafts).decode()
    words = re.findall(r"kept-[a-z]+|KEPT-1|kept\.\w+|2026-01-0\d", json.dumps(row))
    assert [word for word in words if word not in kept] == []


@pytest.mark.parametrize("day", ['"date": "2026-02-04"', '"started_at": "2026-02-04"'])
def test_an_end_before_the_start_is_a_problem_of_its_row(give, records, problem_of, day):
    text = f'{{"id": "a1", "text": "It broke.", {day}, "resolved_at": "2026-02-03"}}\n{{"id": "a2", "text": "Mail."}}\n'
    files = give({"log.jsonl": text})
    assert [incident.source_id for incident in records(files)["Incident"]] == ["a2"]
    problem = problem_of(files)
    assert (problem.line, "resolved_at" in problem.reason) == (1, True)
    assert problem.fix == "Correct one of the two times."


def test_the_last_of_two_equal_keys_counts(give, records):
    row = '{"id": "a1", "title": "First", "text": "It broke.", "title": "Second"}\n'
    assert [incident.title for incident in records(give({"log.jsonl": row}))["Incident"]] == ["Second"]
