"""The index over time: kills at every step, damage, readers, changed and deleted documents."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hardwon.domain.errors import UnavailableError
from hardwon.domain.search import Filters, Probe, SearchDocument, SearchQuery, Section
from hardwon.recall.index import Index
from hardwon.recall.meaning import DIMENSIONS

ROOT = Path(__file__).resolve().parents[2]
STEPS = (
    "hardwon.recall.entries.Entries.apply",
    "hardwon.recall.words.WordIndex.apply",
    "pathlib.Path.replace",
    "hardwon.recall.vectors.VectorIndex.add",
)


class Alphabet:
    """Stands in for the model: a text's vector counts its letters."""

    available = True

    def encode(self, texts):
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for letter in text.lower():
                row[ord(letter) % DIMENSIONS] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def document(name, text, *, revision=1, kind="incident"):
    return SearchDocument(
        id=name,
        kind=kind,
        revision=revision,
        title=text,
        sections=(Section("summary", text),),
        scope="all",
        at=datetime(2024, 5, 1, tzinfo=UTC),
    )


def names(index, text, *, words_only=False):
    return [hit.id for hit in index.search(SearchQuery(text, ("all",), words_only=words_only)).hits]


def embed(index):
    while index.pending():
        index.embed_pending(10)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_step_it_opens_and_takes_the_batch_again(tmp_path, step, when):
    script = textwrap.dedent(
        """
        import importlib, os, signal, sys
        from pathlib import Path
        from tests.recall.test_life import Alphabet, document, embed
        from hardwon.recall.index import Index
        folder, step, when = Path(sys.argv[1]), *sys.argv[2:]
        index = Index.open(folder, Alphabet())
        index.apply([document("INC-1", "disk full")], (), "1")
        embed(index)
        module, owner, name = step.rsplit(".", 2)
        held = getattr(importlib.import_module(module), owner)
        real = getattr(held, name)
        def killed(*arguments, **settings):
            if when == "after":
                real(*arguments, **settings)
            os.kill(os.getpid(), signal.SIGKILL)
        setattr(held, name, killed)
        index.apply([document("INC-2", "queue stuck"), document("INC-1", "disk empty")], (), "2")
        embed(index)
        """
    )
    folder = tmp_path / "index"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-c", script, str(folder), step, when]
    child = subprocess.run(arguments, env=environment, check=False)
    assert child.returncode == -signal.SIGKILL
    index = Index.open(folder, Alphabet())
    assert index.cursor in {"1", "2"}
    index.apply([document("INC-2", "queue stuck"), document("INC-1", "disk empty")], (), "2")
    embed(index)
    assert index.document_count == 2
    assert names(index, "empty disk", words_only=True) == ["INC-1"]
    assert names(index, "full", words_only=True) == []
    assert set(names(index, "queue stuck")) >= {"INC-2"}
    index.close()


def test_what_is_changed_or_deleted_is_found_as_it_is_now(tmp_path):
    index = Index.open(tmp_path / "index", Alphabet())
    index.apply([document("INC-1", "disk full"), document("INC-2", "disk slow")], (), "1")
    embed(index)
    index.apply([document("INC-1", "queue stuck", revision=2)], ("INC-2",), "2")
    assert index.pending() == 1
    embed(index)
    assert (index.document_count, index.cursor) == (1, "2")
    assert names(index, "disk", words_only=True) == []
    assert index.search(SearchQuery("queue", None)).hits[0].revision == 2
    index.apply([document("INC-1", "queue stuck", revision=3)], (), "3")
    assert index.pending() == 0, "the same text keeps its vectors"
    index.close()


def test_a_document_without_text_does_not_wait_for_ever(tmp_path):
    index = Index.open(tmp_path / "index", Alphabet())
    index.apply([document("INC-1", " ")], (), "1")
    index.embed_pending(5)
    assert index.pending() == 0
    index.close()


@pytest.mark.parametrize("damage", ["words/meta.json", "format", "vectors/documents.log"])
def test_the_writer_of_a_damaged_index_starts_anew(tmp_path, damage):
    folder = tmp_path / "index"
    index = Index.open(folder, None)
    index.apply([document("INC-1", "disk full")], (), "1")
    index.close()
    (folder / damage).write_bytes(b"{broken")
    again = Index.open(folder, None)
    assert (again.cursor, again.document_count) == ("", 0)
    again.apply([document("INC-1", "disk full")], (), "1")
    assert names(again, "disk") == ["INC-1"]
    again.close()


def test_one_writes_others_read_on_and_take_over(tmp_path):
    keeper = Index.open(tmp_path / "index", Alphabet())
    reader = Index.open(tmp_path / "index", Alphabet())
    assert (keeper.writable, reader.writable) == (True, False)
    keeper.apply([document("INC-1", "disk full")], (), "1")
    embed(keeper)
    assert names(reader, "disk") == ["INC-1"]
    assert reader.mode == "words+meaning"
    with pytest.raises(UnavailableError, match="Another process"):
        reader.apply([document("INC-2", "queue stuck")], (), "2")
    keeper.clear()
    keeper.apply([document("INC-3", "disk gone")], (), "3")
    assert names(reader, "disk", words_only=True) == ["INC-3"]
    keeper.close()
    assert reader.writable
    reader.apply([document("INC-2", "queue stuck")], (), "4")
    assert names(reader, "queue", words_only=True) == ["INC-2"]
    reader.close()


def test_journals_are_written_anew_when_most_is_outdated(tmp_path, monkeypatch):
    monkeypatch.setattr("hardwon.recall.entries._SPARE", 3)
    monkeypatch.setattr("hardwon.recall.vectors._SPARE", 3)
    folder = tmp_path / "index"
    index = Index.open(folder, Alphabet())
    for revision in range(12):
        index.apply([document("INC-1", f"disk full {revision}", revision=revision)], (), str(revision))
        embed(index)
    index.close()
    before = (folder / "vectors" / "vectors.log").stat().st_size
    again = Index.open(folder, Alphabet())
    assert (folder / "vectors" / "vectors.log").stat().st_size * 4 < before
    assert again.pending() == 0
    assert names(again, "disk") == ["INC-1"]
    again.close()


def test_hidden_documents_change_nothing_that_is_shown(tmp_path):
    index = Index.open(tmp_path / "index", Alphabet())
    index.apply(
        [document("INC-1", "disk full"), document("LES-1", "disk full of logs", kind="lesson")], (), "1"
    )
    hidden = msgspec.structs.replace(document("INC-9", "disk full", kind="incident"), scope="secret")
    index.apply([hidden], (), "2")
    embed(index)
    result = index.search(SearchQuery("disk full", ("all",)))
    assert {hit.id for hit in result.hits} == {"INC-1", "LES-1"}
    assert result.total == 2
    kinds = dict(next(facet.counts for facet in result.facets if facet.field == "kind"))
    assert kinds == {"incident": 1, "lesson": 1}
    probe = Probe("disk full", "", ("all",), filters=Filters(kinds=("incident",)))
    assert [hit.id for hit in index.similar(probe)] == ["INC-1"]
    assert index.similar(msgspec.structs.replace(probe, scopes=())) == ()
    index.close()
