"""The sample workspace: real public incidents retold, and one story of an ML platform."""

from __future__ import annotations

from datetime import date

from hardwon.domain.incident import Incident
from hardwon.domain.lesson import Lesson
from hardwon.domain.note import Note
from hardwon.domain.planning import NO_CUSTOMS, Customs
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.record import Record
from hardwon.domain.runbook import Runbook
from hardwon.sample.artifacts import lesson_of, note_of, postmortem_of, runbook_of
from hardwon.sample.files import decode, split, texts
from hardwon.sample.incidents import incident_of
from hardwon.sample.observations import observation_of
from hardwon.sample.reviews import review_of
from hardwon.sample.source import IncidentSource, LessonSource, NoteSource, PostmortemSource, RunbookSource
from hardwon.sample.tables import (
    ActionsSource,
    CatalogSource,
    DeploymentsSource,
    ObservationsSource,
    ReviewsSource,
)
from hardwon.sample.work import action_of, catalogue_of, deployment_of


def records(today: date, customs: Customs = NO_CUSTOMS) -> tuple[Record, ...]:
    """Return every record of the sample in the order in which they must be written.

    The story is dated back from `today`; public incidents keep their real dates. Its reviews
    go by `customs`.
    """
    tables = dict(texts("story"))
    incidents, lessons = _incidents(today)
    deployments = decode("deployments", tables["deployments"], DeploymentsSource).deployment
    actions = decode("actions", tables["actions"], ActionsSource).action
    reviews = decode("reviews", tables["reviews"], ReviewsSource).review
    observations = decode("observations", tables["observations"], ObservationsSource).observation
    return (
        *catalogue_of(decode("catalog", tables["catalog"], CatalogSource)),
        *(deployment_of(source, today) for source in deployments),
        *incidents.values(),
        *_postmortems(today, incidents),
        *lessons,
        *_runbooks(today),
        *_notes(today),
        *(action_of(source, today) for source in actions),
        *(review_of(source, incidents[source.incident], customs, today) for source in reviews),
        *(observation_of(source, today) for source in observations),
    )


def _incidents(today: date) -> tuple[dict[str, Incident], list[Lesson]]:
    """Return the incidents by id, in order of their ids, and all lessons in order of theirs."""
    incidents: dict[str, Incident] = {}
    lessons: list[Lesson] = []
    for slug, text in (*texts("public"), *texts("story/incidents")):
        source = decode(slug, text, IncidentSource)
        incident = incident_of(slug, source, today)
        incidents[incident.id] = incident
        if source.lesson:
            lessons.append(lesson_of(slug, source.lesson, today, incident))
    for slug, text in texts("story/lessons"):
        lessons.append(lesson_of(slug, decode(slug, text, LessonSource), today))
    return dict(sorted(incidents.items())), sorted(lessons, key=lambda lesson: lesson.id)


def _postmortems(today: date, incidents: dict[str, Incident]) -> list[Postmortem]:
    found: list[Postmortem] = []
    for slug, text in texts("story/postmortems"):
        front, body = split(slug, text)
        source = decode(slug, front, PostmortemSource)
        found.append(postmortem_of(slug, source, body, incidents[source.incident], today))
    return sorted(found, key=lambda postmortem: postmortem.id)


def _runbooks(today: date) -> list[Runbook]:
    found = [
        runbook_of(slug, decode(slug, text, RunbookSource), today) for slug, text in texts("story/runbooks")
    ]
    return sorted(found, key=lambda runbook: runbook.id)


def _notes(today: date) -> list[Note]:
    found: list[Note] = []
    for slug, text in texts("story/notes"):
        front, body = split(slug, text)
        found.append(note_of(slug, decode(slug, front, NoteSource), body, today))
    return sorted(found, key=lambda note: note.id)
