"""Questions without a name: nothing that is kept leads to who asked, or to when on that day."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from hardwon.bootstrap import open_app
from hardwon.domain.actor import Actor
from hardwon.domain.errors import UnavailableError
from hardwon.domain.note import Note
from hardwon.settings import Settings
from hardwon.storage import questions as rows
from hardwon.storage.tables import questions as waiting
from hardwon.usecases import artifacts, audit, exports, histories, inbox, questions, threads
from hardwon.usecases.app import App
from hardwon.worker import loop
from tests.fresh import fresh
from tests.postgres import named as named_url
from tests.postgres import run_outside
from tests.usecases.conftest import ADMIN

ASKER = Actor(id="zoe-8f41c2", name="Zoe Quillfeather", roles=("viewer",), teams=("team-7d03",))
TRACES = (ASKER.id, ASKER.name, ASKER.teams[0])
DAY = date(2026, 11, 20)
ASKED_AT = datetime(2026, 11, 20, 13, 37, 42, 617_000, tzinfo=UTC)
PUBLISHED_AT = datetime(2026, 11, 21, 0, 0, 7, 250_000, tzinfo=UTC)
Asking = Callable[[App, Actor, str, str], object]


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 17, 8, 5, 11, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[App]:
    """A workspace with one note that everybody may read, three days before the question."""
    with open_app(Settings(home=fresh(tmp_path, clock.now), meaning=False), clock=clock) as opened:
        note = Note(id="new", title="Late", owner="ada", written_at=clock.now, updated_at=clock.now)
        kept = artifacts.write(opened, ADMIN, note)
        artifacts.move(opened, ADMIN, kept.id, "in_review", kept.revision)
        loop.work_once(opened)
        yield opened


def rows_of(app: App) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row of every table there is."""
    with app.store.read(None) as reading:
        for table in inspect(reading.connection).get_table_names():
            for row in reading.connection.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608
                yield table, dict(row._mapping)


def bytes_of(app: App) -> dict[str, bytes]:
    """Every file of the workspace: the database, its log, the index."""
    files = (path for path in app.settings.home.rglob("*") if path.is_file())
    return {str(path.relative_to(app.settings.home)): path.read_bytes() for path in files}


def moments_of(day: date) -> range:
    """All milliseconds of a day but its midnight."""
    start = int(datetime.combine(day, time(), UTC).timestamp() * 1_000)
    return range(start + 1, start + 86_400_000)


def expect_no_trace_in(rows: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Fail where a row names the asker, or holds a time of the day finer than the day."""
    for table, row in rows:
        for column, value in row.items():
            content = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for trace in TRACES:
                assert trace.encode() not in content, (table, column, trace)
            if isinstance(value, int):
                assert value not in moments_of(DAY), (table, column, value)
                assert value * 1_000 not in moments_of(DAY), (table, column, value)


def expect_no_trace(app: App, caplog: pytest.LogCaptureFixture) -> None:
    """Fail where anything kept names the asker, or tells a time of the day finer than the day."""
    ms = int(ASKED_AT.timestamp() * 1_000)
    times = (
        ms.to_bytes(6, "big"),
        *(
            value.encode()
            for value in (str(ms), str(ms // 1_000), "13:37", f"{ASKED_AT:%H:%M:%S}", f"{DAY}T", f"{DAY} ")
        ),
    )
    for name, content in bytes_of(app).items():
        for trace in TRACES:
            assert trace.encode() not in content, (name, trace)
        for moment in times:
            assert moment not in content, (name, moment)
    expect_no_trace_in(rows_of(app))
    said = "\n".join([caplog.text, *(str(record.__dict__) for record in caplog.records if record.args)])
    for trace in (*TRACES, "anonym"):
        assert trace not in said
    assert "Was the limit raised?" not in said


def ask_and_publish(app: App, clock: Clock, asking: Asking, texts: tuple[str, ...]) -> int:
    """Ask each of the texts at one moment, and let the worker publish them on the next day."""
    clock.now = ASKED_AT
    for question in texts:
        asking(app, ASKER, "NTE-0001", question)
    clock.now = PUBLISHED_AT
    published = questions.publish(app)
    loop.work_once(app)
    return published


TEXTS = ("Was the limit raised?", "Who was told?", "Why so late? @ada")


def test_nothing_leads_to_the_asker(app: App, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    clock.now = ASKED_AT
    before = list(rows_of(app))
    for question in TEXTS:
        questions.ask(app, ASKER, "NTE-0001", question)
    after = list(rows_of(app))
    assert [entry for entry in after if entry[0] != "questions"] == before
    added = [tuple(row) for table, row in after if table == "questions"]
    assert added == [("id", "day", "artifact", "section", "text")] * len(TEXTS)
    expect_no_trace(app, caplog)
    assert ask_and_publish(app, clock, questions.ask, ()) == len(TEXTS)
    expect_no_trace(app, caplog)
    shown = threads.list_threads(app, ASKER, "NTE-0001").rows
    assert sorted(thread.text for thread in shown) == sorted(TEXTS)
    for thread in shown:
        midnight = datetime(2026, 11, 21, tzinfo=UTC)
        assert (thread.author, thread.written_at, thread.updated_at) == (None, midnight, midnight)
        revisions = histories.get_history(app, ADMIN, thread.id)
        assert [(row.by, row.at) for row in revisions] == [("system", PUBLISHED_AT)]
    assert audit.verify(app, ADMIN).problems == ()
    assert len([n for n in inbox.list_notices(app, ADMIN).rows if n.record.startswith("THR-")]) == len(TEXTS)


@pytest.mark.postgres
def test_nothing_in_postgresql_leads_to_the_asker(postgres_url: str, tmp_path: Path, clock: Clock) -> None:
    name = f"questions_{uuid.uuid4().hex[:12]}"
    run_outside(postgres_url, f"CREATE DATABASE {name}")
    settings = Settings(home=tmp_path, meaning=False, database_url=named_url(postgres_url, name))
    with open_app(settings, clock=clock) as app:
        note = Note(id="new", title="Late", owner="ada", written_at=clock.now, updated_at=clock.now)
        artifacts.move(app, ADMIN, artifacts.write(app, ADMIN, note).id, "in_review", 1)
        assert ask_and_publish(app, clock, questions.ask, TEXTS) == len(TEXTS)
        rows = list(rows_of(app))
        assert sum(table == "threads" for table, _ in rows) == len(TEXTS)
        expect_no_trace_in(rows)
        named(app, ASKER, "NTE-0001", "And a version that writes the asker?")
        with pytest.raises(AssertionError, match=ASKER.id):
            expect_no_trace_in(list(rows_of(app)))
    run_outside(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


def named(app: App, actor: Actor, artifact: str, question: str) -> None:
    """A mutant that asks in the asker's name."""
    threads.ask(app, actor, artifact, question)


def audited(app: App, actor: Actor, artifact: str, question: str) -> None:
    """A mutant that puts the asker into the audit trail, at midnight."""
    questions.ask(app, actor, artifact, question)
    with app.store.begin(actor, datetime.combine(DAY, time(), UTC)) as tx:
        tx.audit("created", "question", artifact)


def timed(app: App, actor: Actor, artifact: str, question: str) -> None:
    """A mutant that names nobody and leaves the moment in the trail."""
    questions.ask(app, actor, artifact, question)
    with app.store.begin(ADMIN, app.now()) as tx:
        tx.audit("created", "question", artifact)


def logged(app: App, actor: Actor, artifact: str, question: str) -> None:
    """A mutant that writes a log line."""
    questions.ask(app, actor, artifact, question)
    logging.getLogger("hardwon.web").info("%s asked", actor.id)


def scribbled(app: App, actor: Actor, artifact: str, question: str) -> None:
    """A mutant that writes the asker into the waiting row, which is deleted afterwards."""
    questions.ask(app, actor, artifact, question)
    with app.store.begin(ADMIN, app.now()) as tx:
        tx.connection.execute(waiting.update().values(section=actor.id))


@pytest.mark.parametrize(
    ("mutant", "found"),
    [
        (named, r"'hardwon.db(-wal)?', 'zoe-8f41c2'"),
        (audited, r"'hardwon.db(-wal)?', 'zoe-8f41c2'"),
        (timed, r"'hardwon.db(-wal)?', b'"),
        (logged, "zoe-8f41c2 asked"),
    ],
)
def test_a_version_that_leaves_a_trace_is_caught(
    app: App, clock: Clock, caplog: pytest.LogCaptureFixture, mutant: Asking, found: str
) -> None:
    caplog.set_level(logging.DEBUG)
    ask_and_publish(app, clock, mutant, TEXTS)
    with pytest.raises(AssertionError, match=found):
        expect_no_trace(app, caplog)


def test_a_trace_in_the_waiting_row_is_caught(app: App, clock: Clock, caplog) -> None:
    clock.now = ASKED_AT
    scribbled(app, ASKER, "NTE-0001", TEXTS[0])
    with pytest.raises(AssertionError, match=ASKER.id):
        expect_no_trace(app, caplog)


def test_deleted_rows_are_overwritten_in_the_file(app: App, clock: Clock) -> None:
    """What a waiting row held is nowhere in the files once its batch is out; here it is a text alone."""
    clock.now = ASKED_AT
    with app.store.begin(ADMIN, app.now()) as tx:
        for number in range(3):
            gone = rows.WaitingQuestion(artifact="NTE-9999", section="", text=f"only-here-{number} " * 500)
            rows.put_question(tx, gone, DAY)
    assert any(b"only-here" in content for content in bytes_of(app).values())
    clock.now = PUBLISHED_AT
    assert questions.publish(app) == 3
    assert not any(b"only-here" in content for content in bytes_of(app).values())
    assert threads.list_threads(app, ADMIN, "NTE-0001").rows == ()


def test_a_batch_waits_for_company_or_a_week(app: App, clock: Clock) -> None:
    clock.now = ASKED_AT
    questions.ask(app, ASKER, "NTE-0001", "One?")
    questions.ask(app, ASKER, "NTE-0001", "Two?")
    questions.ask(app, ASKER, "NTE-0001", "Three?")
    assert questions.publish(app) == 0, "never on its own day"
    with app.store.begin(ADMIN, app.now()) as tx:
        tx.connection.execute(waiting.delete().where(waiting.c.text == "Three?"))
    for days, published in ((1, 0), (6, 0), (7, 2), (8, 0)):
        clock.now = ASKED_AT + timedelta(days=days)
        assert questions.publish(app) == published


def test_what_is_asked_today_waits_when_the_rest_goes(app: App, clock: Clock) -> None:
    clock.now = ASKED_AT
    for number in range(3):
        questions.ask(app, ASKER, "NTE-0001", f"{number}?")
    clock.now = PUBLISHED_AT
    questions.ask(app, ASKER, "NTE-0001", "Today?")
    assert questions.publish(app) == 3
    assert [row["text"] for table, row in rows_of(app) if table == "questions"] == ["Today?"]


def test_the_order_of_asking_is_lost(app: App, clock: Clock) -> None:
    clock.now = ASKED_AT
    asked = [f"{number:02d}?" for number in range(40)]
    for question in asked:
        questions.ask(app, ASKER, "NTE-0001", question)
    clock.now = PUBLISHED_AT
    questions.publish(app)
    shown = [thread.text for thread in threads.list_threads(app, ADMIN, "NTE-0001").rows]
    assert sorted(shown) == asked != shown


def test_an_error_nobody_expected_is_not_logged(
    app: App, clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now = ASKED_AT
    monkeypatch.setattr("secrets.token_hex", lambda _: object())
    with pytest.raises(UnavailableError) as error:
        questions.ask(app, ASKER, "NTE-0001", TEXTS[0])
    assert TEXTS[0] not in str(error.value)
    assert caplog.records == []


def test_an_export_leaves_waiting_questions_out(app: App, clock: Clock, tmp_path: Path) -> None:
    clock.now = ASKED_AT
    questions.ask(app, ASKER, "NTE-0001", TEXTS[0])
    target = tmp_path.parent / f"{tmp_path.name}-export"
    exports.export(app, ADMIN, target)
    written = b"".join(path.read_bytes() for path in target.rglob("*") if path.is_file())
    assert TEXTS[0].encode() not in written
    assert re.search(rb"NTE-0001", written)
