import hashlib
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardwon.domain.errors import InputError
from hardwon.domain.evidence import Evidence
from hardwon.domain.note import Note
from hardwon.domain.record import encode, kind_of
from hardwon.domain.revision import KeptRevision
from hardwon.exchange.exporting import write
from hardwon.exchange.importing import read
from tests.exchange.strategies import ANY_RECORD, revised

AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def history(record, count):
    return tuple(
        KeptRevision(number=n, at=AT, by="ana", verb="revised", detail="é\n", body=encode(revised(record, n)))
        for n in range(1, count + 1)
    )


def note(number=1, **fields: object):
    return Note(id=f"NTE-{number:04d}", title="A note", written_at=AT, updated_at=AT, **fields)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(
    st.lists(
        st.tuples(ANY_RECORD, st.integers(0, 3)),
        max_size=4,
        unique_by=lambda pair: (kind_of(pair[0]), pair[0].id),
    )
)
def test_every_record_and_revision_comes_back(pairs):
    histories = [(record, history(record, count)) for record, count in pairs]
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "export"
        write(folder, histories)
        files = list(read([folder]))
    assert [file.problems for file in files if file.problems and "sha" not in str(file.problems)] == []
    back = {(kind_of(d.record), d.record.id): (d.record, d.revisions) for file in files for d in file.drafts}
    assert back == {(kind_of(record), record.id): (record, revisions) for record, revisions in histories}


@pytest.fixture
def exported(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    data = b"a graph"
    name = hashlib.sha256(data).hexdigest()
    (kept / name).write_bytes(data)
    (kept / hashlib.sha256(b"old").hexdigest()).write_bytes(b"old")
    record = note(evidence=(Evidence(kind="file", sha256=name, filename="../../graph.png"),))
    report = write(tmp_path / "export", [(record, history(record, 2))], attachments=kept)
    return tmp_path / "export", record, report


def test_attachments_come_back(exported):
    folder, record, report = exported
    files = list(read([folder]))
    draft = files[0].drafts[0]
    assert draft.record == record
    assert [a.path.read_bytes() for a in draft.attachments] == [b"a graph"]
    assert [a.path.read_bytes() for file in files for a in file.attachments] == [b"old"]
    assert (report.counts, report.revisions, report.missing) == ({"note": 1}, 2, ())


def test_a_changed_file_is_named_and_not_read(exported):
    folder, _, _ = exported
    path = folder / "note" / "NTE-0001.json"
    path.write_bytes(path.read_bytes().replace(b"A note", b"A lie!"))
    files = list(read([folder]))
    assert "changed" in files[0].problems[0].reason
    assert not any(file.drafts for file in files)


def test_a_missing_file_is_named(exported):
    folder, _, _ = exported
    (folder / "note" / "NTE-0001.md").unlink()
    assert "not there" in next(iter(read([folder]))).problems[0].reason


def test_an_unlisted_file_is_left_out(exported):
    folder, _, _ = exported
    (folder / "note" / "NTE-0002.json").write_text("{}")
    assert next(iter(read([folder]))).left[0][0] == "note/NTE-0002.json"


def test_a_manifest_cannot_lead_outside(exported):
    folder, _, _ = exported
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"].append({"path": "../secret.json", "size": 1, "sha256": "0" * 64})
    path.write_text(json.dumps(manifest))
    assert "outside" in next(iter(read([folder]))).problems[0].reason


def test_a_broken_manifest_is_named(exported):
    folder, _, _ = exported
    (folder / "manifest.json").write_text('{"format":"hardwon-export"')
    assert "manifest" in next(iter(read([folder]))).problems[0].reason


def test_no_path_is_made_from_a_title_or_a_strange_id(tmp_path):
    record = msgspec.structs.replace(note(), id="../../etc/passwd", title="../up")
    write(tmp_path / "export", [(record, ())])
    names = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert names[0].startswith("etc-passwd-")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export"]


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"x")
    with pytest.raises(InputError, match="no Hardwon export"):
        write(tmp_path, [])
    assert (tmp_path / "photo.jpg").exists()


def test_an_export_replaces_an_earlier_one_and_keeps_git(exported):
    folder, _, _ = exported
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("x")
    write(folder, [(note(2), ())])
    assert sorted(path.name for path in folder.rglob("NTE*")) == ["NTE-0002.json", "NTE-0002.md"]
    assert (folder / ".git" / "HEAD").exists()
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_a_failed_export_leaves_nothing(tmp_path):
    def broken():
        yield note(), ()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(tmp_path / "export", broken())
    assert list(tmp_path.iterdir()) == []


def test_the_markdown_shows_the_record(exported):
    folder, _, _ = exported
    page = (folder / "note" / "NTE-0001.md").read_text()
    assert page.startswith("---\nkind: note\nid: NTE-0001\n")
    assert "# A note" in page
