"""Nearest neighbours: section vectors of documents, filtered before they are ranked.

Up to 20,000 vectors every one is compared. Above, 384-bit sign codes choose 400 candidates by
Hamming distance, which are then compared exactly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from hardwon.domain.search import Filters, SearchDocument, Signature
from hardwon.recall.journal import Journal
from hardwon.recall.meaning import DIMENSIONS
from hardwon.recall.words import UNDATED, day_of, labels_of, wanted

EXACT_UP_TO: Final = 20_000
RESCORED: Final = 400
_GROWTH: Final = 1_024


class Entry(msgspec.Struct, frozen=True):
    """What filtering needs of one document, and the digest of the text its vectors stand for."""

    id: str
    digest: bytes
    day: int = 0
    scope: str = ""
    labels: dict[str, tuple[str, ...]] = {}
    signature: Signature = Signature()
    revision: int = 1
    faded: bool = False
    gone: bool = False
    links: tuple[str, ...] = ()


class _Embedded(msgspec.Struct, frozen=True):
    digest: bytes
    sections: tuple[str, ...]
    codes: bytes


_ENTRY = msgspec.msgpack.Decoder(Entry)
_EMBEDDED = msgspec.msgpack.Decoder(_Embedded)


def digest_of(document: SearchDocument) -> bytes:
    """Return the digest of all that a document's vectors depend on, its id included."""
    digest = hashlib.sha256(document.id.encode())
    for text in (document.title, *(f"{s.name}\n{s.text}" for s in document.sections)):
        digest.update(b"\0" + text.encode("utf-8", "replace"))
    return digest.digest()[:16]


class VectorIndex:
    """Documents' entries and section vectors, kept in two journals and held in memory."""

    def __init__(self, folder: Path) -> None:
        """Read what the folder holds."""
        folder.mkdir(parents=True, exist_ok=True)
        self._entries = Journal(folder / "documents.log")
        self._vectors = Journal(folder / "vectors.log")
        self._reset()
        self.reload()

    def _reset(self) -> None:
        self._ordinals: dict[str, int] = {}
        self._by_digest: dict[bytes, int] = {}
        self._documents: list[Entry] = []
        self._embedded: set[int] = set()
        self._kept: set[int] = set()
        self._labels: dict[tuple[str, str], set[int]] = {}
        self._with_files: set[int] = set()
        self._scopes: dict[str, int] = {}
        self._days = np.zeros(_GROWTH, dtype=np.int32)
        self._scope_codes = np.full(_GROWTH, -1, dtype=np.int32)
        self._rows = 0
        self._owner = np.zeros(_GROWTH, dtype=np.int32)
        self._matrix = np.zeros((_GROWTH, DIMENSIONS), dtype=np.int8)
        self._norms = np.ones(_GROWTH, dtype=np.float32)
        self._signs = np.zeros((_GROWTH, DIMENSIONS // 64), dtype=np.uint64)
        self._names: list[str] = []

    def reload(self) -> None:
        """Read on what was appended, by this or another process."""
        if self._entries.shrank or self._vectors.shrank:
            self._entries.rewind()
            self._vectors.rewind()
            self._reset()
        for frame in self._entries.read_on():
            self._enter(_ENTRY.decode(frame))
        for frame in self._vectors.read_on():
            self._embed(_EMBEDDED.decode(frame))

    def apply(self, documents: Iterable[SearchDocument], deletions: Iterable[str]) -> None:
        """Enter documents, which wait for their vectors, and drop deletions."""
        entries = [
            Entry(
                d.id,
                digest_of(d),
                day_of(d.at) if d.dated else UNDATED,
                d.scope,
                labels_of(d),
                d.signature,
                d.revision,
                d.faded,
                links=d.links if d.kind == "postmortem" else (),
            )
            for d in documents
        ]
        entries += [Entry(name, b"", gone=True) for name in deletions]
        self._entries.append(map(msgspec.msgpack.encode, entries))
        for entry in entries:
            self._enter(entry)

    def pending(self, limit: int) -> list[str]:
        """Return ids of at most `limit` documents that have no vectors yet, newest first."""
        if len(self._embedded) == len(self._ordinals):
            return []
        waiting = [
            (self._documents[ordinal].day, name)
            for name, ordinal in self._ordinals.items()
            if ordinal not in self._embedded
        ]
        return [name for _, name in sorted(waiting, reverse=True)[:limit]]

    def count_pending(self) -> int:
        """Return how many documents have no vectors yet."""
        return len(self._ordinals) - len(self._embedded)

    def add(self, embedded: Sequence[tuple[str, tuple[str, ...], NDArray[np.float32]]]) -> None:
        """Keep the vectors of documents: (id, the section each row stands for, unit rows)."""
        frames = []
        for name, sections, rows in embedded:
            largest = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-9)
            codes = np.round(rows / largest * 127).astype(np.int8)
            digest = self._documents[self._ordinals[name]].digest
            frames.append(_Embedded(digest, sections, codes.tobytes()))
        self._vectors.append(map(msgspec.msgpack.encode, frames))
        for frame in frames:
            self._embed(frame)

    def clear(self) -> None:
        """Drop everything."""
        self._entries.clear()
        self._vectors.clear()
        self._reset()

    @property
    def size(self) -> int:
        """How many vectors there are, those of replaced documents among them."""
        return self._rows

    def allowed(self, filters: Filters, scopes: Sequence[str] | None) -> NDArray[np.bool_]:
        """Return, by document, whether it may be an answer."""
        count = len(self._documents)
        mask = self._scope_codes[:count] >= 0
        if scopes is not None:
            codes = [self._scopes[scope] for scope in scopes if scope in self._scopes]
            mask &= np.isin(self._scope_codes[:count], codes)
        days = self._days[:count]
        if filters.since:
            mask &= days >= day_of(filters.since)
        if filters.until:
            mask &= days <= day_of(filters.until)
        for axis, values in wanted(filters).items():
            if values:
                mask &= self._carrying(axis, values, count)
        for name in filters.exclude:
            if name in self._ordinals:
                mask[self._ordinals[name]] = False
        return mask

    def entry(self, name: str) -> Entry | None:
        """Return what is known of a document, or None."""
        ordinal = self._ordinals.get(name)
        return None if ordinal is None else self._documents[ordinal]

    def among(self, names: Iterable[str]) -> NDArray[np.bool_]:
        """Return, by document, whether it is one of these."""
        mask = np.zeros(len(self._documents), dtype=np.bool_)
        mask[[self._ordinals[name] for name in names if name in self._ordinals]] = True
        return mask

    def subjects(self, name: str, allowed: NDArray[np.bool_]) -> list[str]:
        """Return the answers a document speaks for: itself, else the allowed ones it links to."""
        ordinal = self._ordinals.get(name)
        if ordinal is None:
            return []
        if allowed[ordinal]:
            return [name]
        linked = (link for link in self._documents[ordinal].links if link in self._ordinals)
        return [link for link in linked if allowed[self._ordinals[link]]]

    def sharing(self, signature: Signature, allowed: NDArray[np.bool_], limit: int) -> list[str]:
        """Return ids of at most `limit` allowed documents that share a service or name files."""
        ordinals: set[int] = set()
        for service in signature.services:
            ordinals |= self._labels.get(("service", service), set())
        if signature.files:
            ordinals |= self._with_files
        kept = [ordinal for ordinal in ordinals if allowed[ordinal]]
        kept.sort(key=lambda ordinal: (-int(self._days[ordinal]), ordinal))
        return [self._documents[ordinal].id for ordinal in kept[:limit]]

    def nearest(
        self, queries: NDArray[np.float32], allowed: NDArray[np.bool_], limit: int
    ) -> dict[str, tuple[float, str]]:
        """Return {id: (likeness, best section)} of the documents nearest to the query rows.

        Likeness is the mean of two cosines: the best of any query row with any section, and the
        mean over query rows of each one's best section.
        """
        rows = np.flatnonzero(allowed[self._owner[: self._rows]])
        if not len(rows):
            return {}
        if len(rows) > EXACT_UP_TO:
            rows = self._candidates(queries, rows)
        cosines = (self._matrix[rows].astype(np.float32) @ queries.T) / self._norms[rows, None]
        owners = self._owner[rows]
        documents, inverse = np.unique(owners, return_inverse=True)
        best = np.full((len(documents), queries.shape[0]), -1.0, dtype=np.float32)
        np.maximum.at(best, inverse, cosines)
        scores = 0.5 * best.max(axis=1) + 0.5 * best.mean(axis=1)
        top = np.argsort(-scores, kind="stable")[:limit]
        peak = cosines.max(axis=1)
        found = {}
        for position in top:
            mine = np.flatnonzero(inverse == position)
            row = rows[mine[int(np.argmax(peak[mine]))]]
            entry = self._documents[int(documents[position])]
            found[entry.id] = (float(scores[position]), self._names[int(row)])
        return found

    def _candidates(self, queries: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.intp]:
        chosen = []
        signs = self._signs[rows]
        for query in queries:
            code = np.packbits(query > 0).view(np.uint64)
            distance = np.bitwise_count(signs ^ code).sum(axis=1, dtype=np.uint16)
            chosen.append(np.argpartition(distance, RESCORED)[:RESCORED])
        picked: NDArray[np.intp] = rows[np.unique(np.concatenate(chosen))]
        return picked

    def _carrying(self, axis: str, values: Sequence[str], count: int) -> NDArray[np.bool_]:
        mask = np.zeros(count, dtype=np.bool_)
        for value in values:
            held = self._labels.get((axis, value))
            if held:
                mask[np.fromiter(held, dtype=np.int64, count=len(held))] = True
        return mask

    def _enter(self, entry: Entry) -> None:
        """Take a document in; an older one of that id is dropped unless its text is the same."""
        old = self._ordinals.pop(entry.id, None)
        if old is not None:
            self._forget(old)
        if entry.gone:
            return
        same = old is not None and self._documents[old].digest == entry.digest
        ordinal = old if same and old is not None else len(self._documents)
        if ordinal == len(self._documents):
            self._documents.append(entry)
            self._grow_documents()
        else:
            self._documents[ordinal] = entry
        self._ordinals[entry.id] = ordinal
        self._by_digest[entry.digest] = ordinal
        self._days[ordinal] = entry.day
        self._scope_codes[ordinal] = self._scopes.setdefault(entry.scope, len(self._scopes))
        for axis, values in entry.labels.items():
            for value in values:
                self._labels.setdefault((axis, value), set()).add(ordinal)
        if entry.signature.files and "deployment" not in entry.labels.get("kind", ()):
            self._with_files.add(ordinal)
        if same and ordinal in self._kept:
            self._embedded.add(ordinal)

    def _forget(self, ordinal: int) -> None:
        entry = self._documents[ordinal]
        self._scope_codes[ordinal] = -1
        self._embedded.discard(ordinal)
        self._with_files.discard(ordinal)
        for axis, values in entry.labels.items():
            for value in values:
                self._labels[axis, value].discard(ordinal)

    def _embed(self, embedded: _Embedded) -> None:
        ordinal = self._by_digest.get(embedded.digest)
        count = len(embedded.sections)
        if ordinal is None or not count:
            return
        codes = np.frombuffer(embedded.codes, dtype=np.int8).reshape(count, DIMENSIONS)
        self._grow_rows(count)
        here = slice(self._rows, self._rows + count)
        self._matrix[here] = codes
        self._norms[here] = np.linalg.norm(codes.astype(np.float32), axis=1)
        self._signs[here] = np.packbits(codes > 0, axis=1).view(np.uint64)
        self._owner[here] = ordinal
        self._rows += count
        self._names.extend(embedded.sections)
        self._kept.add(ordinal)
        self._embedded.add(ordinal)

    def _grow_documents(self) -> None:
        if len(self._documents) > len(self._days):
            self._days = _doubled(self._days, 0)
            self._scope_codes = _doubled(self._scope_codes, -1)

    def _grow_rows(self, count: int) -> None:
        while self._rows + count > len(self._owner):
            self._owner = _doubled(self._owner, 0)
            self._matrix = _doubled(self._matrix, 0)
            self._norms = _doubled(self._norms, 1)
            self._signs = _doubled(self._signs, 0)


Numbers = TypeVar("Numbers", bound=np.generic)


def _doubled(array: NDArray[Numbers], fill: int) -> NDArray[Numbers]:
    return np.concatenate([array, np.full_like(array, fill)])
