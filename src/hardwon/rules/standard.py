"""The rules of the minimum standard: which incidents demand what. A team may replace them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from hardwon.domain.errors import InputError
from hardwon.domain.standard import DEMANDS, Profile
from hardwon.rules.expression import check_conditions, compile_condition
from hardwon.rules.team_file import read_team_file


class StandardRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: incidents for which the condition holds demand these. `name` says which they are."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    when: Annotated[str, Meta(min_length=1)]
    demands: Annotated[tuple[str, ...], Meta(min_length=1, max_length=40)]


class StandardRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A numbered set of rules. Every rule is asked; their demands add up."""

    revision: int = 1
    rules: tuple[StandardRule, ...] = ()


DEFAULT_STANDARD: Final = StandardRules(
    revision=1,
    rules=(
        StandardRule(
            name="a SEV1 or SEV2",
            when="severity >= 1 && severity <= 2",
            demands=(
                "detected",
                "resolved",
                "timeline",
                "section:summary",
                "section:impact",
                "section:went_wrong",
                "section:remediation",
                "section:rollback",
                "section:monitoring",
                "factor",
                "evidence",
                "action",
                "action_owners",
                "action_criteria",
                "lesson",
                "postmortem",
            ),
        ),
        StandardRule(
            name="a SEV3",
            when="severity == 3",
            demands=("detected", "resolved", "section:summary", "factor", "action", "action_owners"),
        ),
        StandardRule(
            name="an incident of several services",
            when="services >= 3",
            demands=("timeline", "section:summary", "section:impact", "factor"),
        ),
        StandardRule(
            name="an incident that touched customers",
            when="customers == 1 && severity >= 1 && severity <= 3",
            demands=("section:impact",),
        ),
    ),
)
STANDARD_FILE: Final = "standard.toml"
_VARIABLES: Final = Profile.__struct_fields__
_FIX: Final = "A rule is a [[rules]] table with `name`, `when` and `demands`."


def load_standard(path: Path) -> StandardRules:
    """Return the team's rules from a TOML file, or the default where there is no such file.

    Raises InputError naming the rule and the fix.
    """
    rules = read_team_file(path, StandardRules, _FIX)
    if rules is None:
        return DEFAULT_STANDARD
    for rule in rules.rules:
        unknown = [code for code in rule.demands if code not in DEMANDS]
        if unknown:
            known = ", ".join(DEMANDS)
            raise InputError(f"The rule {rule.name!r} demands {unknown[0]!r}.", fix=f"Known are: {known}.")
    check_conditions([rule.when for rule in rules.rules], _VARIABLES)
    return rules


def demands_of(rules: StandardRules, profile: Profile) -> tuple[tuple[str, ...], str]:
    """Return what an incident must leave behind, each once, and the names of the rules that say so."""
    values = msgspec.structs.asdict(profile)
    held = [rule for rule in rules.rules if compile_condition(rule.when, _VARIABLES)(values)]
    demands = dict.fromkeys(code for rule in held for code in rule.demands)
    return tuple(demands), " and ".join(rule.name for rule in held)
