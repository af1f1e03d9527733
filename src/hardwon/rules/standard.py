"""The rules of the minimum standard: which incidents demand what. A team may replace them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from hardwon.domain.errors import InputError
from hardwon.domain.standard import DEMANDS, Profile
from hardwon.rules.expression import check_conditions, compile_condition
from hardwon.rules.team_file import read_rules


class StandardRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: incidents for which the condition holds demand these. `name` says which they are.

    `within_days` of being resolved they should be met; 0 sets no day.
    """

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    when: Annotated[str, Meta(min_length=1)]
    demands: Annotated[tuple[str, ...], Meta(min_length=1, max_length=40)]
    within_days: Annotated[int, Meta(ge=0, le=3650)] = 0


class StandardRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A numbered set of rules. Every rule is asked; their demands add up."""

    revision: int = 1
    rules: tuple[StandardRule, ...] = ()


STANDARD_FILE: Final = "standard.toml"
MAX_RULES: Final = 100
_VARIABLES: Final = Profile.__struct_fields__
_FIX: Final = "A rule is a [[rules]] table with `name`, `when` and `demands`."


class Asked(NamedTuple):
    """What an incident must leave behind, each once; the names of the rules that say so; within how
    many days of being resolved (0: no day is set).
    """

    demands: tuple[str, ...]
    because: str
    within_days: int


@cache
def default_text() -> str:
    """Return the rules as shipped, as text."""
    return files(__package__).joinpath(STANDARD_FILE).read_text(encoding="utf-8")


def read_standard(text: str, name: str = "The standard") -> StandardRules:
    """Return the rules in a text. Raises InputError naming the rule and the fix."""
    rules = read_rules(text, name, StandardRules, _FIX)
    if len(rules.rules) > MAX_RULES:
        raise InputError(f"A standard has at most {MAX_RULES} rules.", fix="Join some of them.")
    for rule in rules.rules:
        unknown = [code for code in rule.demands if code not in DEMANDS]
        if unknown:
            known = ", ".join(DEMANDS)
            raise InputError(f"The rule {rule.name!r} demands {unknown[0]!r}.", fix=f"Known are: {known}.")
    check_conditions([rule.when for rule in rules.rules], _VARIABLES)
    return rules


def ask(rules: StandardRules, profile: Profile) -> Asked:
    """Return what the rules that hold for an incident demand of it."""
    values = msgspec.structs.asdict(profile)
    held = [rule for rule in rules.rules if compile_condition(rule.when, _VARIABLES)(values)]
    demands = dict.fromkeys(code for rule in held for code in rule.demands)
    days = min((rule.within_days for rule in held if rule.within_days), default=0)
    return Asked(tuple(demands), " and ".join(rule.name for rule in held), days)
