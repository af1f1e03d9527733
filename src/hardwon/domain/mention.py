"""What a record's words point at: other records by their id, and addresses outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from hardwon.domain.artifact import Artifact
from hardwon.domain.document import document_of
from hardwon.domain.evidence import Evidence
from hardwon.domain.incident import Incident
from hardwon.domain.observation import Observation
from hardwon.domain.record import Record
from hardwon.domain.reference import key_of
from hardwon.domain.review import Review
from hardwon.domain.text import PREFIXES
from hardwon.domain.thread import Thread

MAX_MENTIONS: Final = 500
"""Ids of other records that one record's words may link to."""
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'`\x00-\x1f]+", re.IGNORECASE)
_NAMED: Final = re.compile(rf"(?<![\w-])(?:{'|'.join(PREFIXES.values())})-[0-9]{{4,12}}(?![\w-])")
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_TRAILING: Final = ".,;:!?*_~|"
_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Dates the search document of a record without a time; only its words are read here."""


def mentions_of(record: Record) -> tuple[str, ...]:
    """Return the ids that a record's words name, each once, its own left out."""
    found: dict[str, None] = {}
    for text in _words(record):
        for match in _NAMED.finditer(_ADDRESS.sub(" ", text)):
            if match[0] != record.id:
                found[match[0]] = None
            if len(found) >= MAX_MENTIONS:
                return tuple(found)
    return tuple(found)


def addresses_of(record: Record) -> tuple[str, ...]:
    """Return the web addresses in a record's references, evidence and words, each once."""
    found: dict[str, str] = {}
    for address in _addresses(record):
        found.setdefault(key_of(address), address)
    return tuple(found.values())


def _addresses(record: Record) -> Iterator[str]:
    for piece in _evidence(record):
        if _ADDRESS.match(piece.url):
            yield piece.url
    if _ADDRESS.match(own := getattr(record, "url", "")):
        yield own
    yield from (reference.url for reference in getattr(record, "references", ()))
    for text in _words(record):
        yield from (_trimmed(match[0]) for match in _ADDRESS.finditer(text))


def _evidence(record: Record) -> Iterator[Evidence]:
    if isinstance(record, Incident | Artifact):
        yield from record.evidence
    if isinstance(record, Incident):
        yield from (piece for entry in record.timeline for piece in entry.evidence)
        yield from (piece for factor in record.factors for piece in factor.evidence)


def _trimmed(address: str) -> str:
    """Return an address without the punctuation of the sentence or the Markdown around it."""
    while address:
        last = address[-1]
        unpaired = last in _CLOSING and address.count(_CLOSING[last]) < address.count(last)
        if last not in _TRAILING and not unpaired:
            break
        address = address[:-1]
    return address


def _words(record: Record) -> Iterator[str]:
    """Yield a record's prose, as people read it."""
    document = document_of(record, _ANY_TIME)
    if document is not None:
        yield document.title
        yield from (section.text for section in document.sections)
    if isinstance(record, Artifact):
        yield record.retired_because
        yield record.retire_when
    elif isinstance(record, Observation):
        yield from (record.title, record.text, record.because)
    elif isinstance(record, Review):
        yield from (record.title, record.notes, record.cancelled_because)
        yield from (text for asked in record.questions for text in (asked.text, asked.answer))
        yield from (decision.text for decision in record.decisions)
    elif isinstance(record, Thread):
        yield record.text
        yield from (reply.text for reply in record.replies)
