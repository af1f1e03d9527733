"""The minimum standard: how an incident stands against it, and what its rules would have asked of the last ones."""

from __future__ import annotations

import msgspec

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.incident import Incident
from hardwon.domain.standard import Standing
from hardwon.rules.standard import STANDARD_FILE, StandardRules, load_standard
from hardwon.storage.queries.incidents import IncidentRow, list_incidents
from hardwon.storage.queries.records import get_record, get_records
from hardwon.usecases.app import App, standing_of

_LAST = 20


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One incident and what the standard asks of it."""

    incident: IncidentRow
    standing: Standing


class StandardPage(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force, and how the last incidents stand against them."""

    rules: StandardRules
    own: bool
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
    path = app.settings.home / STANDARD_FILE
    rules = load_standard(path)
    with app.store.read(scopes_of(actor)) as reading:
        rows = list_incidents(reading, limit=_LAST, today=app.today()).rows
        records = get_records(reading, [row.id for row in rows])
        tried = [
            Tried(incident=row, standing=standing_of(app, reading, record))
            for row in rows
            if isinstance(record := records.get(row.id), Incident)
        ]
    return StandardPage(rules=rules, own=path.is_file(), tried=tuple(tried))
