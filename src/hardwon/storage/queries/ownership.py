"""Who owns what, and how fresh it is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, case, func, literal, select, union_all

from hardwon.storage.queries.labels import carries
from hardwon.storage.store import Reading
from hardwon.storage.tables import actions, artifacts, labels, people

LIVING: Final = ("in_review", "approved", "published", "due_for_review")
AGES: Final = ("silent", "overdue", "soon", "fresh", "undated")
"""Overdue for more than 90 days, overdue, due within 30 days, due later, without a review date."""


class OwnedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing somebody owns."""

    id: str
    kind: str
    title: str
    state: str


class FreshnessRow(msgspec.Struct, frozen=True, kw_only=True):
    """The living artifacts of a service (empty: of none): how many of each age, in the order of `AGES`."""

    service: str
    counts: tuple[int, ...]


def owned_by(reading: Reading, owner: str, *, limit: int) -> tuple[OwnedRow, ...]:
    """Return the living artifacts and unfinished actions that a person owns, by id."""
    parts = [
        select(artifacts.c.id, artifacts.c.kind, artifacts.c.title, artifacts.c.state).where(
            artifacts.c.owner == owner,
            artifacts.c.kind.in_(("postmortem", "lesson", "runbook", "note")),
            artifacts.c.state.not_in(("retired", "archived")),
            reading.visible(artifacts.c.scope),
        ),
        select(actions.c.id, literal("action"), actions.c.title, actions.c.state).where(
            actions.c.owner == owner, actions.c.unfinished == 1, reading.visible(actions.c.scope)
        ),
    ]
    both = union_all(*parts).subquery()
    query = select(both.c.id, both.c.kind, both.c.title, both.c.state).order_by(both.c.id).limit(limit)
    rows = reading.connection.execute(query).mappings()
    return tuple(OwnedRow(**row) for row in rows)


def count_freshness(
    reading: Reading, today: date, *, kind: str | None = None, limit: int = 50
) -> tuple[FreshnessRow, ...]:
    """Return how fresh the living artifacts of each service are: where most is overdue first."""
    age = _age(today)
    query = (
        select(func.coalesce(labels.c.value, literal("")), age, func.count())
        .select_from(artifacts)
        .outerjoin(labels, (labels.c.record == artifacts.c.id) & (labels.c.axis == "service"))
        .where(artifacts.c.state.in_(LIVING), reading.visible(artifacts.c.scope))
        .group_by(func.coalesce(labels.c.value, literal("")), age)
    )
    if kind:
        query = query.where(artifacts.c.kind == kind)
    found: dict[str, dict[str, int]] = {}
    for service, name, number in reading.connection.execute(query):
        found.setdefault(service, {})[name] = number
    rows = [
        FreshnessRow(service=service, counts=tuple(counts.get(name, 0) for name in AGES))
        for service, counts in found.items()
    ]
    rows.sort(key=lambda row: (-row.counts[0], -row.counts[1], -sum(row.counts), row.service))
    return tuple(rows[:limit])


def count_ages(reading: Reading, today: date, *, kind: str | None = None) -> dict[str, int]:
    """Return how many living artifacts there are of each age, each counted once."""
    age = _age(today)
    query = (
        select(age, func.count())
        .where(artifacts.c.state.in_(LIVING), reading.visible(artifacts.c.scope))
        .group_by(age)
    )
    if kind:
        query = query.where(artifacts.c.kind == kind)
    return {name: int(number) for name, number in reading.connection.execute(query)}


def artifacts_of_age(
    reading: Reading, today: date, *, age: str, service: str | None, kind: str | None, limit: int
) -> list[str]:
    """Return ids of the living artifacts of one age, the longest overdue first."""
    query = select(artifacts.c.id).where(
        artifacts.c.state.in_(LIVING), _age(today) == age, reading.visible(artifacts.c.scope)
    )
    if service:
        query = query.where(carries(artifacts.c.id, "service", service))
    elif service == "":
        owned = select(labels.c.record).where(labels.c.axis == "service")
        query = query.where(artifacts.c.id.not_in(owned))
    if kind:
        query = query.where(artifacts.c.kind == kind)
    order = (artifacts.c.review_on, artifacts.c.id)
    return list(reading.connection.scalars(query.order_by(*order).limit(limit)))


def knows_person(reading: Reading, person: str) -> bool:
    """Tell whether there is such a person."""
    return reading.connection.scalar(select(people.c.id).where(people.c.id == person)) is not None


def _age(today: date) -> ColumnElement[str]:
    soon, silent = today + timedelta(days=30), today - timedelta(days=90)
    return case(
        (artifacts.c.review_on.is_(None), "undated"),
        (artifacts.c.review_on < silent, "silent"),
        (artifacts.c.review_on <= today, "overdue"),
        (artifacts.c.review_on <= soon, "soon"),
        else_="fresh",
    )
