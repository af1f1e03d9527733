"""Search at size: index build, memory, and latency in process, beside bm25s and SQLite FTS5."""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pysqlite3
from numpy.typing import NDArray

from bench.peers import bm25_index, bm25_tokens
from hardwon.bootstrap import open_app
from hardwon.domain.search import Filters, SearchDocument, SearchQuery, Section, Signature
from hardwon.recall.index import Index
from hardwon.recall.meaning import load_model
from hardwon.settings import Settings
from hardwon.storage.feed import read_feed
from hardwon.usecases import people, samples

SIZES = (10_000, 100_000, 1_000_000)
PEERS_UP_TO = 100_000
QUESTIONS = 200
SERVICES = tuple(f"service-{number}" for number in range(40))
_START = datetime(2020, 1, 1, tzinfo=UTC)


def sentences() -> list[str]:
    """Return the sentences of the sample workspace: the real text everything here is made from."""
    with tempfile.TemporaryDirectory() as folder, open_app(Settings(home=Path(folder))) as app:
        samples.load(app, people.local_owner(app))
        with app.store.read(None) as reading:
            documents = read_feed(reading, "", 5_000).documents
    texts = (section.text for document in documents for section in document.sections)
    parts = (part.strip() for text in texts for part in text.replace("\n", ". ").split(". "))
    return sorted({part for part in parts if len(part) > 30})


def made_up(known: Sequence[str], count: int) -> list[SearchDocument]:
    """Return documents of four recombined sentences with their words partly exchanged."""
    chance = random.Random(7)
    vocabulary = [word for text in known for word in text.split()]
    documents = []
    for number in range(count):
        words = " ".join(chance.sample(known, 4)).split()
        words = [chance.choice(vocabulary) if chance.random() < 0.15 else word for word in words]
        documents.append(
            SearchDocument(
                id=f"INC-{number:06}",
                kind="incident",
                revision=1,
                title=" ".join(words[:8]),
                sections=(Section("summary", " ".join(words)),),
                scope="workspace",
                at=_START + timedelta(days=number % 2_000),
                signature=Signature(services=(chance.choice(SERVICES),)),
                state="resolved",
            )
        )
    return documents


def perturbed(known: Sequence[str]) -> Callable[[int], NDArray[np.float32]]:
    """Return a function that draws that many unit vectors: real ones, perturbed."""
    real = load_model().encode(known[:600])
    noise = np.random.default_rng(7)

    def draw(count: int) -> NDArray[np.float32]:
        rows = real[noise.integers(0, len(real), count)]
        rows = rows + noise.normal(0, 0.03, rows.shape).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    return draw


def fill(index: Index, documents: Sequence[SearchDocument], known: Sequence[str]) -> tuple[float, float]:
    """Index by words, and by perturbed real vectors, one a document; return the seconds of each."""
    started = time.perf_counter()
    for start in range(0, len(documents), 2_000):
        index.apply(documents[start : start + 2_000], (), str(start))
    words = time.perf_counter() - started
    draw = perturbed(known)
    started = time.perf_counter()
    for start in range(0, len(documents), 5_000):
        digests = [index._vectors.entries.get(d.id).digest for d in documents[start : start + 5_000]]  # noqa: SLF001
        rows = draw(len(digests))
        index._vectors.add([(digest, ("summary",), rows[i : i + 1]) for i, digest in enumerate(digests)])  # noqa: SLF001
    return words, time.perf_counter() - started


def latency(ask: Callable[[str], object], texts: Sequence[str]) -> tuple[float, float]:
    """Return the median and the 95th percentile in milliseconds, after ten warm-up questions."""
    for text in texts[:10]:
        ask(text)
    spent = []
    for text in texts:
        started = time.perf_counter()
        ask(text)
        spent.append(1000 * (time.perf_counter() - started))
    return float(np.percentile(spent, 50)), float(np.percentile(spent, 95))


def _fts5(texts: Sequence[str]) -> Callable[[str], object]:
    database = pysqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize='porter')")
    database.executemany("INSERT INTO t VALUES (?)", ((text,) for text in texts))
    query = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 20"

    def ask(text: str) -> object:
        words = ("".join(filter(str.isalnum, word)) for word in text.split())
        return database.execute(query, (" OR ".join(f'"{word}"' for word in words if word),)).fetchall()

    return ask


def _bm25s(texts: list[str]) -> Callable[[str], object]:
    peer = bm25_index(texts)
    return lambda text: peer.retrieve(bm25_tokens([text]), k=20, show_progress=False, n_threads=0)


def _asks(index: Index) -> dict[str, Callable[[str], object]]:
    def words(text: str) -> object:
        return index.search(SearchQuery(text=text, scopes=("workspace",), words_only=True))

    def filtered(text: str) -> object:
        filters = Filters(services=("service-3", "service-4"))
        return index.search(SearchQuery(text=text, scopes=("workspace",), filters=filters, words_only=True))

    def meaning(text: str) -> object:
        return index.search(SearchQuery(text=text, scopes=("workspace",)))

    return {"words": words, "words + filter": filtered, "words + meaning": meaning}


def measure_size(count: int, known: Sequence[str], texts: Sequence[str]) -> None:
    documents = made_up(known, count)
    with tempfile.TemporaryDirectory() as folder:
        index = Index.open(Path(folder), load_model())
        words, vectors = fill(index, documents, known)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{count:,} documents: words {words:.1f} s, vectors {vectors:.1f} s (not counting the model), ")
        print(f"  {size / 1e6:.0f} MB on disk, process peak {peak:.0f} MB, documents in memory included")
        bodies = [document.sections[0].text for document in documents]
        asks = _asks(index)
        if count <= PEERS_UP_TO:
            asks |= {"FTS5": _fts5(bodies), "bm25s": _bm25s(bodies)}
        figures = {name: latency(ask, texts) for name, ask in asks.items()}
        index.close()
    base = figures["words"][1]
    for name, (median, late) in figures.items():
        print(f"  {name:18} p50 {median:7.2f} ms  p95 {late:7.2f} ms  {late / base:6.2f} x words")
    sys.stdout.flush()


def run() -> None:
    """Measure every size."""
    print("\nSearch in process: sentences of the sample recombined, words exchanged; above the few hundred")
    print("vectors the model gives, real ones perturbed. Facets and totals are counted over all matches.")
    known = sentences()
    chance = random.Random(11)
    texts = [" ".join(chance.choice(known).split()[:3]) for _ in range(QUESTIONS)]
    for count in SIZES:
        measure_size(count, known, texts)
