"""Nearest neighbours: section vectors of documents, filtered before they are ranked.

Up to 5,000 vectors every one is compared. Above, 384-bit sign codes choose about 400 candidates by
Hamming distance, which are then compared exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hardwon.domain.search import SearchDocument
from hardwon.recall.entries import Entries, doubled
from hardwon.recall.journal import Journal
from hardwon.recall.meaning import DIMENSIONS

EXACT_UP_TO: Final = 5_000
RESCORED: Final = 400
_GROWTH: Final = 1_024
_SPARE: Final = 10_000
"""Outdated frames that are not worth rewriting a journal for."""
_UNKNOWN: Final = -1
_FEW: Final = 50
"""So many vectors say half of where the centre of all is."""


class _Embedded(msgspec.Struct, frozen=True):
    digest: bytes
    sections: tuple[str, ...]
    codes: bytes


class Nearness(msgspec.Struct, frozen=True):
    """How near a document is to a question, in cosines, and by which of its sections.

    `best` is that of the best pair of pieces. `likeness` is the mean of that and of the cosine of the two
    means, both seen from the centre of all that is stored: what everything here has in common does not count.
    """

    best: float
    likeness: float
    section: str


_DECODER = msgspec.msgpack.Decoder(_Embedded)


class VectorIndex:
    """Documents' entries and section vectors, kept in two journals and held in memory.

    `_first` and `_count` give a document's rows by its ordinal; a count of -1 is one that waits.
    """

    def __init__(self, folder: Path, *, writable: bool = True) -> None:
        """Read what the folder holds; where it may be written and most is outdated, write it anew."""
        folder.mkdir(parents=True, exist_ok=True)
        self.entries = Entries(folder / "documents.log")
        self._journal = Journal(folder / "vectors.log")
        self._reset()
        self.reload()
        if writable and (self.entries.wasteful or self._frames > 2 * len(self.entries) + _SPARE):
            self._compact(folder / "vectors.log")

    def _reset(self) -> None:
        self._frames = 0
        self._size = 0
        self._first = np.zeros(_GROWTH, dtype=np.int64)
        self._count = np.full(_GROWTH, _UNKNOWN, dtype=np.int32)
        self._owner = np.zeros(_GROWTH, dtype=np.int32)
        self._matrix = np.zeros((_GROWTH, DIMENSIONS), dtype=np.int8)
        self._norms = np.ones(_GROWTH, dtype=np.float32)
        self._sum = np.zeros(DIMENSIONS)
        self._signs = [np.zeros(_GROWTH, dtype=np.uint64) for _ in range(DIMENSIONS // 64)]
        self._names: list[str] = []

    def reload(self) -> None:
        """Read on what was appended, by this or another process."""
        if self.entries.replaced or self._journal.replaced:
            self._journal.rewind()
            self.entries.rewind()
            self._reset()
        self.entries.reload()
        for frame in self._journal.read_on():
            self._keep(_DECODER.decode(frame))

    def _compact(self, path: Path) -> None:
        """Write both journals anew with what is alive; ordinals change."""
        live = {entry.digest for entry in self.entries.alive()}
        frames = {(e := _DECODER.decode(frame)).digest: e for frame in Journal(path).read_on()}
        kept = [frame for digest, frame in frames.items() if digest in live]
        self._journal.rewrite(map(msgspec.msgpack.encode, kept))
        self.entries.compact()
        self._reset()
        for embedded in kept:
            self._keep(embedded)

    def apply(self, documents: Iterable[SearchDocument], deletions: Iterable[str]) -> None:
        """Enter documents, which wait for their vectors, and drop deletions."""
        self.entries.apply(documents, deletions)

    def clear(self) -> None:
        """Drop everything."""
        self.entries.clear()
        self._journal.clear()
        self._reset()

    @property
    def size(self) -> int:
        """How many vectors there are, those of replaced documents among them."""
        return self._size

    def _waiting(self) -> NDArray[np.bool_]:
        self._grow_documents()
        waiting = self.entries.living
        waiting &= self._count[: len(waiting)] == _UNKNOWN
        return waiting

    def count_pending(self) -> int:
        """Return how many documents have no vectors yet."""
        return int(np.count_nonzero(self._waiting()))

    def pending(self, limit: int) -> list[tuple[str, bytes]]:
        """Return (id, digest of the text) of at most `limit` documents without vectors, newest first."""
        newest = self.entries.newest_first(np.flatnonzero(self._waiting()))[:limit]
        entries = (self.entries.documents[int(ordinal)] for ordinal in newest)
        return [(entry.id, entry.digest) for entry in entries]

    def add(self, embedded: Sequence[tuple[bytes, tuple[str, ...], NDArray[np.float32]]]) -> None:
        """Keep vectors: (digest of the document's text, the section each row stands for, unit rows)."""
        frames = []
        for digest, sections, rows in embedded:
            largest = np.maximum(np.abs(rows).max(axis=1, keepdims=True, initial=0.0), 1e-9)
            codes = np.round(rows / largest * 127).astype(np.int8)
            frames.append(_Embedded(digest, sections, codes.tobytes()))
        self._journal.append(map(msgspec.msgpack.encode, frames))
        for frame in frames:
            self._keep(frame)

    def nearest(self, queries: NDArray[np.float32], allowed: NDArray[np.bool_], limit: int) -> list[int]:
        """Return the ordinals of the documents whose sections are nearest to any query row, best first."""
        rows = np.flatnonzero(allowed[self._owner[: self._size]])
        if not len(rows):
            return []
        if len(rows) > EXACT_UP_TO:
            rows = self._candidates(queries, rows)
        cosines = (self._matrix[rows].astype(np.float32) @ queries.T).max(axis=1) / self._norms[rows]
        order = self._owner[rows[np.argsort(-cosines, kind="stable")]]
        return list(dict.fromkeys(order.tolist()))[:limit]

    def compare(self, queries: NDArray[np.float32], ordinals: Iterable[int]) -> dict[str, Nearness]:
        """Return {id: nearness} of those documents that have vectors."""
        self._grow_documents()
        centre = (self._sum / (self._size + _FEW)).astype(np.float32)
        asked = _unit(queries - centre)
        mean = _unit(queries.mean(axis=0) - centre)
        found = {}
        for ordinal in ordinals:
            first, count = int(self._first[ordinal]), int(self._count[ordinal])
            if count <= 0:
                continue
            rows = self._matrix[first : first + count].astype(np.float32)
            rows /= self._norms[first : first + count, None]
            peaks = (rows @ queries.T).max(axis=1)
            best = int(np.argmax(peaks))
            pair = float((_unit(rows - centre) @ asked.T).max())
            whole = float(_unit(rows.mean(axis=0) - centre) @ mean)
            name = self.entries.documents[ordinal].id
            found[name] = Nearness(float(peaks[best]), (pair + whole) / 2, self._names[first + best])
        return found

    def of(self, name: str, limit: int) -> NDArray[np.float32] | None:
        """Return the unit vectors of a document's first pieces, or None where it has none."""
        self._grow_documents()
        ordinal = self.entries.ordinal(name)
        if ordinal is None or self._count[ordinal] <= 0:
            return None
        first = int(self._first[ordinal])
        rows = slice(first, first + min(limit, int(self._count[ordinal])))
        vectors: NDArray[np.float32] = self._matrix[rows].astype(np.float32) / self._norms[rows, None]
        return vectors

    def _candidates(self, queries: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.intp]:
        chosen = []
        every = len(rows) == self._size
        words = [word[: self._size] if every else word[rows] for word in self._signs]
        for query in queries:
            code = np.packbits(query > 0).view(np.uint64)
            distance = np.zeros(len(rows), dtype=np.uint16)
            for word, bits in zip(words, code, strict=True):
                distance += np.bitwise_count(word ^ bits)
            within = np.bincount(distance, minlength=DIMENSIONS + 1).cumsum()
            chosen.append(np.flatnonzero(distance <= np.searchsorted(within, RESCORED)))
        picked: NDArray[np.intp] = rows[np.unique(np.concatenate(chosen))]
        return picked

    def _keep(self, embedded: _Embedded) -> None:
        """Take a text's vectors in, where a document has that text still."""
        self._frames += 1
        ordinal = self.entries.ordinal_of_text(embedded.digest)
        if ordinal is None:
            return
        self._grow_documents()
        count = len(embedded.sections)
        self._first[ordinal], self._count[ordinal] = self._size, count
        codes = np.frombuffer(embedded.codes, dtype=np.int8).reshape(count, DIMENSIONS)
        self._grow_rows(count)
        here = slice(self._size, self._size + count)
        self._matrix[here] = codes
        self._norms[here] = np.maximum(np.linalg.norm(codes.astype(np.float32), axis=1), 1e-9)
        self._sum += (codes / self._norms[here, None]).sum(axis=0)
        for word, bits in zip(self._signs, np.packbits(codes > 0, axis=1).view(np.uint64).T, strict=True):
            word[here] = bits
        self._owner[here] = ordinal
        self._size += count
        self._names.extend(embedded.sections)

    def _grow_documents(self) -> None:
        while len(self.entries.documents) > len(self._count):
            self._first = doubled(self._first, 0)
            self._count = doubled(self._count, _UNKNOWN)

    def _grow_rows(self, count: int) -> None:
        while self._size + count > len(self._owner):
            self._owner = doubled(self._owner, 0)
            self._matrix = doubled(self._matrix, 0)
            self._norms = doubled(self._norms, 1)
            self._signs = [doubled(word, 0) for word in self._signs]


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of length one."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: NDArray[np.float32] = rows / np.maximum(lengths, 1e-9)
    return unit
