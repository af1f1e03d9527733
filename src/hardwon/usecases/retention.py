"""Retention and legal hold: what is let go when, what is held, changing the rules, and carrying them out."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor, system
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident
from hardwon.domain.policy import RETENTION, Policy
from hardwon.domain.record import decode, encode
from hardwon.domain.retention import Due, Part, Pruner
from hardwon.rules.retention import RetentionRules, dues_of, hold_on, read_retention
from hardwon.storage import erasing
from hardwon.storage.attachments import drop_file
from hardwon.storage.deliveries import let_go
from hardwon.storage.dispatches import drop_sent
from hardwon.storage.notices import drop_read
from hardwon.storage.queries.records import get_bodies
from hardwon.storage.queries.retention import files_of, iterate_ended, unnamed
from hardwon.storage.sides import advance, stands_at
from hardwon.storage.store import Reading
from hardwon.usecases.app import App, Retention, retention_in

_SHOWN: Final = 50
_AHEAD: Final = 90
"""Days ahead of which the page tells what will be let go."""
_DAY: Final = "retention"
_SENT: Final = timedelta(days=30)
"""How long what was sent to other systems is shown."""


class RetentionPage(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force, their text, and what they let go of within 90 days; `more` where not all is shown.

    `revision` is that of the workspace's own rules, 0 while they are as shipped.
    """

    rules: RetentionRules
    text: str
    revision: int
    due: tuple[Due, ...]
    more: bool


def get_retention(app: App, actor: Actor) -> RetentionPage:
    """Return the rules and what is due. Raises ForbiddenError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        stands = retention_in(reading)
        due = _coming(app, reading, stands.rules)
    return _page(stands, due)


def try_retention(app: App, actor: Actor, text: str) -> RetentionPage:
    """Return what other rules would let go of; nothing is kept.

    Raises ForbiddenError, InputError naming the rule that is broken and the fix.
    """
    authorise(actor, "administer")
    rules = read_retention(text)
    with app.store.read(None) as reading:
        tried = Retention(rules, text, retention_in(reading).revision)
        due = _coming(app, reading, rules)
    return _page(tried, due)


def write_retention(app: App, actor: Actor, text: str, expected_revision: int) -> Policy:
    """Make these the rules in force; `expected_revision` 0 while they are as shipped.

    Raises ForbiddenError, InputError for rules that are broken, RevisionConflictError.
    """
    authorise(actor, "administer")
    rules, now = read_retention(text), app.now()
    detail = f"{len(rules.rules)} rules, {len(rules.holds)} holds"
    with app.store.begin(actor, now) as tx:
        if not expected_revision:
            fresh = Policy(
                id=RETENTION, title="Retention and legal holds", text=text, written_at=now, updated_at=now
            )
            return tx.save(fresh, (Event(verb="created", detail=detail),))
        stored = tx.get(Policy, RETENTION)
        changed = msgspec.structs.replace(stored, text=text, updated_at=now)
        return tx.save(changed, (Event(verb="revised", detail=detail),), expected_revision)


def apply(app: App) -> int:
    """Let go of what is due, once a day; return of how many incidents. For the worker, in the system's name.

    Each incident is a write of its own with entries that name the rule. Files go that nothing names any more.
    """
    today = app.today()
    with app.store.read(None) as reading:
        if stands_at(reading.connection, _DAY) >= today.toordinal():
            return 0
        rules = retention_in(reading).rules
        due = [one for one in _dues(app, reading, rules) if one.on <= today and not one.held_by]
    files: set[str] = set()
    pruned = set()
    for one in due:
        with app.store.begin(system(), app.now()) as tx:
            inside = Reading(tx.connection, None)
            if _was_held(app, inside, rules, one.incident):
                continue
            named = files_of(inside, one.incident)
            if erasing.prune(tx, one.incident, Pruner(one.parts), _why(one)):
                pruned.add(one.incident)
                files |= named
    _let_deliveries_go(app, rules)
    with app.store.begin(system(), app.now()) as tx:
        drop_sent(tx, app.now() - _SENT)
        if rules.notices_days:
            drop_read(tx, app.now() - timedelta(days=rules.notices_days))
        advance(tx.connection, _DAY, today.toordinal() - stands_at(tx.connection, _DAY))
    with app.store.read(None) as reading:
        gone = unnamed(reading, files)
    for sha256 in gone:
        drop_file(app.settings.attachments, sha256)
    return len(pruned)


def _let_deliveries_go(app: App, rules: RetentionRules) -> None:
    """Let what old deliveries held go; while anything is held all of them stay, for each may be of it."""
    today = app.today()
    if not rules.deliveries_days or any(hold.until is None or hold.until >= today for hold in rules.holds):
        return
    more = True
    while more:
        with app.store.begin(system(), app.now()) as tx:
            more = let_go(tx, app.now() - timedelta(days=rules.deliveries_days))


def _was_held(app: App, reading: Reading, rules: RetentionRules, incident: str) -> bool:
    """Tell whether any revision of an incident is held: nobody takes it out of a hold by changing it."""
    if not rules.holds:
        return False
    bodies = get_bodies(reading, "incident", [incident])[incident].values()
    records = (decode("incident", body) for body in bodies)
    return any(isinstance(one, Incident) and hold_on(rules, one, app.today()) for one in records)


def _page(stands: Retention, due: list[Due]) -> RetentionPage:
    return RetentionPage(
        rules=stands.rules,
        text=stands.text,
        revision=stands.revision,
        due=tuple(due[:_SHOWN]),
        more=len(due) > _SHOWN,
    )


def _coming(app: App, reading: Reading, rules: RetentionRules) -> list[Due]:
    """Return what is due within 90 days or held from it, soonest first, one more than is shown."""
    horizon = app.today() + timedelta(days=_AHEAD)
    found = [one for one in _dues(app, reading, rules) if one.on <= horizon]
    return sorted(found, key=lambda one: (one.on, one.incident))


def _dues(app: App, reading: Reading, rules: RetentionRules) -> list[Due]:
    """Return what the rules take from each incident that still has it."""
    if not rules.rules:
        return []
    today, found = app.today(), []
    for incident in iterate_ended(reading):
        body = encode(incident)
        found += [one for one in dues_of(rules, incident, today) if Pruner(one.parts).body(body) is not None]
    return found


def _why(due: Due) -> str:
    parts: tuple[Part, ...] = due.parts
    return f"retention, {due.rule}: {', '.join(parts)}"
