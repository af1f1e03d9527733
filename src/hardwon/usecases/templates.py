"""Templates: what documents begin from, kept and changed by the teams that write them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.access import EVERYONE, authorise, scopes_of
from hardwon.domain.actor import Actor, system
from hardwon.domain.event import Event
from hardwon.domain.outline import with_text
from hardwon.domain.projection import project
from hardwon.domain.template import Template, TemplateKind, retire, reuse
from hardwon.domain.text import Line, Name, Title, number_of
from hardwon.starter import KINDS as STARTERS
from hardwon.starter import starters
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_record
from hardwon.storage.queries.templates import TemplateRow, any_template_yet
from hardwon.storage.queries.templates import list_templates as query_templates
from hardwon.usecases.app import App


class GivenTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody says of a template. `text` is its outline, or what a document begins with."""

    title: Title
    kind: TemplateKind = "postmortem"
    about: Line = ""
    text: Annotated[str, Meta(max_length=100_000)] = ""
    owner: Name | None = None
    team: Name | None = None
    scope: Line = EVERYONE


def create(app: App, actor: Actor, given: GivenTemplate) -> Template:
    """Keep a new template, in use. Raises ForbiddenError, InputError where its text is no outline."""
    authorise(actor, "write", given.scope)
    now = app.now()
    with app.store.begin(actor, now) as tx:
        fresh = Template(
            id=tx.next_id("template"),
            title=given.title,
            kind=given.kind,
            about=given.about,
            owner=given.owner or actor.id,
            team=given.team,
            scope=given.scope,
            written_at=now,
            updated_at=now,
        )
        return tx.save(with_text(fresh, given.text), (Event(verb="created"),))


def revise(app: App, actor: Actor, template_id: str, given: GivenTemplate, expected: int) -> Template:
    """Replace a template's words; its kind stays. What was begun from it stays as it is.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, InputError.
    """
    now = app.now()
    with app.store.begin(actor, now) as tx:
        stored = tx.get_as(actor, "write", Template, template_id)
        authorise(actor, "write", given.scope)
        changed = msgspec.structs.replace(
            stored,
            title=given.title,
            about=given.about,
            owner=given.owner,
            team=given.team,
            scope=given.scope,
            updated_at=now,
        )
        told = tuple(name for name in (stored.owner, stored.team) if name)
        return tx.save(with_text(changed, given.text), (Event(verb="revised", tell=told),), expected)


def move(
    app: App, actor: Actor, template_id: str, state: Literal["in_use", "retired"], expected: int
) -> Template:
    """Retire a template, or take it into use again.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, RuleError.
    """
    now = app.now()
    with app.store.begin(actor, now) as tx:
        stored = tx.get_as(actor, "write", Template, template_id)
        moved = retire(stored, now) if state == "retired" else reuse(stored, now)
        event = Event(verb="moved", detail=f"{stored.state} to {state}")
        return tx.save(moved, (event,), expected)


def get_template(app: App, actor: Actor, template_id: str) -> Template:
    """Return a template. Raises NotFoundError also for one the actor may not see."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return project(get_record(reading, Template, template_id), actor)


def list_templates(
    app: App,
    actor: Actor,
    *,
    kind: str | None = None,
    state: str | None = None,
    limit: int = 100,
    after: str | None = None,
) -> Page[TemplateRow]:
    """Return a page of the templates the actor may see, by kind."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        return query_templates(reading, kind=kind, state=state, limit=limit, after=after)


def bring_in(app: App) -> int:
    """Give a workspace that never had a template those it begins with; return how many.

    For the wiring, in the system's name. Safe to call from several processes at once.
    """
    with app.store.read(None) as reading:
        if any_template_yet(reading):
            return 0
    with app.store.begin(system(), app.now()) as tx:
        ids = tx.next_ids("template", len(STARTERS))
        if number_of(ids[0]) != 1:  # another process was first
            return 0
        rows = starters(ids)
        tx.save_many(rows, Event(verb="created", detail="what a workspace begins with"))
        return len(rows)
