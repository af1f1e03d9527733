"""Lists of templates."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import exists, select

from hardwon.domain.access import EVERYONE
from hardwon.domain.record import decode
from hardwon.domain.template import Template, TemplateKind, TemplateState
from hardwon.storage.queries.page import Page, check_limit, decode_cursor, encode_cursor, past
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


def any_template_yet(reading: Reading) -> bool:
    """Tell whether this workspace ever had a template."""
    counted = select(exists().where(counters.c.name == "id:template"))
    return bool(reading.connection.scalar(counted))
