"""Search as you type: words and meaning over everything the asker may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.asked import Asked, read_asked
from hardwon.domain.errors import InputError, TooLargeError
from hardwon.domain.found import FoundHit
from hardwon.domain.search import Facet, Filters, SearchQuery
from hardwon.domain.vocabulary import other_words
from hardwon.storage.queries.actions import waiting_for_actions
from hardwon.storage.queries.terms import load_vocabulary
from hardwon.usecases.app import App, show_hits

MAX_QUERY = 10_000
"""The longest query, in characters."""
MAX_PAGE = 100
_SHORT = 300
"""The longest question that is widened by other words for the same."""
MAX_DEPTH = 1_000
_SAID = ("total", "facets", "mode", "misspelt")
_FIELDS = ("kinds", "services", "environments", "risks", "tags", "states", "factors", "severities")


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of hits, best first, with counts over all the matches.

    `asked` is how what was typed was understood; `misspelt` are words that nothing holds, for which near spellings
    were searched.
    """

    text: str
    hits: tuple[FoundHit, ...]
    total: int
    facets: tuple[Facet, ...]
    mode: Literal["words", "words+meaning"]
    asked: Asked = Asked()
    misspelt: tuple[str, ...] = ()


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
    """Return what best answers `text`, best first. Conditions typed in it (see `domain.asked`) count as filters do.

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
    asked = read_asked(text, app.today())
    words = " ".join((*asked.phrases, asked.words)).lstrip()
    with app.store.read(None) as reading:
        also = other_words(asked.words, load_vocabulary(reading)) if len(asked.words) <= _SHORT else ()
    query = SearchQuery(
        text=asked.words,
        scopes=scopes_of(actor),
        filters=_joined(filters or Filters(), asked.filters, _among(app, actor, asked)),
        limit=limit,
        offset=offset,
        words_only=words_only or not app.settings.meaning,
        also=also,
        phrases=asked.phrases,
        without=asked.without,
    )
    found = app.index.search(query)
    with app.store.read(scopes_of(actor)) as reading:
        hits = show_hits(reading, found.hits, words, app.today())
    return SearchPage(text=text, hits=hits, asked=asked, **{name: getattr(found, name) for name in _SAID})


def _among(app: App, actor: Actor, asked: Asked) -> list[tuple[str, ...]]:
    """Return the records that have what is wanted, for each thing wanted."""
    if not asked.wanted:
        return []
    with app.store.read(scopes_of(actor)) as reading:
        return [
            waiting_for_actions(reading, overdue=wanted == "overdue-action", today=app.today())
            for wanted in asked.wanted
        ]


def _joined(chosen: Filters, typed: Filters, only: Sequence[tuple[str, ...]]) -> Filters:
    """Return the filters that were chosen and typed as one: values of one field add up, days narrow."""
    joined = {name: tuple(dict.fromkeys((*getattr(chosen, name), *getattr(typed, name)))) for name in _FIELDS}
    since = [day for day in (chosen.since, typed.since) if day]
    until = [day for day in (chosen.until, typed.until) if day]
    among = set.intersection(*map(set, only)) if only else None
    return Filters(
        **joined,
        since=max(since, default=None),
        until=min(until, default=None),
        exclude=chosen.exclude,
        only=None if among is None else tuple(sorted(among)),
    )
