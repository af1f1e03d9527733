"""Kept checks: what gates were answered, listed and read by whoever may see what was found."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.gate import KeptCheck, seen_by
from hardwon.storage.checks import get_check as query_check
from hardwon.storage.checks import list_checks as query_checks
from hardwon.storage.queries.page import Page
from hardwon.storage.queries.records import get_records
from hardwon.storage.store import Reading
from hardwon.usecases.app import App


class CheckPage(msgspec.Struct, frozen=True, kw_only=True):
    """A kept check, and the titles of the records it names."""

    check: KeptCheck
    titles: dict[str, str]


def list_checks(
    app: App,
    actor: Actor,
    *,
    verdict: str | None = None,
    service: str | None = None,
    deployment: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[KeptCheck]:
    """Return a page of what gates were answered, newest first. Raises ForbiddenError, InputError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        page = query_checks(
            reading, verdict=verdict, service=service, deployment=deployment, limit=limit, after=after
        )
        titles = _titles(reading, page.rows)
    return msgspec.structs.replace(page, rows=tuple(seen_by(one, frozenset(titles)) for one in page.rows))


def get_check(app: App, actor: Actor, check_id: str) -> CheckPage:
    """Return what a gate was answered. Raises ForbiddenError, NotFoundError."""
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        kept = query_check(reading, check_id)
        titles = _titles(reading, [kept])
    return CheckPage(check=seen_by(kept, frozenset(titles)), titles=titles)


def _titles(reading: Reading, kept: Sequence[KeptCheck]) -> dict[str, str]:
    """Return the titles of those of the named records that the reader sees."""
    names = list(dict.fromkeys(finding.id for one in kept for finding in one.findings))
    return {name: str(getattr(one, "title", name)) for name, one in get_records(reading, names).items()}
