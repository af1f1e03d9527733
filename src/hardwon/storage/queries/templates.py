"""Lists of templates, and what documents take from them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import msgspec
from sqlalchemy import exists, select

from hardwon.domain.access import EVERYONE
from hardwon.domain.errors import NotFoundError
from hardwon.domain.guide import outline_of
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.record import decode
from hardwon.domain.template import Template, TemplateKind, TemplateSection, TemplateState
from hardwon.storage.queries.page import Page, check_limit, decode_cursor, encode_cursor, past
from hardwon.storage.queries.records import get_revision
from hardwon.storage.store import Reading
from hardwon.storage.tables import counters, templates

_MOST_AGENDAS: Final = 200


class TemplateRow(msgspec.Struct, frozen=True, kw_only=True):
    """One template in a list."""

    id: str
    title: str
    kind: TemplateKind
    state: TemplateState
    source_id: str
    revision: int


def list_templates(
    reading: Reading,
    *,
    kind: str | None = None,
    state: str | None = None,
    limit: int = 100,
    after: str | None = None,
) -> Page[TemplateRow]:
    """Return a page of templates by kind, then by id. Raises InputError for a bad cursor or limit."""
    check_limit(limit)
    t = templates.c
    query = select(t.id, t.title, t.kind, t.state, t.source_id, t.revision).where(reading.visible(t.scope))
    if kind:
        query = query.where(t.kind == kind)
    if state:
        query = query.where(t.state == state)
    if after:
        query = query.where(past((t.kind, t.id), decode_cursor(after, (str, str)), descending=False))
    rows = reading.connection.execute(query.order_by(t.kind, t.id).limit(limit + 1)).mappings().all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        rows=tuple(TemplateRow(**row) for row in rows[:limit]),
        next=encode_cursor((last["kind"], last["id"])) if last else None,
    )


def agendas(reading: Reading, scope: str) -> tuple[Template, ...]:
    """Return the agendas in use that all may see who may see `scope`, in order of their ids."""
    t = templates.c
    query = (
        select(t.body)
        .where(t.kind == "review_agenda", t.state == "in_use", t.scope.in_((EVERYONE, scope)))
        .order_by(t.id)
        .limit(_MOST_AGENDAS)
    )
    found = (decode("template", body) for body in reading.connection.scalars(query))
    return tuple(record for record in found if isinstance(record, Template))


def outline_in(
    reading: Reading, postmortem: Postmortem, demanded: Iterable[str] = ()
) -> tuple[TemplateSection, ...]:
    """Return the sections to write of a postmortem, as its template had them when it was begun."""
    template = None
    if postmortem.template:
        with suppress(NotFoundError):  # written elsewhere, and imported without its template
            template = get_revision(reading, Template, postmortem.template, postmortem.template_revision)
    return outline_of(postmortem, template, demanded)


def any_template_yet(reading: Reading) -> bool:
    """Tell whether this workspace ever had a template."""
    counted = select(exists().where(counters.c.name == "id:template"))
    return bool(reading.connection.scalar(counted))
