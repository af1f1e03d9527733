"""The index as a whole: what may be found, by whom, as of which day, and after which accident."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from hardwon.domain.search import Filters, Probe, SearchDocument, SearchQuery, Section, Signature
from hardwon.recall.index import Index
from hardwon.recall.snippet import passage

DAY = datetime(2024, 5, 1, tzinfo=UTC)


def document(name, text, *, kind="incident", days=0, scope="workspace", links=(), services=()):
    return SearchDocument(
        id=name,
        kind=kind,
        revision=1,
        title=text.split(".")[0],
        sections=(Section("summary", text),),
        scope=scope,
        at=DAY + timedelta(days=days),
        links=links,
        signature=Signature(services=services),
    )


DOCUMENTS = (
    document("INC-1", "Connection pool exhausted. Checkout waited for database connections."),
    document("INC-2", "Connection pool exhausted again. The limit was halved.", days=10),
    document("INC-3", "Pool secrets of the partner leaked.", scope="team:search"),
    document("INC-4", "Certificate expired at the gateway.", services=("gateway",)),
    document("LES-1", "Renew certificates early. A month is enough.", kind="lesson"),
)


@pytest.fixture
def index(tmp_path):
    index = Index.open(tmp_path / "index", None)
    index.apply(DOCUMENTS, (), "5")
    yield index
    index.close()


def ask(index, text, until=None, exclude=()):
    filters = Filters(until=until, exclude=exclude)
    return [h.id for h in index.search(SearchQuery(text, ("workspace",), filters)).hits]


def test_without_a_model_words_answer(index):
    result = index.search(SearchQuery("pools exhausting", ("workspace",)))
    assert result.mode == "words"
    assert {hit.id for hit in result.hits} == {"INC-1", "INC-2"}
    assert index.pending() == 0


def test_what_may_not_be_seen_is_neither_found_nor_counted(index):
    seen = index.search(SearchQuery("pool", ("workspace",)))
    assert (len(seen.hits), seen.total) == (2, 2)
    assert index.search(SearchQuery("pool", None)).total == 3
    assert index.search(SearchQuery("pool", ())).total == 0


def test_a_question_sees_what_was_known_on_its_day(index):
    assert ask(index, "pool", until=DAY) == ["INC-1"]
    assert set(ask(index, "pool", until=DAY + timedelta(days=10))) == {"INC-1", "INC-2"}
    probe = Probe("Pool exhausted", "", ("workspace",), filters=Filters(until=DAY), at=DAY)
    assert [hit.id for hit in index.similar(probe)] == ["INC-1"]


def test_what_is_excluded_stays_out(index):
    assert ask(index, "pool", exclude=("INC-1",)) == ["INC-2"]
    probe = Probe("Pool exhausted", "", ("workspace",), filters=Filters(exclude=("INC-2",)))
    assert [hit.id for hit in index.similar(probe)] == ["INC-1"]


def test_a_postmortem_speaks_for_its_incident(index):
    told = document("PM-1", "The resolver cached a stale record.", kind="postmortem", links=("INC-4",))
    hidden = document("PM-2", "The resolver was blamed.", kind="postmortem", scope="x", links=("INC-1",))
    index.apply([told, hidden], (), "6")
    probe = Probe("Resolver cached stale records", "", ("workspace",), filters=Filters(kinds=("incident",)))
    assert [hit.id for hit in index.similar(probe)] == ["INC-4"]
    excluded = Filters(kinds=("incident",), exclude=("INC-4",))
    assert index.similar(msgspec.structs.replace(probe, filters=excluded)) == ()


def test_every_match_has_a_score_and_a_stronger_question_a_higher_one(index):
    known = Probe("Certificate expired at the gateway", "", ("workspace",))
    hits = index.check(known)
    assert [hit.id for hit in hits] == ["INC-4", "LES-1"]
    assert 1 > hits[0].score > hits[1].score > 0
    unrelated = Probe("Certificate of attendance", "Print the sheet for the course.", ("workspace",))
    assert hits[0].score > 1.5 * index.check(unrelated)[0].score


@pytest.mark.parametrize("text", ["AND OR NOT", "!!! *", "()", '"', "body:", "\0", "pool\0exhausted"])
def test_operators_and_strange_bytes_are_text(index, text):
    index.search(SearchQuery(text, ("workspace",)))
    index.check(Probe(text, text, ("workspace",)))


def test_a_query_of_a_megabyte_is_answered(index):
    text = "pool exhausted " * 70_000
    assert ask(index, text)[:1] == ["INC-1"]
    assert index.similar(Probe("", text, ("workspace",)))[0].id == "INC-1"


def test_a_snippet_marks_every_form_of_the_word():
    marked = [text for text, hit in passage("The pools were exhausted.", "pool exhausting") if hit]
    assert [word.strip(" .") for word in marked] == ["pools", "exhausted"]


def test_killed_while_applying_it_opens_and_takes_the_batch_again(tmp_path):
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from tests.recall.test_index import document
        from hardwon.recall.index import Index
        index = Index.open(Path(sys.argv[1]), None)
        print("ready", flush=True)
        for batch in range(10_000):
            names = [f"INC-{batch}-{number}" for number in range(50)]
            index.apply([document(name, "Disk full on " + name) for name in names], (), str(batch))
        """
    )
    folder = tmp_path / "index"
    child = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE)
    child.stdout.readline()
    time.sleep(0.5)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    index = Index.open(folder, None)
    done = int(index.cursor or -1)
    names = [f"INC-{done + 1}-{number}" for number in range(50)]
    index.apply([document(name, "Disk full on " + name) for name in names], (), str(done + 1))
    assert index.document_count == (done + 2) * 50
    index.close()
    again = Index.open(folder, None)
    assert again.document_count == (done + 2) * 50
    assert len(again.search(SearchQuery("disk full", ("workspace",))).hits) == 20
    again.close()


def test_a_phrase_is_held_word_by_word(index):
    def found(*phrases: str, without: tuple[str, ...] = ()) -> list[str]:
        query = SearchQuery("", ("workspace",), phrases=phrases, without=without)
        return sorted(hit.id for hit in index.search(query).hits)

    assert found("connection pool") == ["INC-1", "INC-2"]
    assert found("connections pools exhausting") == ["INC-1", "INC-2"]
    assert found("pool connection") == []
    assert found("connection pool", without=("halved",)) == ["INC-1"]
    assert found("connection pool", without=("the limit was halved",)) == ["INC-1"]
    assert found("connection pool", "database connections") == ["INC-1"]
    assert "INC-3" not in found("pool")


@pytest.mark.parametrize(
    ("typed", "misspelt"),
    [
        ("certifcate expired ", ("certifcate",)),
        ("certifciate ", ("certifciate",)),
        ("gatewya ", ("gatewya",)),
        ("certif", ()),
        ("gatew", ()),
    ],
)
def test_a_slip_of_the_pen_is_forgiven(index, typed, misspelt):
    result = index.search(SearchQuery(typed, ("workspace",)))
    assert "INC-4" in [hit.id for hit in result.hits]
    assert result.misspelt == misspelt


@pytest.mark.parametrize("typed", ["zzzzqqqq ", "x9k2", "qq"])
def test_what_is_like_nothing_finds_nothing(index, typed):
    assert ask(index, typed) == []


def test_severity_and_factor_filter_and_only_narrows(tmp_path):
    known = [
        msgspec.structs.replace(
            document(f"INC-{number}", "Pool exhausted."),
            severity=str(number),
            signature=Signature(factors=("capacity",) if number < 3 else ("config_error",)),
        )
        for number in range(1, 6)
    ]
    index = Index.open(tmp_path / "index", None)
    index.apply(known, (), "5")

    def found(**filters: tuple[str, ...]) -> list[str]:
        query = SearchQuery("pool", ("workspace",), Filters(**filters))
        return sorted(hit.id for hit in index.search(query).hits)

    assert found(severities=("1", "2")) == ["INC-1", "INC-2"]
    assert found(factors=("config_error",), severities=("1", "3")) == ["INC-3"]
    assert found(only=("INC-2", "INC-9")) == ["INC-2"]
    assert found(only=()) == []
    index.close()
