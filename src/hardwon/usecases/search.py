"""Search as you type: words and meaning over everything the asker may see."""

from __future__ import annotations

from typing import Literal

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.errors import InputError, TooLargeError
from hardwon.domain.found import FoundHit
from hardwon.domain.search import Facet, Filters, SearchQuery
from hardwon.domain.vocabulary import other_words
from hardwon.storage.queries.terms import load_vocabulary
from hardwon.usecases.app import App, show_hits

MAX_QUERY = 10_000
"""The longest query, in characters."""
MAX_PAGE = 100
_SHORT = 300
"""The longest question that is widened by other words for the same."""
MAX_DEPTH = 1_000


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of hits, best first, with counts over all the matches."""

    text: str
    hits: tuple[FoundHit, ...]
    total: int
    facets: tuple[Facet, ...]
    mode: Literal["words", "words+meaning"]


def search(
    app: App,
    actor: Actor,
    text: str,
    *,
    filters: Filters | None = None,
    limit: int = 20,
    offset: int = 0,
    words_only: bool = False,
) -> SearchPage:
    """Return what best answers `text`, best first.

    Raises ForbiddenError, TooLargeError for a query over MAX_QUERY characters, InputError for a
    page out of bounds.
    """
    authorise(actor, "ask")
    if len(text) > MAX_QUERY:
        raise TooLargeError(
            f"A search has at most {MAX_QUERY:,} characters.",
            fix="Ask `similar` with a whole document instead.",
        )
    if not 1 <= limit <= MAX_PAGE or not 0 <= offset <= MAX_DEPTH:
        raise InputError(
            f"A page holds 1 to {MAX_PAGE} hits and starts at most at {MAX_DEPTH:,}.",
            fix="Narrow the search with a filter.",
        )
    with app.store.read(None) as reading:
        also = other_words(text, load_vocabulary(reading)) if len(text) <= _SHORT else ()
    query = SearchQuery(
        text=text,
        scopes=scopes_of(actor),
        filters=filters or Filters(),
        limit=limit,
        offset=offset,
        words_only=words_only or not app.settings.meaning,
        also=also,
    )
    result = app.index.search(query)
    with app.store.read(scopes_of(actor)) as reading:
        hits = show_hits(reading, result.hits, text, app.today())
    return SearchPage(text=text, hits=hits, total=result.total, facets=result.facets, mode=result.mode)
