"""Mappings: read from TOML, checked before they are kept, and asked what a delivery reports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from hardwon.domain.errors import InputError
from hardwon.domain.mapping import (
    SIGNALS,
    Mapped,
    Mapper,
    Mapping,
    MappingRule,
    fields_of,
    headers_of,
    place_of,
)
from hardwon.rules.extraction import Extraction, Sent, Shape
from hardwon.rules.team_file import read_rules

MAX_BODY: Final = 64 * 1024
"""Bytes of a body that a mapping reads."""
MOST: Final = 500
"""Signals of one delivery."""
_LONGEST: Final = 100_000
_FIX: Final = (
    "A rule is a [[rules]] table with `signal`, `key`, `title` and the signal's other fields, each in CEL."
)
_SECRET: Final = ("authorization", "cookie", "password", "secret", "signature", "token", "api-key")
_SHAPES: Final[dict[str, Shape]] = {"firing": "flag", "reopened": "flag", "labels": "map", "versions": "map"}


class _Rule(NamedTuple):
    place: str
    rule: MappingRule
    when: Extraction | None
    each: Extraction | None
    fields: dict[str, Extraction]


def read_mapping(text: str) -> Mapping:
    """Return the mapping in a text. Raises InputError naming the place and the fix."""
    if len(text) > _LONGEST:
        raise InputError(f"A mapping has at most {_LONGEST:,} characters.", fix="Drop some rules.")
    mapping = read_rules(text, "The mapping", Mapping, _FIX)
    check_mapping(mapping)
    return mapping


def check_mapping(mapping: Mapping) -> None:
    """Raise InputError naming the first place where a mapping cannot be asked."""
    for name in sorted(headers_of(mapping)):
        if name != name.lower() or any(word in name for word in _SECRET):
            raise InputError(
                f"The header {name!r} is not kept.", fix="Write names in lower case; none may hold a secret."
            )
    for number, rule in enumerate(mapping.rules, 1):
        strange = set(fields_of(rule)) - set(SIGNALS[rule.signal].__struct_fields__)
        if strange:
            raise InputError(
                f"{place_of(rule, number)}: a signal of this kind has no {min(strange)}.",
                fix=f"{rule.signal} has {', '.join(SIGNALS[rule.signal].__struct_fields__)}.",
            )
        if rule.signal == "alert" and not rule.firing:
            raise InputError(
                f"{place_of(rule, number)}: it does not say whether the alert is firing.",
                fix="Add a line like firing = 'body.state == \"alerting\"'.",
            )
    rules = _compiled(mapping)
    nothing = Sent({}, {})
    for compiled in rules:
        for name, asked in _expressions(compiled):
            _ask(f"{compiled.place}, {name}", asked, nothing)


def mapper_of(mapping: Mapping) -> Mapper:
    """Return what asks a mapping. What it returns raises InputError naming the rule and the field that cannot be
    answered, and where a delivery is too large, reports too much or takes too long. Raises InputError for a mapping
    that does not compile.
    """
    rules = _compiled(mapping)

    def ask(headers: dict[str, str], body: dict[str, Any]) -> tuple[Mapped, ...]:
        if len(msgspec.json.encode(body)) > MAX_BODY:
            raise InputError(
                f"A mapping reads up to {MAX_BODY >> 10} KiB.", fix="Let the sender send less of it."
            )
        sent, found = Sent(headers, body), list[Mapped]()
        for rule in rules:
            for one in _signals(rule, sent):
                found.append(one)
                if len(found) > MOST:
                    raise InputError(f"{rule.place}: it makes more than {MOST:,} signals.", fix="Narrow it.")
        return tuple(found)

    return ask


def text_of(mapping: Mapping) -> str:
    """Return a mapping as TOML, as it is read back."""
    plain = MappingRule(signal="deployment", key="-", title="-")
    tables = []
    for rule in mapping.rules:
        given = msgspec.structs.asdict(rule)
        wanted = {"signal", "key", "title"}
        kept = {name: text for name, text in given.items() if name in wanted or text != getattr(plain, name)}
        tables.append("[[rules]]\n" + "".join(f"{name} = {_quoted(text)}\n" for name, text in kept.items()))
    return "\n".join(tables)


@lru_cache(maxsize=64)
def _compiled(mapping: Mapping) -> Sequence[_Rule]:
    return [_compile(place_of(rule, number), rule) for number, rule in enumerate(mapping.rules, 1)]


def _compile(place: str, rule: MappingRule) -> _Rule:
    def made(name: str, text: str, shape: Shape) -> Extraction:
        try:
            return Extraction(text, shape)
        except InputError as error:
            raise InputError(f"{place}, {name}: {error.message}", fix=error.fix) from error

    return _Rule(
        place,
        rule,
        made("when", rule.when, "condition") if rule.when else None,
        made("each", rule.each, "list") if rule.each else None,
        {name: made(name, text, _SHAPES.get(name, "text")) for name, text in fields_of(rule).items()},
    )


def _expressions(rule: _Rule) -> Iterator[tuple[str, Extraction]]:
    if rule.when:
        yield "when", rule.when
    if rule.each:
        yield "each", rule.each
    yield from rule.fields.items()


def _signals(rule: _Rule, sent: Sent) -> Iterator[Mapped]:
    if rule.each is None:
        sent.take(None)
        yield from _signal(rule, sent)
        return
    for item in _ask(f"{rule.place}, each", rule.each, sent) or []:
        sent.take(item.plain_value())
        yield from _signal(rule, sent)


def _signal(rule: _Rule, sent: Sent) -> Iterator[Mapped]:
    if rule.when is None or _ask(f"{rule.place}, when", rule.when, sent):
        values = {name: _ask(f"{rule.place}, {name}", asked, sent) for name, asked in rule.fields.items()}
        yield Mapped(rule.place, rule.rule.signal, values)


def _ask(place: str, asked: Extraction, sent: Sent) -> Any:
    try:
        return asked.of(sent)
    except InputError as error:
        raise InputError(f"{place}: {error.message}", fix=error.fix) from error


def _quoted(text: str) -> str:
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
