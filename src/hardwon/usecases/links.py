"""Links both ways: who points at a record or an address, what shares one, and links that lead nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.artifact import Artifact
from hardwon.domain.errors import InputError
from hardwon.domain.mention import addresses_of
from hardwon.domain.projection import project
from hardwon.domain.record import TYPES, Record
from hardwon.domain.reference import key_of
from hardwon.exchange.reachable import Answer, Reach, ask_all
from hardwon.storage.queries.links import (
    DeadLinkRow,
    LinkRow,
    count_pointing_at,
    living_records,
    pointing_at,
    sharing,
)
from hardwon.storage.queries.links import dead_links as query_dead_links
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_records
from hardwon.usecases.app import App, Progress, no_progress

SHOWN: Final = 50
"""Links that a page shows at once."""
_BATCH: Final = 500
MAX_ADDRESSES: Final = 2_000
"""Addresses that are asked at one go."""


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around a record: who points here, how many in all, and who shares an address with it."""

    here: tuple[LinkRow, ...]
    total: int
    also: tuple[LinkRow, ...]


class DeadLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that leads nowhere: where it stands, whose that is, what it names, and what to do."""

    record: str
    title: str
    owner: str
    relation: str
    target: str
    fault: str
    fix: str


class DeadAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address that did not answer as it should, and the records it stands in."""

    url: str
    fault: str
    reason: str
    fix: str
    records: tuple[tuple[str, str], ...]


class AddressReport(msgspec.Struct, frozen=True, kw_only=True):
    """What asking the addresses gave: how many there are, how many were asked, which did not answer."""

    found: int
    asked: int
    dead: tuple[DeadAddress, ...]


def get_around(app: App, actor: Actor, record: Record) -> Around:
    """Return the visible records that point at one the actor has opened, or share an address with it."""
    authorise(actor, "read")
    keys = [key_of(reference.url) for reference in getattr(record, "references", ())]
    with app.store.read(scopes_of(actor)) as reading:
        return Around(
            here=pointing_at(reading, record.id, limit=SHOWN).rows,
            total=count_pointing_at(reading, record.id),
            also=sharing(reading, record.id, keys, limit=SHOWN),
        )


def list_pointing(
    app: App, actor: Actor, to: str, *, limit: int = 50, after: str | None = None
) -> Page[LinkRow]:
    """Return a page of the visible records that point at an id or an address. Raises InputError for none."""
    authorise(actor, "read")
    if not to.strip():
        raise InputError("Say what the links lead to.", fix="Name it: ?to=INC-0042, or an address.")
    target = key_of(to) if "://" in to else to
    with app.store.read(scopes_of(actor)) as reading:
        return pointing_at(reading, target, limit=limit, after=after)


def list_dead(app: App, actor: Actor, *, limit: int = 50, after: str | None = None) -> Page[DeadLink]:
    """Return a page of the links between records that lead nowhere, by the record they stand in."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        page = query_dead_links(reading, limit=limit, after=after)
        ids = dict.fromkeys(name for row in page.rows for name in (row.source, row.target))
        records = get_records(reading, list(ids))
    rows = tuple(_dead_link(row, records) for row in page.rows if row.source in records)
    return project(Page(rows=rows, next=page.next), actor)


def check_addresses(
    app: App,
    actor: Actor,
    *,
    allow_private: bool = False,
    limit: int = MAX_ADDRESSES,
    progress: Progress = no_progress,
) -> AddressReport:
    """Ask the web addresses in the records the actor may see, and return those that fail.

    This goes out to the network, so only a person's own request may call it. Nothing is stored.
    """
    authorise(actor, "read")
    holders: dict[str, list[Record]] = {}
    spelled: dict[str, str] = {}
    with app.store.read(scopes_of(actor)) as reading:
        for record in living_records(reading):
            for address in addresses_of(record):
                spelled.setdefault(key_of(address), address)
                holders.setdefault(key_of(address), []).append(record)
    asked = dict(list(spelled.items())[: min(limit, MAX_ADDRESSES)])
    answers = ask_all(list(asked.values()), Reach(allow_private=allow_private), progress=progress)
    dead = [
        _dead_address(answer, holders[key])
        for key, answer in zip(asked, answers, strict=True)
        if answer.fault
    ]
    return AddressReport(found=len(spelled), asked=len(asked), dead=tuple(dead))


def relink(app: App, actor: Actor, *, progress: Progress = no_progress) -> int:
    """Write the links of all records anew, as this version reads them, and return how many there are.

    A workspace from before has not kept what its records' words name. Raises ForbiddenError.
    """
    authorise(actor, "administer")
    done = 0
    for kind in TYPES:
        after = ""
        while True:
            with app.store.begin(actor, app.now()) as tx:
                ids = tx.relink(kind, after, _BATCH)
            done += len(ids)
            progress("links", done, None)
            if len(ids) < _BATCH:
                break
            after = ids[-1]
    return done


def _dead_link(row: DeadLinkRow, records: dict[str, Record]) -> DeadLink:
    source, target = records[row.source], records.get(row.target)
    successor = target.successor if isinstance(target, Artifact) else None
    if row.fault == "archived":
        fix = f"Name {successor} instead." if successor else "Name what took its place, or bring it back."
    elif row.relation == "mention":
        fix = "Correct the id in its text, or take it out."
    else:
        fix = "Correct the link, or take it off: no record has that id."
    return DeadLink(
        record=row.source,
        title=title_of(source),
        owner=owner_of(source),
        relation=row.relation,
        target=row.target,
        fault=row.fault,
        fix=fix,
    )


def _dead_address(answer: Answer, holders: Sequence[Record]) -> DeadAddress:
    return DeadAddress(
        url=answer.url,
        fault=answer.fault,
        reason=answer.reason,
        fix=answer.fix,
        records=tuple((record.id, owner_of(record)) for record in holders[:SHOWN]),
    )


def title_of(record: Record) -> str:
    """Return what a list calls a record."""
    return str(getattr(record, "title", "") or f"On {getattr(record, 'artifact', record.id)}")


def owner_of(record: Record) -> str:
    """Return who looks after a record, empty where nobody does."""
    names = ("owner", "facilitator", "author", "team")
    return next((str(value) for name in names if (value := getattr(record, name, None))), "")
