"""The index: one facade over words, vectors and likeness in one folder."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import IO, Final, Literal, NamedTuple

from hardwon.domain.errors import UnavailableError
from hardwon.domain.search import Hit, Probe, SearchDocument, SearchQuery, SearchResult
from hardwon.recall.entries import digest_of
from hardwon.recall.likeness import CHECK, SIMILAR, Likeness, Weights
from hardwon.recall.meaning import EmbeddingModel, NoModel
from hardwon.recall.passages import pieces
from hardwon.recall.search import Searching
from hardwon.recall.vectors import VectorIndex
from hardwon.recall.words import WordIndex

FORMAT: Final = "4"
_PIECES: Final = 8
_ANEW: Final = "Build it anew with `hardwon reindex`."
_PARTS: Final = ("words", "vectors")
_LOG: Final = logging.getLogger(__name__)


class Extent(NamedTuple):
    """How many documents an index holds, and up to where in the feed."""

    documents: int
    cursor: str


class Index:
    """Words and meaning over search documents. Readers in any number; one process writes.

    One lock orders the writing, another guards the vectors in memory while they are read or grow.
    """

    def __init__(self, folder: Path, model: EmbeddingModel, lock: IO[str] | None) -> None:
        """Open the parts; use `Index.open`."""
        self._folder = folder
        self._lock = lock
        self._model = model
        self._mutex = RLock()
        self._writing = RLock()
        self._words = WordIndex(folder / "words", writable=lock is not None)
        self._vectors = VectorIndex(folder / "vectors", writable=lock is not None)
        self._likeness = Likeness(self._words, self._vectors, model)
        self._searching = Searching(self._words, self._vectors, model, self._mutex)

    @classmethod
    def open(cls, folder: Path, model: EmbeddingModel | None) -> Index:
        """Open the index in `folder`; it is made when missing.

        Who gets the folder's lock writes; others read. The writer starts anew where the index is of
        another format or damaged: it is derived, so the feed fills it again. A reader of a damaged
        index gets UnavailableError, which names `hardwon reindex`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        lock = _take(folder)
        if lock is None:
            return cls(folder, model or NoModel(), None)
        marker = folder / "format"
        if not marker.is_file() or marker.read_text(errors="replace") != FORMAT:
            _empty(folder)
            marker.write_text(FORMAT)
        try:
            index = cls(folder, model or NoModel(), lock)
        except (UnavailableError, ValueError, OSError) as error:
            _LOG.warning("The search index in %s is damaged and starts anew: %s", folder, error)
            _empty(folder)
            return cls(folder, model or NoModel(), lock)
        if not index._whole:
            _LOG.warning("The search index in %s has lost documents and starts anew.", folder)
            index.clear()
        return index

    @classmethod
    def inspect(cls, folder: Path) -> Extent | None:
        """Return how far the index in `folder` is, None where there is none of this format.

        Nothing is changed. Raises UnavailableError where it is damaged.
        """
        marker = folder / "format"
        if not marker.is_file() or marker.read_text(errors="replace") != FORMAT:
            return None
        with _said_plainly(folder):
            index = cls(folder, NoModel(), None)
        if not index._whole:
            raise UnavailableError(f"The search index in {folder} has lost documents.", fix=_ANEW)
        return Extent(index.document_count, index.cursor)

    @property
    def _whole(self) -> bool:
        """Whether words and entries know the same documents; entries are written first."""
        return len(self._vectors.entries) >= self._words.count

    @property
    def writable(self) -> bool:
        """Whether this process keeps the index; it takes over where nobody else does any more."""
        if self._lock is not None:
            return True
        with self._writing, self._mutex:
            if self._lock is None:
                self._lock = _take(self._folder)
                if self._lock is not None:
                    self._words.take_over()
                    self._vectors.reload()
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
        with self._mutex:
            return self._vectors.count_pending() if self._model.available else 0

    def apply(self, documents: Sequence[SearchDocument], deletions: Sequence[str], cursor: str) -> None:
        """Index documents by words, drop deletions, and remember the cursor last.

        Cut short at any point, the same batch is applied again from the old cursor.
        Raises UnavailableError where another process keeps the index.
        """
        with self._keeping():
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
        """Give at most `limit` waiting documents their vectors and return how many got them.

        The newest come first. Raises UnavailableError where another process keeps the index.
        """
        if not self._model.available:
            return 0
        with self._keeping():
            with self._mutex:
                waiting = self._vectors.pending(limit)
            names = [name for name, _ in waiting]
            sections, titles = self._words.sections(names), self._words.titles(names)
        cut = []
        for name, digest in waiting:
            known = sections.get(name, ())
            title = titles.get(name, "")
            same = digest_of(name, title, known) == digest
            cut.append(pieces(title, ((s.name, s.text) for s in known), _PIECES) if same else [])
        rows = self._model.encode([text for parts in cut for _, text in parts])
        embedded = []
        start = 0
        for (_, digest), parts in zip(waiting, cut, strict=True):
            end = start + len(parts)
            embedded.append((digest, tuple(section for section, _ in parts), rows[start:end]))
            start = end
        with self._keeping(), self._mutex:
            self._vectors.add(embedded)
        return len(waiting)

    def refresh(self) -> None:
        """See what the writing process did since."""
        if self._lock is None:
            with self._mutex:
                self._words.reload()
                self._vectors.reload()

    def clear(self) -> None:
        """Drop everything; the feed is read from its beginning next."""
        with self._keeping(), self._mutex:
            (self._folder / "cursor").unlink(missing_ok=True)
            self._words.clear()
            self._vectors.clear()

    def close(self) -> None:
        """Let the folder go. Raises UnavailableError where the last of it could not be written."""
        with self._writing:
            try:
                with _said_plainly(self._folder, "written"):
                    self._words.close()
            finally:
                if self._lock is not None:
                    self._lock.close()
                    self._lock = None

    def search(self, query: SearchQuery) -> SearchResult:
        """Return the best matches of words as typed; no words browse the newest documents.

        Raises UnavailableError where the index is damaged.
        """
        self.refresh()
        with _said_plainly(self._folder):
            return self._searching.answer(query)

    def similar(self, probe: Probe) -> tuple[Hit, ...]:
        """Return what is most like an incident: same cause, symptom, component.

        Raises UnavailableError where the index is damaged.
        """
        return self._answer(probe, SIMILAR)

    def check(self, probe: Probe) -> tuple[Hit, ...]:
        """Return what is known about a change like this; what is recent weighs more.

        Raises UnavailableError where the index is damaged.
        """
        return self._answer(probe, CHECK)

    def _answer(self, probe: Probe, weights: Weights) -> tuple[Hit, ...]:
        self.refresh()
        with self._mutex:
            known = self._likeness.known(probe)
        vectors = self._likeness.encode(probe) if known is None else known
        with self._mutex, _said_plainly(self._folder):
            return self._likeness.answer(probe, vectors, weights)

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        with self._writing:
            if not self.writable:
                raise UnavailableError(
                    f"Another process keeps the search index in {self._folder}.",
                    fix="Leave the indexing to it, or stop it first.",
                )
            with _said_plainly(self._folder, "written"):
                yield


def _take(folder: Path) -> IO[str] | None:
    """Return the folder's lock, or None where another process holds it."""
    lock = (folder / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def _empty(folder: Path) -> None:
    (folder / "cursor").unlink(missing_ok=True)
    for part in _PARTS:
        shutil.rmtree(folder / part, ignore_errors=True)


@contextmanager
def _said_plainly(folder: Path, done: str = "read") -> Iterator[None]:
    """Raise UnavailableError for what tantivy finds damaged while it reads, or the disk refuses."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise UnavailableError(
            f"The search index in {folder} cannot be {done}: {error}.",
            fix=_ANEW,
        ) from error
