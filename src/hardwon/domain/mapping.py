"""A mapping: how the JSON that a system sends becomes signals, one expression for each field.

The expressions are texts here; `hardwon.rules.mapping` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta

from hardwon.domain.signal import AlertSignal, DeploymentSignal, IncidentSignal, Placed

SignalWord: TypeAlias = Literal["deployment", "alert", "incident"]
SIGNALS: Final[dict[SignalWord, type[Placed]]] = {
    "deployment": DeploymentSignal,
    "alert": AlertSignal,
    "incident": IncidentSignal,
}
"""The signals by the word that a rule names them with."""
MAX_EXPRESSION: Final = 500
MAX_RULES: Final = 20
Expression = Annotated[str, Meta(max_length=MAX_EXPRESSION)]
"""An expression in CEL; empty: the field is left out."""
Needed = Annotated[str, Meta(min_length=1, max_length=MAX_EXPRESSION)]
_HEADER: Final = re.compile(
    r"""headers\s*\[\s*["']([^"']+)["']|["']([^"']+)["']\s+in\s+headers|headers\.(\w+)"""
)


class MappingRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where `when` holds, a signal with these fields. With `each`, a list, one for each `item` of it for which
    `when` holds.
    """

    signal: SignalWord
    name: Annotated[str, Meta(max_length=100)] = ""
    when: Expression = ""
    each: Expression = ""
    key: Needed
    title: Needed
    at: Expression = ""
    ended_at: Expression = ""
    firing: Expression = ""
    status: Expression = ""
    reopened: Expression = ""
    outcome: Expression = ""
    severity: Expression = ""
    service: Expression = ""
    environment: Expression = ""
    version: Expression = ""
    versions: Expression = ""
    package: Expression = ""
    repository: Expression = ""
    commit: Expression = ""
    group: Expression = ""
    labels: Expression = ""
    summary: Expression = ""
    description: Expression = ""
    note: Expression = ""
    url: Expression = ""


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules; each makes its signals, whatever the others do."""

    rules: Annotated[tuple[MappingRule, ...], Meta(min_length=1, max_length=MAX_RULES)]


class Mapped(NamedTuple):
    """What a rule found: the signal that it makes, and the values of its fields."""

    rule: str
    signal: SignalWord
    values: dict[str, Any]


Mapper: TypeAlias = Callable[[dict[str, str], dict[str, Any]], tuple[Mapped, ...]]
"""What turns headers and a body into what the rules found."""


def place_of(rule: MappingRule, number: int) -> str:
    """Return what a rule is called, the number where it has no name."""
    return rule.name.strip() or f"rule {number}"


def fields_of(rule: MappingRule) -> dict[str, str]:
    """Return the expressions of a rule's fields, without its condition and its list."""
    plain = {"signal", "name", "when", "each"}
    given = msgspec.structs.asdict(rule)
    return {name: text for name, text in given.items() if name not in plain and text}


@lru_cache(maxsize=256)
def headers_of(mapping: Mapping) -> frozenset[str]:
    """Return the names of the headers that a mapping asks for."""
    texts = [text for rule in mapping.rules for text in msgspec.structs.astuple(rule)]
    return frozenset(name for text in texts for found in _HEADER.findall(text) for name in found if name)
