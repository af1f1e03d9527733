"""What recall reads and answers: search documents, questions, hits and the reasons shown with them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

DocumentKind = Literal[
    "incident", "deployment", "postmortem", "lesson", "runbook", "note", "action", "observation"
]
ReasonKind = Literal[
    "words",
    "meaning",
    "service",
    "environment",
    "factor",
    "error",
    "file",
    "alert",
    "model",
    "tag",
    "recent",
    "linked",
]


class Section(msgspec.Struct, frozen=True):
    """One named part of a document's text, e.g. `summary`, `timeline`, `factors`, `body`."""

    name: str
    text: str


class Signature(msgspec.Struct, frozen=True):
    """The structured features by which a document applies to a change or resembles an incident."""

    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class SearchDocument(msgspec.Struct, frozen=True):
    """Everything recall may know of one record; the only thing it ever reads.

    `scope` is the one scope string a reader must hold to see the document (see `domain.access`).
    `at` is when the thing happened or was first written; as-of questions see a document only from
    that day on, or at any time where nothing is known (`dated` false). `links` are ids of related
    records.
    """

    id: str
    kind: DocumentKind
    revision: int
    title: str
    sections: tuple[Section, ...]
    scope: str
    at: datetime
    dated: bool = True
    signature: Signature = Signature()
    links: tuple[str, ...] = ()
    risk: str = ""
    state: str = ""
    severity: str = ""
    faded: bool = False


class Filters(msgspec.Struct, frozen=True):
    """Conditions a hit must meet; an empty tuple asks nothing, several values mean any of them.

    `since` is inclusive and `until` (also the as-of day of a question) is inclusive by whole day. `only` names
    the documents among which to look, None for all.
    """

    kinds: tuple[DocumentKind, ...] = ()
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    exclude: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None


class SearchQuery(msgspec.Struct, frozen=True):
    """Words as typed. `scopes` is what the asker may see, None for everything.

    `also` are other words for the same, which count for less. A document must hold each of the `phrases`, word
    by word, and nothing of `without`.
    """

    text: str
    scopes: tuple[str, ...] | None
    filters: Filters = Filters()
    limit: int = 20
    offset: int = 0
    words_only: bool = False
    also: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


class Probe(msgspec.Struct, frozen=True):
    """A document as a question: an incident at detection, or a change before it ships.

    `like` names the stored document that is the question, if it is one: its vectors are known.
    """

    title: str
    text: str
    scopes: tuple[str, ...] | None
    signature: Signature = Signature()
    filters: Filters = Filters()
    at: datetime | None = None
    limit: int = 10
    words_only: bool = False
    like: str = ""


class Reason(msgspec.Struct, frozen=True):
    """Why a document was recalled: its kind and the values that matched."""

    kind: ReasonKind
    values: tuple[str, ...]
    weight: float = 0.0


class Hit(msgspec.Struct, frozen=True):
    """One recalled document. `score` is in 0..1 and comparable across questions of one task."""

    id: str
    kind: DocumentKind
    revision: int
    score: float
    reasons: tuple[Reason, ...]


class Facet(msgspec.Struct, frozen=True):
    """How many of all matching documents carry each value of one field."""

    field: str
    counts: tuple[tuple[str, int], ...]


class SearchResult(msgspec.Struct, frozen=True):
    """Hits best first; `total` and `facets` count every visible match by words, not just this page.

    `mode` says what was asked: `words` where no model is installed or wanted, else `words+meaning`. `misspelt` are
    words that no document holds, for which near spellings were searched.
    """

    hits: tuple[Hit, ...]
    total: int
    facets: tuple[Facet, ...]
    mode: Literal["words", "words+meaning"]
    misspelt: tuple[str, ...] = ()
