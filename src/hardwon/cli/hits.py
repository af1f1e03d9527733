"""Recalled records as lines of text: what it is, when, why it is here and what is still promised."""

from __future__ import annotations

import click

from hardwon.cli.output import clean, line, marked, paragraph
from hardwon.domain.check import overdue_note
from hardwon.domain.found import FoundHit, Promise
from hardwon.domain.search import Reason

_INDENT = " " * 10


def print_hit(hit: FoundHit) -> None:
    """Print one recalled record."""
    line(f"{click.style(f'{hit.id:<10}', fg='cyan')}{marked(hit.title)}")
    severity = (f"SEV{hit.severity}",) if hit.severity else ()
    facts = (*severity, hit.kind, hit.at.date().isoformat(), hit.state, ", ".join(hit.services))
    line(_INDENT + " · ".join(clean(fact) for fact in facts if fact))
    if snippet := marked(hit.snippet).strip():
        line(paragraph_of(snippet))
    if hit.reasons:
        line(f"{_INDENT}because {'; '.join(reason_text(reason) for reason in hit.reasons)}")
    for promise in hit.promises:
        line(f"{_INDENT}{click.style('still open', fg='yellow')} {promise_text(promise)}")
    line()


def paragraph_of(text: str) -> str:
    """Return a passage indented; one with marks keeps its styling and is not wrapped."""
    return _INDENT + text if "\x1b" in text else paragraph(text, _INDENT)


def reason_text(reason: Reason) -> str:
    """Return why a record was recalled, e.g. `words: stale, embeddings`."""
    values = ", ".join(clean(value) for value in reason.values[:6])
    return f"{reason.kind}: {values}" if values else reason.kind


def promise_text(promise: Promise) -> str:
    """Return an unfinished action in one line."""
    note = overdue_note(promise.due_on, promise.overdue_days, promise.owner)
    return f"{promise.id} {clean(promise.title)}: {clean(note)}"
