"""Seen before? The past incidents and lessons most like a new one, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.document import document_of
from hardwon.domain.errors import InputError, TooLargeError
from hardwon.domain.found import FoundHit
from hardwon.domain.incident import Incident
from hardwon.domain.search import DocumentKind, Filters, Probe, SearchDocument, Signature
from hardwon.storage.queries.records import get_record
from hardwon.usecases.app import App, show_hits

MAX_TEXT = 1_000_000
"""The longest description, in characters."""
KINDS: tuple[DocumentKind, ...] = ("incident", "lesson", "runbook")


class SimilarPage(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, best first."""

    hits: tuple[FoundHit, ...]
    mode: Literal["words", "words+meaning"]


def similar(  # noqa: PLR0913  (what is known of an incident at detection)
    app: App,
    actor: Actor,
    *,
    title: str = "",
    text: str = "",
    services: Sequence[str] = (),
    incident: str | None = None,
    kinds: tuple[DocumentKind, ...] = KINDS,
    at: datetime | None = None,
    limit: int = 10,
) -> SimilarPage:
    """Return what is most like a description, or like a stored incident.

    A stored incident is never its own answer, and postmortems tell of other incidents only through
    those. `at` asks as of that day.
    Raises NotFoundError, ForbiddenError, InputError for an empty question, TooLargeError.
    """
    authorise(actor, "ask")
    if len(title) + len(text) > MAX_TEXT:
        raise TooLargeError(
            f"A description has at most {MAX_TEXT:,} characters.", fix="Leave out the raw logs."
        )
    scopes = scopes_of(actor)
    with app.store.read(scopes) as reading:
        if incident:
            stored = document_of(get_record(reading, Incident, incident), app.now())
            probe = _probe_of(stored, scopes, kinds, limit, words_only=not app.settings.meaning)
        elif (title + text).strip():
            probe = Probe(
                title=title,
                text=text,
                scopes=scopes,
                signature=Signature(services=tuple(services)),
                filters=Filters(kinds=kinds, until=at),
                at=at,
                limit=limit,
                words_only=not app.settings.meaning,
            )
        else:
            raise InputError("There is nothing to compare.", fix="Describe what is happening.")
        hits = app.index.similar(probe)
        asked = f"{probe.title} {probe.text}"[:2_000]
        return SimilarPage(hits=show_hits(reading, hits, asked, app.today()), mode=app.index.mode)


def _probe_of(
    document: SearchDocument | None,
    scopes: tuple[str, ...] | None,
    kinds: tuple[DocumentKind, ...],
    limit: int,
    *,
    words_only: bool,
) -> Probe:
    if document is None:
        raise InputError("Only an incident can be compared.", fix="Name an incident's id.")
    return Probe(
        title=document.title,
        text="\n\n".join(section.text for section in document.sections),
        scopes=scopes,
        signature=document.signature,
        filters=Filters(kinds=kinds, until=document.at, exclude=(document.id,)),
        at=document.at,
        limit=limit,
        words_only=words_only,
        like=document.id,
    )
