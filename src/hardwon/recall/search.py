"""Search: words as typed, answered by words and meaning, with facets and reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final

from tantivy import Occur, Query

from hardwon.domain.search import Facet, Hit, Reason, SearchQuery, SearchResult
from hardwon.recall.analysis import analyse, stem, surface, words
from hardwon.recall.fusion import convex, min_max
from hardwon.recall.meaning import EmbeddingModel
from hardwon.recall.vectors import Nearness, VectorIndex
from hardwon.recall.words import WordIndex, axes

_CANDIDATES: Final = 50
_QUERY_TOKENS: Final = 32
_QUERY_CHARACTERS: Final = 10_000
_MEANING_CHARACTERS: Final = 2_000
_TERMS_SHOWN: Final = 8
_SHORTEST_SLIP: Final = 4
"""Letters of the shortest word that is taken for a misspelt one."""
_ALSO: Final = 0.4
"""What another word for the same counts."""
_CLOSE: Final = 0.35
"""The least cosine at which meaning alone makes a hit."""


class Searching:
    """Answers typed queries over one word index and one vector index."""

    def __init__(
        self,
        words: WordIndex,
        vectors: VectorIndex,
        model: EmbeddingModel,
        lock: AbstractContextManager[object],
    ) -> None:
        """Ask these; `lock` is held while vectors are read."""
        self._words = words
        self._vectors = vectors
        self._model = model
        self._lock = lock

    def answer(self, query: SearchQuery) -> SearchResult:
        """Return the best matches; a query without a word browses the newest documents."""
        typed = query.text[:_QUERY_CHARACTERS]
        exact = self._words.phrases(query.phrases, query.without)
        clauses = self._words.filter(query.filters, query.scopes) + exact
        quoted = " ".join(query.phrases)
        tokens = list(dict.fromkeys(analyse(f"{quoted} {typed}")))[:_QUERY_TOKENS]
        prefix = _typing(typed)
        if not tokens and not prefix:
            return self._browse(query, clauses)
        also = [token for word in query.also for token in analyse(word) if token not in tokens]
        weights = dict.fromkeys(also[:_QUERY_TOKENS], _ALSO) | dict.fromkeys(tokens, 1.0)
        misspelt = [token for token in tokens if self._is_misspelt(token, prefix)]
        text = self._words.text_query(weights, prefix, misspelt)
        wanted = max(_CANDIDATES, query.offset + query.limit)
        found = self._words.search(text, clauses, wanted)
        total, facets = self._words.facets(text, clauses)
        meant = self._model.available and not query.words_only and self._vectors.size > 0
        near = self._near(query, f"{quoted} {typed}".strip(), found) if meant else {}
        if exact:
            near = {name: nearness for name, nearness in near.items() if name in found}
        cosines = {name: nearness.best for name, nearness in near.items()}
        if near and total <= wanted:
            only = near.keys() - found.keys()
            total, facets = total + len(only), self._with(facets, only)
        fused = convex(found, cosines) if near else min_max(found)
        order = sorted(fused, key=lambda name: (-fused[name], name))
        page = order[query.offset : query.offset + query.limit]
        return SearchResult(
            hits=self._hits(typed, tokens, page, fused, near),
            total=total,
            facets=facets,
            mode="words+meaning" if meant else "words",
            misspelt=tuple(dict.fromkeys(surface(typed).get(token, token) for token in misspelt)),
        )

    def _is_misspelt(self, token: str, prefix: str) -> bool:
        """Tell whether a word that no document holds may be a slip of the pen; not so one still being typed."""
        if len(token) < _SHORTEST_SLIP or not token.isalpha() or self._words.frequency(token):
            return False
        return not (prefix and stem(prefix) == token and self._words.completes(prefix))

    def _near(self, query: SearchQuery, typed: str, found: Mapping[str, float]) -> dict[str, Nearness]:
        vector = self._model.encode([typed[:_MEANING_CHARACTERS]])
        with self._lock:
            entries = self._vectors.entries
            allowed = entries.allowed(query.filters, query.scopes)
            best = dict.fromkeys(self._vectors.nearest(vector, allowed, _CANDIDATES))
            ordinals = (entries.ordinal(name) for name in found)
            best |= dict.fromkeys(ordinal for ordinal in ordinals if ordinal is not None)
            compared = self._vectors.compare(vector, best)
        return {name: near for name, near in compared.items() if near.best >= _CLOSE or name in found}

    def _with(self, facets: Sequence[Facet], names: Iterable[str]) -> tuple[Facet, ...]:
        """Return the facets with these documents, which meaning alone found, counted too."""
        more = {facet.field: Counter(dict(facet.counts)) for facet in facets}
        for name in names:
            entry = self._vectors.entries.get(name)
            if entry is not None:
                for field, values in axes(entry).items():
                    more[field].update(values)
        ordered = {
            field: sorted(counts.items(), key=lambda c: (-c[1], c[0])) for field, counts in more.items()
        }
        return tuple(Facet(field, tuple(counts)) for field, counts in ordered.items())

    def _browse(self, query: SearchQuery, clauses: list[tuple[Occur, Query]]) -> SearchResult:
        names = self._words.browse(clauses, query.offset + query.limit)[query.offset :]
        total, facets = self._words.facets(self._words.everything(), clauses)
        hits = self._hits("", [], names, dict.fromkeys(names, 0.0), {})
        return SearchResult(hits=hits, total=total, facets=facets, mode="words")

    def _hits(
        self,
        typed: str,
        tokens: Sequence[str],
        names: Sequence[str],
        scores: Mapping[str, float],
        near: Mapping[str, Nearness],
    ) -> tuple[Hit, ...]:
        held = self._words.tokens(names) if tokens else {}
        shown = surface(typed)
        hits = []
        for name in names:
            entry = self._vectors.entries.get(name)
            if entry is None:
                continue
            reasons = []
            own = set(held.get(name, ()))
            if terms := [shown.get(term, term) for term in tokens[:_TERMS_SHOWN] if term in own]:
                reasons.append(Reason("words", tuple(dict.fromkeys(terms))))
            nearness = near.get(name)
            if nearness is not None and nearness.best >= _CLOSE:
                reasons.append(Reason("meaning", (nearness.section,), round(nearness.best, 3)))
            score = round(scores[name], 6)
            hits.append(Hit(entry.id, entry.kind, entry.revision, score, tuple(reasons)))
        return tuple(hits)


def _typing(text: str) -> str:
    """Return the word still being typed, as a prefix of tokens; empty after a space."""
    if not text or text[-1].isspace():
        return ""
    last = list(words(text))[-1:]
    return last[0].lower() if last else ""
