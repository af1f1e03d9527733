"""The index: one facade over words, vectors and likeness in one folder."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from threading import RLock
from typing import IO, Final, Literal

from hardwon.domain.search import Hit, Probe, Reason, SearchDocument, SearchQuery, SearchResult
from hardwon.recall.analysis import analyse, surface, words
from hardwon.recall.fusion import convex, min_max
from hardwon.recall.likeness import CHECK, SIMILAR, Likeness
from hardwon.recall.meaning import EmbeddingModel, NoModel
from hardwon.recall.passages import pieces
from hardwon.recall.vectors import VectorIndex
from hardwon.recall.words import WordIndex

FORMAT: Final = "2"
_CANDIDATES: Final = 50
_PIECES: Final = 8
_QUERY_TOKENS: Final = 32
_CLOSE: Final = 0.35


class Index:
    """Words and meaning over search documents. Readers in any number; one process writes."""

    def __init__(self, folder: Path, model: EmbeddingModel, lock: IO[str] | None) -> None:
        """Open the parts; use `Index.open`."""
        self._folder = folder
        self._lock = lock
        self._model = model
        self._mutex = RLock()
        self._words = WordIndex(folder / "words", writable=self.writable)
        self._vectors = VectorIndex(folder / "vectors")
        self._likeness = Likeness(self._words, self._vectors, model)

    @classmethod
    def open(cls, folder: Path, model: EmbeddingModel | None) -> Index:
        """Open the index in `folder`; it is made when missing, and emptied when of another format.

        Who gets the folder's lock writes; others read. Raises UnavailableError where it is damaged.
        """
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return cls(folder, model or NoModel(), None)
        marker = folder / "format"
        if not marker.is_file() or marker.read_text() != FORMAT:
            for part in ("words", "vectors"):
                shutil.rmtree(folder / part, ignore_errors=True)
            (folder / "cursor").unlink(missing_ok=True)
            marker.write_text(FORMAT)
        return cls(folder, model or NoModel(), lock)

    @property
    def writable(self) -> bool:
        """Whether this process keeps the index."""
        return self._lock is not None

    @property
    def mode(self) -> Literal["words", "words+meaning"]:
        """What an answer rests on."""
        return "words+meaning" if self._model.available and self._vectors.size else "words"

    @property
    def cursor(self) -> str:
        """How far the feed is indexed; empty at the beginning."""
        path = self._folder / "cursor"
        return path.read_text() if path.is_file() else ""

    @property
    def document_count(self) -> int:
        """How many documents can be found by words."""
        return self._words.count

    def pending(self) -> int:
        """Return how many documents wait for their vectors; none do without a model."""
        return self._vectors.count_pending() if self._model.available else 0

    def apply(self, documents: Sequence[SearchDocument], deletions: Sequence[str], cursor: str) -> None:
        """Index documents by words, drop deletions, and remember the cursor last.

        Cut short at any point, the same batch is applied again from the old cursor.
        """
        with self._mutex:
            self._vectors.apply(documents, deletions)
            self._words.apply(documents, deletions)
            partial = self._folder / "cursor.new"
            with partial.open("w") as stream:
                stream.write(cursor)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(self._folder / "cursor")

    def embed_pending(self, limit: int) -> int:
        """Give at most `limit` waiting documents their vectors and return how many got them."""
        waiting = self._vectors.pending(limit)
        if not waiting or not self._model.available:
            return 0
        sections = self._words.sections(waiting)
        titles = self._words.titles(waiting)
        cut = {
            name: pieces(titles.get(name, ""), ((s.name, s.text) for s in sections.get(name, ())), _PIECES)
            for name in waiting
        }
        texts = [text for name in waiting for _, text in cut[name]]
        rows = self._model.encode(texts)
        embedded = []
        start = 0
        for name in waiting:
            end = start + len(cut[name])
            embedded.append((name, tuple(section for section, _ in cut[name]), rows[start:end]))
            start = end
        with self._mutex:
            self._vectors.add(embedded)
        return len(waiting)

    def refresh(self) -> None:
        """See what the writing process did since."""
        if not self.writable:
            with self._mutex:
                self._words.reload()
                self._vectors.reload()

    def clear(self) -> None:
        """Drop everything; the feed is read from its beginning next."""
        with self._mutex:
            (self._folder / "cursor").unlink(missing_ok=True)
            self._words.clear()
            self._vectors.clear()

    def close(self) -> None:
        """Let the folder go."""
        self._words.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def search(self, query: SearchQuery) -> SearchResult:
        """Return the best matches of words as typed; no words browse the newest documents."""
        self.refresh()
        clauses = self._words.filter(query.filters, query.scopes)
        tokens = analyse(query.text)[:_QUERY_TOKENS]
        if not tokens:
            return self._browse(query)
        text = self._words.text_query(dict.fromkeys(tokens, 1.0), prefix=_typing(query.text))
        wanted = max(_CANDIDATES, query.offset + query.limit)
        found = self._words.search(text, clauses, wanted)
        total, facets = self._words.facets(text, clauses)
        near: dict[str, tuple[float, str]] = {}
        meant = self._model.available and not query.words_only and self._vectors.size > 0
        if meant:
            with self._mutex:
                allowed = self._vectors.allowed(query.filters, query.scopes)
                vector = self._model.encode([query.text[:2_000]])
                near = self._vectors.nearest(vector, allowed, _CANDIDATES)
            near = {name: hit for name, hit in near.items() if hit[0] >= _CLOSE or name in found}
        fused = convex(found, {name: score for name, (score, _) in near.items()}) if near else min_max(found)
        order = sorted(fused, key=lambda name: (-fused[name], name))
        page = order[query.offset : query.offset + query.limit]
        return SearchResult(
            hits=self._found(query, tokens, page, fused, near),
            total=total + len(near.keys() - found.keys()) if total <= wanted else total,
            facets=facets,
            mode="words+meaning" if meant else "words",
        )

    def _browse(self, query: SearchQuery) -> SearchResult:
        clauses = self._words.filter(query.filters, query.scopes)
        names = self._words.browse(clauses, query.offset + query.limit)[query.offset :]
        total, facets = self._words.facets(self._words.everything(), clauses)
        hits = self._found(query, [], names, dict.fromkeys(names, 0.0), {})
        return SearchResult(hits=hits, total=total, facets=facets, mode="words")

    def _found(
        self,
        query: SearchQuery,
        tokens: Sequence[str],
        names: Sequence[str],
        scores: dict[str, float],
        near: dict[str, tuple[float, str]],
    ) -> tuple[Hit, ...]:
        matched = self._words.matching(list(dict.fromkeys(tokens))[:8], names)
        shown = surface(query.text)
        hits = []
        for name in names:
            entry = self._vectors.entry(name)
            if entry is None:
                continue
            reasons = []
            if terms := matched.get(name):
                reasons.append(Reason("words", tuple(shown.get(term, term) for term in terms)))
            likeness, section = near.get(name, (0.0, ""))
            if likeness >= _CLOSE:
                reasons.append(Reason("meaning", (section,), round(likeness, 3)))
            hits.append(
                Hit(
                    id=name,
                    kind=entry.labels["kind"][0],  # type: ignore[arg-type]
                    revision=entry.revision,
                    score=round(scores[name], 6),
                    reasons=tuple(reasons),
                )
            )
        return tuple(hits)

    def similar(self, probe: Probe) -> tuple[Hit, ...]:
        """Return what is most like an incident: same cause, symptom, component."""
        self.refresh()
        with self._mutex:
            return self._likeness.answer(probe, SIMILAR)

    def check(self, probe: Probe) -> tuple[Hit, ...]:
        """Return what is known about a change like this."""
        self.refresh()
        with self._mutex:
            return self._likeness.answer(probe, CHECK)


def _typing(text: str) -> str:
    """Return the word still being typed, as a prefix of tokens; empty after a space."""
    if not text or text[-1].isspace():
        return ""
    last = list(words(text))[-1:]
    return last[0].lower() if last else ""
