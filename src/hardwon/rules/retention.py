"""The rules of retention: which incidents are pruned after how long, and which are held."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from hardwon.domain.errors import InputError
from hardwon.domain.incident import Incident
from hardwon.domain.retention import Due, Part, due_on
from hardwon.domain.standard import Profile, profile_of
from hardwon.domain.text import Name
from hardwon.rules.expression import check_conditions, compile_condition
from hardwon.rules.team_file import read_rules

MAX_RULES: Final = 100
_FILE: Final = "retention.toml"
_VARIABLES: Final = Profile.__struct_fields__
_FIX: Final = (
    "A rule is a [[rules]] table with `name`, `when`, `after_days` and `drop`, "
    "a hold a [[holds]] table with `name` and `incidents`, `services` or `when`."
)


class RetentionRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Incidents for which the condition holds lose these parts so many days after they were closed."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    when: Annotated[str, Meta(min_length=1)]
    after_days: Annotated[int, Meta(ge=1, le=36_500)]
    drop: Annotated[tuple[Part, ...], Meta(min_length=1, max_length=5)]


class Hold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it names is neither pruned nor erased, until a day or for as long as it stands."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    incidents: Annotated[tuple[Name, ...], Meta(max_length=10_000)] = ()
    services: Annotated[tuple[Name, ...], Meta(max_length=1_000)] = ()
    when: str = ""
    until: date | None = None


class RetentionRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules and holds; notices go so many days after they were read, and what a delivery of another system held so
    many days after it came (0: they stay).
    """

    revision: int = 1
    rules: tuple[RetentionRule, ...] = ()
    holds: tuple[Hold, ...] = ()
    notices_days: Annotated[int, Meta(ge=0, le=36_500)] = 365
    deliveries_days: Annotated[int, Meta(ge=0, le=36_500)] = 90


@cache
def default_text() -> str:
    """Return the rules as shipped, as text."""
    return files(__package__).joinpath(_FILE).read_text(encoding="utf-8")


def read_retention(text: str) -> RetentionRules:
    """Return the rules in a text. Raises InputError naming the rule and the fix."""
    rules = read_rules(text, "The retention", RetentionRules, _FIX)
    if len(rules.rules) > MAX_RULES or len(rules.holds) > MAX_RULES:
        raise InputError(f"There are at most {MAX_RULES} rules and as many holds.", fix="Join some of them.")
    for hold in rules.holds:
        if not (hold.incidents or hold.services or hold.when):
            raise InputError(f"The hold {hold.name!r} names nothing.", fix=_FIX)
    conditions = [rule.when for rule in rules.rules] + [hold.when for hold in rules.holds if hold.when]
    check_conditions(conditions, _VARIABLES)
    return rules


def hold_on(rules: RetentionRules, incident: Incident, today: date) -> str:
    """Return the name of the hold that keeps an incident, empty where none does."""
    values = msgspec.structs.asdict(profile_of(incident))
    for hold in rules.holds:
        if hold.until is not None and hold.until < today:
            continue
        named = incident.id in hold.incidents or not set(hold.services).isdisjoint(incident.services)
        if named or (hold.when and compile_condition(hold.when, _VARIABLES)(values)):
            return hold.name
    return ""


def dues_of(rules: RetentionRules, incident: Incident, today: date) -> tuple[Due, ...]:
    """Return what the rules take from an incident that is over, and when; or what holds it."""
    values = msgspec.structs.asdict(profile_of(incident))
    held = hold_on(rules, incident, today)
    found = []
    for rule in rules.rules:
        on = due_on(incident, rule.after_days)
        if on is not None and compile_condition(rule.when, _VARIABLES)(values):
            due = Due(
                incident=incident.id,
                title=incident.title,
                rule=rule.name,
                parts=rule.drop,
                on=on,
                held_by=held,
            )
            found.append(due)
    return tuple(found)
