"""The rules of a CODEOWNERS file: patterns and owners, with GitLab's sections and their default owners."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

_SECTION: Final = re.compile(r"(?P<optional>\^)?\[(?P<name>[^\]]+)\](?:\[\d+\])?(?P<owners>(?:\s+\S.*)?)")
_WORD: Final = re.compile(r"(?:\\.|[^\s\\])+|\\$")
_TEAM: Final = re.compile(r"@[\w.-]+(?:/[\w.-]+)+")
_ROLE: Final = re.compile(r"@@(?:developer|maintainer|owner)s?")
_USER: Final = re.compile(r"@[\w.-]+")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Owner(NamedTuple):
    """Who owns: a team or a person, by name."""

    kind: Literal["team", "person"]
    name: str


class Rule(NamedTuple):
    """One pattern with its owners; `strange` are words where an owner should stand. Lines count from 0."""

    line: int
    pattern: str
    owners: tuple[Owner, ...]
    strange: tuple[str, ...]
    optional: bool


def rules_of(text: str) -> Iterator[Rule]:
    """Yield the rules in order."""
    defaults: tuple[Owner, ...] = ()
    optional = False
    for number, line in enumerate(text.splitlines()):
        words = list(_words(line))
        if not words:
            continue
        section = _SECTION.fullmatch(" ".join(words))
        if section:
            defaults, strange = _owners(section["owners"].split())
            optional = bool(section["optional"])
            if strange:
                yield Rule(number, "", (), strange, optional)
            continue
        owners, strange = _owners(words[1:])
        plain = re.sub(r"\\(.)", r"\1", words[0])
        yield Rule(number, plain, owners if words[1:] else defaults, strange, optional)


def _words(line: str) -> Iterator[str]:
    """Yield the words of a line up to its comment; a space after a backslash does not part them."""
    for match in _WORD.finditer(line):
        if match[0].startswith("#"):
            return
        yield match[0]


def _owners(words: list[str]) -> tuple[tuple[Owner, ...], tuple[str, ...]]:
    owners, strange = list[Owner](), list[str]()
    for word in words:
        if _TEAM.fullmatch(word):
            owners.append(Owner("team", word.rpartition("/")[2]))
        elif _ROLE.fullmatch(word):
            owners.append(Owner("person", word.lstrip("@")))
        elif _USER.fullmatch(word):
            owners.append(Owner("person", word[1:]))
        elif _EMAIL.fullmatch(word):
            owners.append(Owner("person", word.partition("@")[0]))
        else:
            strange.append(word)
    return tuple(dict.fromkeys(owners)), tuple(strange)
