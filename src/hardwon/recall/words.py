"""Words: a tantivy index of analysed tokens, BM25, filters and facets.

Every filter, the reader's scopes among them, is part of the query, so what may not be seen is never
ranked nor counted.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
import tantivy
from tantivy import FieldType, Occur, Query

from hardwon.domain.errors import UnavailableError
from hardwon.domain.search import Facet, Filters, SearchDocument, Section, Signature
from hardwon.recall.analysis import analyse

AXES: Final = ("kind", "service", "environment", "risk", "tag", "state", "factor", "severity")
"""Fields that filter and are counted as facets."""
_RAW: Final = (*AXES, "scope")
UNDATED: Final = -1_000_000
"""The day of a document whose time is not known: before every as-of day."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FACET_SIZE: Final = 30
_HEAP: Final = 64_000_000
"""Bytes the writer gathers before it makes a segment."""
_PREFIXES: Final = 6
_SHORTEST_PREFIX: Final = 2
_LONG: Final = 8
"""Letters from which on two of them may be wrong."""
_NEAR: Final = 0.5
"""What a near spelling counts."""
_SECTIONS: Final = msgspec.json.Decoder(tuple[Section, ...])


def day_of(at: datetime) -> int:
    """Return the whole day of a time, in days since 1970 (UTC)."""
    return (at - _EPOCH).days


class Labelled(Protocol):
    """What carries values to filter by."""

    @property
    def kind(self) -> str:
        """Its kind of record."""

    @property
    def signature(self) -> Signature:
        """What it can be recognised by."""

    @property
    def risk(self) -> str:
        """Its risk level, empty where none."""

    @property
    def state(self) -> str:
        """Where it stands in its life."""

    @property
    def severity(self) -> str:
        """Its severity, `1` to `5`, empty where none."""


def axes(document: Labelled) -> dict[str, tuple[str, ...]]:
    """Return the values a document has on every axis."""
    signature = document.signature
    return {
        "kind": (document.kind,),
        "service": signature.services,
        "environment": signature.environments,
        "risk": (document.risk,) if document.risk else (),
        "tag": signature.tags,
        "state": (document.state,) if document.state else (),
        "factor": signature.factors,
        "severity": (document.severity,) if document.severity else (),
    }


def wanted(filters: Filters) -> dict[str, tuple[str, ...]]:
    """Return what the filters ask for on each axis."""
    return {
        "kind": filters.kinds,
        "service": filters.services,
        "environment": filters.environments,
        "risk": filters.risks,
        "tag": filters.tags,
        "state": filters.states,
        "factor": filters.factors,
        "severity": filters.severities,
    }


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("body", stored=True, tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("shown", stored=True, tokenizer_name="raw", index_option="basic")
    for name in _RAW:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("day", indexed=True, fast=True)
    builder.add_unsigned_field("faded", indexed=True, fast=True)
    builder.add_unsigned_field("revision", fast=True)
    builder.add_text_field("sections", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


class WordIndex:
    """The tantivy index in one folder. One process writes, any number read."""

    def __init__(self, folder: Path, *, writable: bool) -> None:
        """Open the index in `folder`, made when missing.

        Raises UnavailableError where it is damaged; it can be built anew at any time.
        """
        self._folder = folder
        self._schema = _schema()
        self._open(writable=writable)

    def _open(self, *, writable: bool) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._index = tantivy.Index(self._schema, path=str(self._folder))
            self._writer = self._index.writer(heap_size=_HEAP, num_threads=1) if writable else None
        except (ValueError, OSError) as error:
            raise UnavailableError(
                f"The search index in {self._folder} cannot be opened: {error}.",
                fix="Build it anew with `hardwon reindex`.",
            ) from error
        self._committed = self._state()

    def _state(self) -> tuple[int, int]:
        """Return what tells one commit from another."""
        try:
            state = (self._folder / "meta.json").stat()
        except FileNotFoundError:
            return 0, 0
        return state.st_ino, state.st_mtime_ns

    def take_over(self) -> None:
        """Become the process that writes."""
        self._open(writable=True)

    def apply(self, documents: Iterable[SearchDocument], deletions: Iterable[str]) -> None:
        """Replace documents, drop deletions, and commit."""
        assert self._writer is not None  # noqa: S101  (the facade asks only where it is writable)
        for name in deletions:
            self._writer.delete_documents_by_term("id", name)
        for document in documents:
            self._writer.delete_documents_by_term("id", document.id)
            self._writer.add_document(self._document(document))
        try:
            self._writer.commit()
        except (ValueError, OSError) as error:
            raise UnavailableError(
                f"The search index cannot be written: {error}. The records are kept.",
                fix="Free some space on the disk; the next command goes on.",
            ) from error
        self._index.reload()

    def clear(self) -> None:
        """Drop everything, damaged files too."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._open(writable=True)

    def close(self) -> None:
        """Let the writer go."""
        if self._writer is not None:
            self._writer.wait_merging_threads()
            self._writer = None

    def reload(self) -> bool:
        """See what another process committed, and tell whether it did."""
        state = self._state()
        if state == self._committed:
            return False
        self._committed = state
        self._index.reload()
        return True

    def _document(self, document: SearchDocument) -> tantivy.Document:
        fields: dict[str, Any] = {axis: list(values) for axis, values in axes(document).items()}
        title = analyse(document.title)
        body = [token for section in document.sections for token in analyse(section.text)]
        for values in (document.signature.files, document.signature.errors, document.signature.alerts):
            body += analyse(" ".join(values))
        fields |= {
            "id": document.id,
            "shown": document.title,
            "title": " ".join(title),
            "body": " ".join([*title, *body]),
            "scope": document.scope,
            "day": day_of(document.at) if document.dated else UNDATED,
            "faded": int(document.faded),
            "revision": document.revision,
            "sections": msgspec.json.encode(document.sections).decode(),
        }
        return tantivy.Document.from_dict(fields, self._schema)

    @property
    def count(self) -> int:
        """How many documents there are."""
        return int(self._index.searcher().num_docs)

    def filter(self, filters: Filters, scopes: Sequence[str] | None) -> list[tuple[Occur, Query]]:
        """Return the clauses every answer must meet."""
        clauses: list[tuple[Occur, Query]] = []
        if scopes is not None:
            clauses.append((Occur.Must, self._any_of("scope", scopes)))
        for axis, values in wanted(filters).items():
            if values:
                clauses.append((Occur.Must, self._any_of(axis, values)))
        if filters.since or filters.until:
            low = day_of(filters.since) if filters.since else None
            high = day_of(filters.until) if filters.until else None
            clauses.append((Occur.Must, Query.range_query(self._schema, "day", FieldType.Integer, low, high)))
        if filters.exclude:
            clauses.append((Occur.MustNot, self._any_of("id", filters.exclude)))
        if filters.only is not None:
            clauses.append((Occur.Must, self._any_of("id", filters.only)))
        return clauses

    def phrases(self, phrases: Sequence[str], without: Sequence[str]) -> list[tuple[Occur, Query]]:
        """Return the clauses under which a document holds each phrase word by word, and nothing of `without`."""
        must = [(Occur.Must, query) for text in phrases if (query := self._phrase(text)) is not None]
        never = [(Occur.MustNot, query) for text in without if (query := self._phrase(text)) is not None]
        return must + never

    def _phrase(self, text: str) -> Query | None:
        tokens = analyse(text)
        if not tokens:
            return None
        if len(tokens) == 1:
            return Query.const_score_query(Query.term_query(self._schema, "body", tokens[0], "freq"), 0.0)
        words: list[str | tuple[int, str]] = [*tokens]
        return Query.phrase_query(self._schema, "body", words)

    def _any_of(self, field: str, values: Sequence[str]) -> Query:
        if not values:
            return Query.empty_query()
        terms = [(Occur.Should, Query.term_query(self._schema, field, v, "basic")) for v in values]
        return Query.const_score_query(Query.boolean_query(terms), 0.0)

    def text_query(
        self,
        weights: Mapping[str, float],
        prefix: str = "",
        misspelt: Iterable[str] = (),
        *,
        title: float = 0.5,
    ) -> Query:
        """Return the weighted disjunction of terms.

        `prefix` completes the word being typed; `misspelt` terms match what is spelt nearly so; `title` is what a
        title adds to a match.
        """
        clauses = []
        for term in misspelt:
            distance = 1 if len(term) < _LONG else 2
            near = Query.fuzzy_term_query(self._schema, "body", term, distance=distance)
            clauses.append((Occur.Should, Query.boost_query(near, _NEAR)))
        for term, weight in weights.items():
            body = Query.term_query(self._schema, "body", term, "freq")
            clauses.append((Occur.Should, Query.boost_query(body, weight)))
            if title:
                query = Query.term_query(self._schema, "title", term, "freq")
                clauses.append((Occur.Should, Query.boost_query(query, title * weight)))
        if len(prefix) >= _SHORTEST_PREFIX:
            searcher = self._index.searcher()
            for term, _ in searcher.terms_with_prefix("body", prefix, limit=_PREFIXES):
                if term not in weights:
                    query = Query.term_query(self._schema, "body", term, "freq")
                    clauses.append((Occur.Should, Query.boost_query(query, 0.4)))
        return Query.boolean_query(clauses) if clauses else Query.empty_query()

    def search(self, text: Query, clauses: list[tuple[Occur, Query]], limit: int) -> dict[str, float]:
        """Return {id: BM25 score} of the best matches of `text` that meet the clauses."""
        searcher = self._index.searcher()
        query = Query.boolean_query([(Occur.Must, text), *clauses])
        found = searcher.search(query, limit, count=False)
        return {_id(searcher, address): float(score) for score, address in found.hits}

    def browse(self, clauses: list[tuple[Occur, Query]], limit: int) -> list[str]:
        """Return the newest ids that meet the clauses."""
        searcher = self._index.searcher()
        query = Query.boolean_query([(Occur.Must, Query.all_query()), *clauses])
        found = searcher.search(query, limit, count=False, order_by_field="day")
        return [_id(searcher, address) for _, address in found.hits]

    def facets(self, text: Query, clauses: list[tuple[Occur, Query]]) -> tuple[int, tuple[Facet, ...]]:
        """Return how many documents match, and the counts of every axis over all of them."""
        searcher = self._index.searcher()
        query = Query.boolean_query([(Occur.Must, text), *clauses])
        asked = {axis: {"terms": {"field": axis, "size": _FACET_SIZE}} for axis in AXES}
        result = searcher.aggregate(query, asked | {"n": {"value_count": {"field": "day"}}})
        facets = tuple(
            Facet(axis, tuple((str(b["key"]), int(b["doc_count"])) for b in result[axis]["buckets"]))
            for axis in AXES
        )
        return int(result["n"]["value"]), facets

    def tokens(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the tokens of a few documents, by id."""
        return {name: body.split() for name, body in self._stored(ids, "body").items()}

    def completes(self, prefix: str) -> bool:
        """Tell whether any term begins so."""
        return bool(self._index.searcher().terms_with_prefix("body", prefix, limit=1))

    def frequency(self, term: str) -> int:
        """Return how many documents hold a term."""
        return int(self._index.searcher().doc_freq("body", term))

    def everything(self) -> Query:
        """Return the query that every document matches."""
        return Query.all_query()

    def titles(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the titles of documents as written."""
        return self._stored(ids, "shown")

    def sections(self, ids: Sequence[str]) -> dict[str, tuple[Section, ...]]:
        """Return the stored sections of documents."""
        return {name: _SECTIONS.decode(text) for name, text in self._stored(ids, "sections").items()}

    def _stored(self, ids: Sequence[str], field: str) -> dict[str, str]:
        if not ids:
            return {}
        searcher = self._index.searcher()
        hits = searcher.search(self._any_of("id", ids), len(ids), count=False).hits
        documents = (searcher.doc(address) for _, address in hits)
        return {str(document.get_first("id")): str(document.get_first(field)) for document in documents}


def _id(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> str:
    return str(searcher.doc(address).get_first("id"))
