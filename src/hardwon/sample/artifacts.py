"""Postmortems, lessons, runbooks and notes of the sample."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from hardwon.domain.incident import Incident, occurred_at, risk_of
from hardwon.domain.lesson import Lesson
from hardwon.domain.note import Note
from hardwon.domain.postmortem import SECTION_TITLES, Postmortem, WrittenSection
from hardwon.domain.runbook import Runbook
from hardwon.sample.dates import days_before, morning
from hardwon.sample.files import flowing
from hardwon.sample.incidents import SOURCE, TAG
from hardwon.sample.source import LessonSource, NoteSource, PostmortemSource, RunbookSource

_SECTIONS = {title: name for name, title in SECTION_TITLES.items()}


def lesson_of(slug: str, source: LessonSource, today: date, incident: Incident | None = None) -> Lesson:
    """Return the lesson; a public one takes services, evidence, tags and its date from its incident."""
    written = source.written if incident is None else _retold(today, incident)
    return Lesson(
        id=source.id,
        title=source.title,
        state=source.state,
        owner=source.owner,
        team=source.team,
        services=source.services or (incident.services if incident else ()),
        environments=source.environments,
        risk=source.risk or (risk_of(incident) if incident else None),
        tags=(TAG, *dict.fromkeys((*(incident.tags[1:] if incident else ()), *source.tags))),
        review_on=_ahead(today, source.review_in),
        retire_when=source.retire_when,
        retired_because=source.retired_because,
        successor=source.successor,
        incidents=source.incidents or ((incident.id,) if incident else ()),
        evidence=incident.evidence if incident else (),
        body=flowing(source.body),
        written_at=morning(today, written),
        updated_at=morning(today, _last(source.updated, written)),
        source=SOURCE,
        source_id=f"lesson-{slug}",
        claim=flowing(source.claim),
        applies=source.applies,
        remedy=source.remedy,
        signals=source.signals,
        what_ifs=source.what_ifs,
    )


def postmortem_of(
    slug: str, source: PostmortemSource, body: str, incident: Incident, today: date
) -> Postmortem:
    """Return the postmortem; what it is about comes from its incident."""
    return Postmortem(
        id=source.id,
        title=source.title,
        state=source.state,
        owner=source.owner,
        team=incident.team,
        services=incident.services,
        environments=incident.environments,
        risk=risk_of(incident),
        tags=incident.tags,
        review_on=_ahead(today, source.review_in),
        incidents=(incident.id,),
        written_at=morning(today, source.written),
        updated_at=morning(today, _last(source.updated, source.written)),
        source=SOURCE,
        source_id=f"postmortem-{slug}",
        incident=incident.id,
        authors=source.authors,
        what_ifs=source.what_ifs,
        sections=tuple(_sections(slug, body)),
    )


def runbook_of(slug: str, source: RunbookSource, today: date) -> Runbook:
    """Return the runbook."""
    return Runbook(
        id=source.id,
        title=source.title,
        state=source.state,
        owner=source.owner,
        team=source.team,
        services=source.services,
        environments=("prod",),
        risk=source.risk,
        tags=(TAG, *source.tags),
        review_on=_ahead(today, source.review_in),
        incidents=source.incidents,
        body=flowing(source.body),
        written_at=morning(today, source.written),
        updated_at=morning(today, _last(source.updated, source.written)),
        source=SOURCE,
        source_id=f"runbook-{slug}",
        steps=source.steps,
        lessons=source.lessons,
        proven_on=None if source.proven is None else days_before(today, source.proven),
    )


def note_of(slug: str, source: NoteSource, body: str, today: date) -> Note:
    """Return the note."""
    return Note(
        id=source.id,
        title=source.title,
        state=source.state,
        owner=source.owner,
        team=source.team,
        services=source.services,
        tags=(TAG, *source.tags),
        review_on=_ahead(today, source.review_in),
        incidents=source.incidents,
        body=body,
        written_at=morning(today, source.written),
        updated_at=morning(today, _last(source.updated, source.written)),
        source=SOURCE,
        source_id=f"note-{slug}",
    )


def _retold(today: date, incident: Incident) -> int:
    """Return how many days ago a public incident was retold: a month after it, at most 420 days."""
    at = occurred_at(incident)
    return 420 if at is None else max(0, min(420, (today - at.date()).days - 30))


def _sections(slug: str, body: str) -> Iterator[WrittenSection]:
    for part in f"\n{body}".split("\n## ")[1:]:
        heading, _, text = part.partition("\n")
        if heading not in _SECTIONS:
            raise ValueError(f"{slug}: no section is called {heading!r}")
        yield WrittenSection(name=_SECTIONS[heading], text=text.strip())


def _ahead(today: date, days: int | None) -> date | None:
    return None if days is None else days_before(today, -days)


def _last(updated: int | None, written: int) -> int:
    return written if updated is None else updated
