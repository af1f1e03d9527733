"""Postmortems: begin one for an incident, and write it section by section."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.artifact import CheckItem
from hardwon.domain.errors import InputError, RevisionConflictError, RuleError, SectionConflictError
from hardwon.domain.event import Event
from hardwon.domain.guide import OUTLINE
from hardwon.domain.incident import Incident, risk_of
from hardwon.domain.postmortem import (
    SECTION_TITLES,
    Postmortem,
    mark_of,
    text_of,
    with_section,
)
from hardwon.domain.projection import project
from hardwon.domain.template import SectionKey, Template, TemplateSection, suited
from hardwon.domain.text import check_prose
from hardwon.domain.thread import mentions_in
from hardwon.domain.what_if import WhatIf
from hardwon.domain.what_if import mark_of as mark_of_what_ifs
from hardwon.domain.wording import WordingNote, read_wording
from hardwon.storage.queries.artifacts import artifacts_of
from hardwon.storage.queries.records import get_record
from hardwon.storage.queries.templates import list_templates, outline_in
from hardwon.storage.store import Reading
from hardwon.storage.threads import mentioned
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App

_CLOSED = ("retired", "archived")


class SectionText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section's new text, and the mark of the text it was made from (empty: there was none).

    A text of any length can be told; one over the bound is refused with its length.
    """

    text: str
    base: Annotated[str, Meta(max_length=64)] = ""


class SavedSection(msgspec.Struct, frozen=True, kw_only=True):
    """A section that is kept: its mark for the next save, and notes on its wording."""

    section: SectionKey
    mark: str
    revision: int
    saved_at: datetime
    notes: tuple[WordingNote, ...]


def begin(app: App, actor: Actor, incident_id: str, template_id: str = "") -> Postmortem:
    """Return the incident's postmortem, begun as a draft where there is none yet.

    It begins from the template that is named, else from the one that suits the incident. Raises
    NotFoundError, ForbiddenError, RuleError for a template that is retired or for something else.
    """
    with app.store.begin(actor, app.now()) as tx:
        incident = tx.get_as(actor, "write", Incident, incident_id)
        rows = artifacts_of(Reading(tx.connection, None), incident_id)
        written = next((row.id for row in rows if row.kind == "postmortem"), None)
        if written:
            return tx.get_as(actor, "read", Postmortem, written)
        template = _template_for(tx, actor, incident, template_id)
        draft = Postmortem(
            id=tx.next_id("postmortem"),
            template=template.id if template else None,
            template_revision=template.revision if template else 0,
            checklist=tuple(CheckItem(text=line) for line in (template.checklist if template else ())),
            title=incident.title,
            incident=incident.id,
            authors=(actor.id,),
            owner=actor.id,
            team=incident.team,
            services=incident.services,
            environments=incident.environments,
            tags=incident.tags,
            risk=risk_of(incident),
            written_at=app.now(),
            updated_at=app.now(),
            scope=incident.scope,
        )
        headings = _headings(template.sections if template else OUTLINE)
        for name, text in (("summary", incident.summary), ("impact", incident.impact.text)):
            draft = with_section(draft, name, text, headings)
        told = (incident.team,) if incident.team else ()
        return tx.save(draft, (Event(verb="created", tell=told),))


def get_postmortem(app: App, actor: Actor, postmortem_id: str) -> Postmortem:
    """Return a postmortem. Raises NotFoundError also for one the actor may not see."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return project(get_record(reading, Postmortem, postmortem_id), actor)


def write_section(app: App, actor: Actor, postmortem_id: str, section: str, new: SectionText) -> SavedSection:
    """Keep one section's text as a new revision; other sections may be written at the same time.

    A text that stands there already is no new revision. Whom it mentions anew is told. Raises
    SectionConflictError where somebody else wrote this section since, NotFoundError, ForbiddenError,
    RuleError for a retired one, InputError for an unknown section, TooLargeError.
    """
    check_prose("The section", new.text)
    now = app.now()
    with app.store.begin(actor, now) as tx:
        stored = tx.get_as(actor, "write", Postmortem, postmortem_id)
        if stored.state in _CLOSED:
            raise RuleError(f"{stored.id} is {stored.state}.", fix="Take it back into review first.")
        headings = _headings(outline_in(Reading(tx.connection, None), stored))
        name = _section_of(section, headings)
        heading = headings.get(name) or SECTION_TITLES[name]
        standing = text_of(stored, name)
        if standing != new.text:
            if mark_of(standing) != (new.base or mark_of("")):
                raise SectionConflictError(
                    f"Somebody else wrote {heading!r} since.",
                    theirs=standing,
                    fix="Keep one of the two texts, or both.",
                )
            changed = with_section(stored, name, new.text, headings)
            authors = tuple(dict.fromkeys((*stored.authors, actor.id)))
            changed = msgspec.structs.replace(changed, updated_at=now, authors=authors)
            fresh = [name for name in mentions_in(new.text) if name not in mentions_in(standing)]
            event = Event(verb="revised", detail=heading, tell=mentioned(tx, stored, fresh))
            stored = tx.save(changed, (event,), stored.revision)
    return SavedSection(
        section=name,
        mark=mark_of(text_of(stored, name)),
        revision=stored.revision,
        saved_at=now,
        notes=read_wording(new.text),
    )


def write_what_ifs(
    app: App, actor: Actor, postmortem_id: str, what_ifs: tuple[WhatIf, ...], base: str
) -> Postmortem:
    """Replace the what-ifs of a postmortem; `base` is the mark of those that were seen.

    Raises ForbiddenError, NotFoundError, RuleError for a retired one, RevisionConflictError where
    somebody else wrote them since.
    """
    now = app.now()
    with app.store.begin(actor, now) as tx:
        stored = tx.get_as(actor, "write", Postmortem, postmortem_id)
        if stored.state in _CLOSED:
            raise RuleError(f"{stored.id} is {stored.state}.", fix="Take it back into review first.")
        if mark_of_what_ifs(stored.what_ifs) != base:
            fix = "Look at theirs in another window, and bring yours to them."
            raise RevisionConflictError("Somebody else wrote the what-ifs since.", fix=fix)
        changed = msgspec.structs.replace(stored, what_ifs=what_ifs, updated_at=now)
        return tx.save(changed, (Event(verb="revised", detail="what-ifs"),), stored.revision)


def get_outline(
    app: App, actor: Actor, postmortem_id: str, demanded: Iterable[str] = ()
) -> tuple[TemplateSection, ...]:
    """Return the sections to write of a postmortem, as its template had them when it was begun.

    Raises NotFoundError also for one the actor may not see.
    """
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return outline_in(reading, get_record(reading, Postmortem, postmortem_id), demanded)


def _template_for(tx: Transaction, actor: Actor, incident: Incident, template_id: str) -> Template | None:
    if template_id:
        chosen = tx.get_as(actor, "read", Template, template_id)
        if chosen.state == "retired" or chosen.kind != "postmortem":
            raise RuleError(f"{chosen.id} begins no postmortem.", fix="Choose a template that is in use.")
        return chosen
    reading = Reading(tx.connection, scopes_of(actor))
    rows = list_templates(reading, kind="postmortem", state="in_use").rows
    suiting = suited(incident.tags, {row.source_id or row.id: row.id for row in rows})
    return tx.get(Template, suiting) if suiting else None


def _headings(outline: Iterable[TemplateSection]) -> dict[str, str]:
    return {section.name: section.title for section in outline}


def _section_of(name: str, headings: Mapping[str, str]) -> str:
    if name not in headings and name not in SECTION_TITLES:
        raise InputError(f"There is no section {name!r}.", fix=f"There are: {', '.join(headings)}.")
    return name
