"""The rules of the check: which counts make it warn or block. A team may replace them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.check import Counts, Verdict
from hardwon.rules.expression import check_conditions, compile_condition
from hardwon.rules.team_file import read_team_file

Budget = Annotated[float, Meta(ge=0.002, le=0.5)]


class CheckRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: when the condition holds, the answer is at least this severe, because ...."""

    when: Annotated[str, Meta(min_length=1)]
    verdict: Literal["warn", "block"]
    because: Annotated[str, Meta(min_length=1, max_length=300)]


class CheckRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A numbered set of rules. Every rule is asked; the most severe that holds decides.

    `budget` is the share of harmless changes that may raise an alert, `budgets` that of single teams by their id.
    """

    revision: int = 1
    budget: Budget = 0.05
    budgets: dict[str, Budget] = {}
    rules: tuple[CheckRule, ...] = ()


DEFAULT_RULES: Final = CheckRules(
    revision=1,
    rules=(
        CheckRule(
            when="overdue_actions > 0 && worst_severity == 1",
            verdict="block",
            because="a promise made after a SEV1 like this is overdue",
        ),
        CheckRule(
            when="risk >= 80", verdict="block", because="four of five such changes are expected to fail"
        ),
        CheckRule(
            when="open_actions > 0",
            verdict="warn",
            because="something we promised after a failure like this is not finished",
        ),
        CheckRule(when="lessons > 0", verdict="warn", because="a lesson applies to this change"),
        CheckRule(
            when="unproven_runbooks > 0 && incidents > 0",
            verdict="warn",
            because="the runbook for such a failure is unproven",
        ),
        CheckRule(
            when="high_risk > 0",
            verdict="warn",
            because="its risk of failing is far above what is usual here",
        ),
        CheckRule(
            when="recent_incidents > 0",
            verdict="warn",
            because="a change like this hurt within the last 90 days",
        ),
    ),
)
_FIX: Final = "A rule is a [[rules]] table with `when`, `verdict` and `because`."
_VARIABLES: Final = Counts.__struct_fields__
_RANK: Final[dict[Verdict, int]] = {"pass": 0, "warn": 1, "block": 2, "unchecked": 3}


def load_rules(path: Path) -> CheckRules:
    """Return the team's rules from a TOML file, or the default where there is no such file.

    Raises InputError naming the rule and the fix.
    """
    rules = read_team_file(path, CheckRules, _FIX)
    if rules is None:
        return DEFAULT_RULES
    check_conditions([rule.when for rule in rules.rules], _VARIABLES)
    return rules


def decide(rules: CheckRules, counts: Counts) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict and every reason of that severity, in the order of the rules."""
    values = msgspec.structs.asdict(counts)
    held = [rule for rule in rules.rules if compile_condition(rule.when, _VARIABLES)(values)]
    verdict: Verdict = max((rule.verdict for rule in held), key=_RANK.__getitem__, default="pass")
    return verdict, tuple(rule.because for rule in held if rule.verdict == verdict)
