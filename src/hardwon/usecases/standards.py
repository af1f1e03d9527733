"""The minimum standard: what an incident still lacks, what the rules ask of the last incidents, changing them."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.errors import RuleError
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.policy import STANDARD, Policy
from hardwon.domain.projection import project
from hardwon.domain.standard import Standing
from hardwon.rules.standard import STANDARD_FILE, StandardRules, read_standard
from hardwon.storage.queries.incidents import IncidentRow, list_incidents
from hardwon.storage.queries.records import get_record, get_records
from hardwon.storage.store import Reading
from hardwon.usecases.app import App, standard_in, standing_of

_LAST: Final = 20


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One incident and what the standard asks of it."""

    incident: IncidentRow
    standing: Standing


class StandardPage(msgspec.Struct, frozen=True, kw_only=True):
    """Rules, their text, where they are kept, and how the last incidents stand against them.

    `revision` is that of the workspace's own rules, 0 where there are none.
    """

    rules: StandardRules
    text: str
    kept: Literal["file", "workspace", "shipped"]
    revision: int
    tried: tuple[Tried, ...]


def get_standing(app: App, actor: Actor, incident_id: str, *, besides: str = "") -> Standing:
    """Return what the incident still lacks, one demand left aside.

    Raises NotFoundError, InputError for rules that are broken.
    """
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        incident = get_record(reading, Incident, incident_id)
        return standing_of(app, reading, incident, besides=besides)


def get_standard(app: App, actor: Actor) -> StandardPage:
    """Return the rules in force and what they ask of the last 20 incidents.

    Raises ForbiddenError, InputError for rules that are broken.
    """
    authorise(actor, "read")
    with app.store.read(scopes_of(actor)) as reading:
        stands = standard_in(app, reading)
        tried = _try(app, reading, stands.rules)
    page = StandardPage(
        rules=stands.rules, text=stands.text, kept=stands.kept, revision=stands.revision, tried=tried
    )
    return project(page, actor)


def try_standard(app: App, actor: Actor, text: str) -> StandardPage:
    """Return what other rules would have asked of the last 20 incidents; nothing is kept.

    Raises ForbiddenError, InputError naming the rule that is broken and the fix.
    """
    authorise(actor, "read")
    rules = read_standard(text)
    with app.store.read(scopes_of(actor)) as reading:
        kept = _own(reading)
        page = StandardPage(
            rules=rules, text=text, kept="workspace", revision=kept, tried=_try(app, reading, rules)
        )
    return project(page, actor)


def write_standard(app: App, actor: Actor, text: str, expected_revision: int) -> Policy:
    """Make these the rules in force; `expected_revision` 0 where the workspace has none of its own yet.

    Raises ForbiddenError without the right to review, InputError for rules that are broken, RuleError
    where a file holds the standard, RevisionConflictError.
    """
    authorise(actor, "review")
    if (app.settings.home / STANDARD_FILE).is_file():
        raise RuleError(f"{STANDARD_FILE} holds the standard.", fix="Change the file, or take it away.")
    rules, now = read_standard(text), app.now()
    detail = f"{len(rules.rules)} rules"
    with app.store.begin(actor, now) as tx:
        fresh = Policy(id=STANDARD, title="The minimum standard", text=text, written_at=now, updated_at=now)
        if not expected_revision:
            return tx.save(fresh, (Event(verb="created", detail=detail),))
        stored = tx.get(Policy, STANDARD)
        changed = msgspec.structs.replace(stored, text=text, updated_at=now)
        return tx.save(changed, (Event(verb="revised", detail=detail),), expected_revision)


def _own(reading: Reading) -> int:
    found = get_records(reading, [STANDARD]).get(STANDARD)
    return found.revision if found else 0


def _try(app: App, reading: Reading, rules: StandardRules) -> tuple[Tried, ...]:
    rows = list_incidents(reading, limit=_LAST, today=app.today()).rows
    records = get_records(reading, [row.id for row in rows])
    return tuple(
        Tried(incident=row, standing=standing_of(app, reading, record, rules=rules))
        for row in rows
        if isinstance(record := records.get(row.id), Incident)
    )
