"""What filtering and structure need of every document, held in memory and kept in one journal.

A document has an ordinal; it keeps it as long as its text is the same, so its vectors stay valid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from hardwon.domain.search import DocumentKind, Filters, SearchDocument, Section, Signature
from hardwon.recall.journal import Journal
from hardwon.recall.words import UNDATED, axes, day_of, wanted

_GROWTH: Final = 1_024
_SPARE: Final = 10_000
"""Outdated frames that are not worth rewriting a journal for."""
Numbers = TypeVar("Numbers", bound=np.generic)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One document; `digest` stands for the text its vectors are made of, `gone` for its deletion."""

    id: str
    digest: bytes
    kind: DocumentKind = "note"
    day: int = 0
    scope: str = ""
    signature: Signature = Signature()
    links: tuple[str, ...] = ()
    risk: str = ""
    state: str = ""
    severity: str = ""
    revision: int = 1
    faded: bool = False
    gone: bool = False


_DECODER = msgspec.msgpack.Decoder(Entry)


def digest_of(name: str, title: str, sections: Iterable[Section]) -> bytes:
    """Return the digest of all that a document's vectors depend on, its id included."""
    digest = hashlib.sha256(name.encode())
    for text in (title, *(f"{section.name}\n{section.text}" for section in sections)):
        digest.update(b"\0" + text.encode("utf-8", "replace"))
    return digest.digest()[:16]


def entry_of(document: SearchDocument) -> Entry:
    """Return what is kept of a document."""
    return Entry(
        id=document.id,
        digest=digest_of(document.id, document.title, document.sections),
        kind=document.kind,
        day=day_of(document.at) if document.dated else UNDATED,
        scope=document.scope,
        signature=document.signature,
        links=document.links,
        risk=document.risk,
        state=document.state,
        severity=document.severity,
        revision=document.revision,
        faded=document.faded,
    )


class Entries:
    """All documents by id and by ordinal, with the masks that filter them."""

    def __init__(self, path: Path) -> None:
        """Read what the journal at `path` holds."""
        self._journal = Journal(path)
        self._reset()
        self.reload()

    def _reset(self) -> None:
        self.frames = 0
        self.documents: list[Entry] = []
        self._ordinals: dict[str, int] = {}
        self._by_digest: dict[bytes, int] = {}
        self._labels: dict[tuple[str, str], set[int]] = {}
        self._rows: dict[tuple[str, str], NDArray[np.intp]] = {}
        self._with_files: set[int] = set()
        self._scopes: dict[str, int] = {}
        self._days = np.zeros(_GROWTH, dtype=np.int32)
        self._scope_codes = np.full(_GROWTH, -1, dtype=np.int32)

    @property
    def replaced(self) -> bool:
        """Whether another process started the journal anew."""
        return self._journal.replaced

    def rewind(self) -> None:
        """Forget everything and read from the beginning next."""
        self._journal.rewind()
        self._reset()

    def reload(self) -> None:
        """Read on what was appended."""
        for frame in self._journal.read_on():
            self._enter(_DECODER.decode(frame))

    def apply(self, documents: Iterable[SearchDocument], deletions: Iterable[str]) -> None:
        """Enter documents and drop deletions."""
        entered = [entry_of(document) for document in documents]
        entered += [Entry(name, b"", gone=True) for name in deletions if name in self._ordinals]
        self._journal.append(map(msgspec.msgpack.encode, entered))
        for entry in entered:
            self._enter(entry)

    @property
    def wasteful(self) -> bool:
        """Whether most of the journal is outdated."""
        return self.frames > 2 * len(self._ordinals) + _SPARE

    def compact(self) -> None:
        """Write the journal anew with live documents only; ordinals change."""
        live = list(self.alive())
        self._journal.rewrite(map(msgspec.msgpack.encode, live))
        self._reset()
        for entry in live:
            self._enter(entry)

    def alive(self) -> Iterator[Entry]:
        """Yield every document that is there."""
        return (self.documents[ordinal] for ordinal in self._ordinals.values())

    def clear(self) -> None:
        """Drop everything."""
        self._journal.clear()
        self._reset()

    def __len__(self) -> int:
        return len(self._ordinals)

    @property
    def living(self) -> NDArray[np.bool_]:
        """By ordinal, whether the document is there still."""
        return self._scope_codes[: len(self.documents)] >= 0

    def newest_first(self, ordinals: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the ordinals in the order of their days, the latest first."""
        return ordinals[np.lexsort((ordinals, -self._days[ordinals]))]

    def ordinal(self, name: str) -> int | None:
        """Return a document's ordinal, or None."""
        return self._ordinals.get(name)

    def ordinal_of_text(self, digest: bytes) -> int | None:
        """Return the ordinal of the document with that text, or None."""
        return self._by_digest.get(digest)

    def get(self, name: str) -> Entry | None:
        """Return what is known of a document, or None."""
        ordinal = self._ordinals.get(name)
        return None if ordinal is None else self.documents[ordinal]

    def allowed(self, filters: Filters, scopes: Sequence[str] | None) -> NDArray[np.bool_]:
        """Return, by ordinal, whether the document may be an answer."""
        count = len(self.documents)
        mask = self.living
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
        if filters.only is not None:
            only = np.zeros(count, dtype=np.bool_)
            only[[self._ordinals[name] for name in filters.only if name in self._ordinals]] = True
            mask &= only
        return mask

    def sharing(self, signature: Signature, allowed: NDArray[np.bool_], limit: int) -> list[str]:
        """Return ids of at most `limit` allowed documents that share a service or name files: the newest."""
        found: set[int] = set()
        for service in signature.services:
            found |= self._labels.get(("service", service), set())
        if signature.files:
            found |= self._with_files
        if not found:
            return []
        rows = np.fromiter(found, dtype=np.intp, count=len(found))
        newest = self.newest_first(rows[allowed[rows]])[:limit]
        return [self.documents[int(row)].id for row in newest]

    def _carrying(self, axis: str, values: Sequence[str], count: int) -> NDArray[np.bool_]:
        mask = np.zeros(count, dtype=np.bool_)
        for value in values:
            held = self._labels.get((axis, value))
            if held:
                rows = self._rows.get((axis, value))
                if rows is None:
                    rows = np.fromiter(held, dtype=np.intp, count=len(held))
                    self._rows[axis, value] = rows
                mask[rows] = True
        return mask

    def _enter(self, entry: Entry) -> None:
        """Take a document in; an older one of that id is dropped unless its text is the same."""
        self.frames += 1
        old = self._ordinals.pop(entry.id, None)
        if old is not None:
            self._forget(old)
        if entry.gone:
            return
        if old is not None and self.documents[old].digest == entry.digest:
            ordinal = old
            self.documents[ordinal] = entry
        else:
            ordinal = len(self.documents)
            self.documents.append(entry)
            self._grow()
        self._ordinals[entry.id] = ordinal
        self._by_digest[entry.digest] = ordinal
        self._days[ordinal] = entry.day
        self._scope_codes[ordinal] = self._scopes.setdefault(entry.scope, len(self._scopes))
        for label in _labels(entry):
            self._labels.setdefault(label, set()).add(ordinal)
            self._rows.pop(label, None)
        if entry.signature.files and entry.kind != "deployment":
            self._with_files.add(ordinal)

    def _forget(self, ordinal: int) -> None:
        entry = self.documents[ordinal]
        self._scope_codes[ordinal] = -1
        self._with_files.discard(ordinal)
        for label in _labels(entry):
            self._labels[label].discard(ordinal)
            self._rows.pop(label, None)

    def _grow(self) -> None:
        if len(self.documents) > len(self._days):
            self._days = doubled(self._days, 0)
            self._scope_codes = doubled(self._scope_codes, -1)


def _labels(entry: Entry) -> Iterable[tuple[str, str]]:
    return ((axis, value) for axis, values in axes(entry).items() for value in values)


def doubled(array: NDArray[Numbers], fill: int) -> NDArray[Numbers]:
    """Return the array, twice as long, the new half filled."""
    return np.concatenate([array, np.full_like(array, fill)])
