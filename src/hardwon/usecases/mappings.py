"""Mappings: how a generic source's own JSON becomes signals; tried on what came before they are kept."""

from __future__ import annotations

from typing import Final

import msgspec

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor
from hardwon.domain.errors import NotFoundError, RuleError
from hardwon.domain.event import Event
from hardwon.domain.mapping import Mapping
from hardwon.domain.signal import Signal
from hardwon.domain.source import Source
from hardwon.exchange.webhooks.source import read_delivery
from hardwon.rules.mapping import mapper_of, read_mapping, text_of
from hardwon.storage.deliveries import last_body
from hardwon.storage.queries.records import get_record
from hardwon.usecases.app import App

_SHOWN: Final = 50


class MappingText(msgspec.Struct, frozen=True, kw_only=True):
    """A source's mapping as TOML, empty where it has none, and the source's revision."""

    text: str
    revision: int


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a mapping would make of a body: the rules that spoke, how many signals, and the first fifty of them."""

    event: str
    count: int
    signals: tuple[Signal, ...]


def get_mapping(app: App, actor: Actor, source_id: str) -> MappingText:
    """Return a source's mapping. Raises ForbiddenError, NotFoundError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        source = get_record(reading, Source, source_id)
    return MappingText(text=text_of(source.mapping) if source.mapping else "", revision=source.revision)


def try_mapping(
    app: App, actor: Actor, source_id: str, text: str, body: str = "", headers: dict[str, str] | None = None
) -> Trial:
    """Return what a mapping would make of a body, the last delivery's where none is given; nothing is kept.

    Raises ForbiddenError, NotFoundError where nothing was delivered yet, InputError naming the place that is broken
    or cannot read the body.
    """
    authorise(actor, "administer")
    mapping = read_mapping(text)
    with app.store.read(None) as reading:
        source = get_record(reading, Source, source_id)
        _expect_generic(source)
        last = None if body.strip() else last_body(reading, source_id)
    if body.strip():
        given = (
            {name.lower(): value for name, value in (headers or {}).items()},
            body.encode("utf-8", "replace"),
        )
    elif last is not None:
        given = last
    else:
        raise NotFoundError(f"{source_id} has no delivery that was kept.", fix="Give a body to try it on.")
    event, signals = read_delivery(source.kind, *given, mapper_of(mapping))
    return Trial(event=event, count=len(signals), signals=signals[:_SHOWN])


def write_mapping(app: App, actor: Actor, source_id: str, text: str, expected_revision: int) -> Source:
    """Make this a source's mapping; an empty text takes it away. What was delivered before stays as it was read.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, RuleError for a source of another kind, InputError
    naming the place that is broken.
    """
    authorise(actor, "administer")
    mapping: Mapping | None = read_mapping(text) if text.strip() else None
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "administer", Source, source_id)
        _expect_generic(stored)
        changed = msgspec.structs.replace(stored, mapping=mapping, updated_at=app.now())
        detail = f"mapping of {len(mapping.rules)} rules" if mapping else "no mapping"
        saved = tx.save(changed, (Event(verb="revised", detail=detail),), expected_revision)
    app.doors.forget(saved.id)
    return saved


def _expect_generic(source: Source) -> None:
    if source.kind != "generic":
        raise RuleError(f"{source.id} sends words that are known.", fix="Map a source that sends any JSON.")
