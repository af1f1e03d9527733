"""Drafts of the catalogue: services, teams and people as files of other tools name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hardwon.domain.catalog import Environment, Person, Service, Team
from hardwon.domain.errors import InputError
from hardwon.exchange.draft import Draft, Problem, checked, fingerprint_of
from hardwon.exchange.importing import SourceFile

_LARGE: Final = 10**100
"""A number that is no name; far larger ones cannot even be written out."""
Entry = Service | Team | Person | Environment


def entry_draft(file: SourceFile, kind: str, record: Entry) -> Draft:
    """Return the draft of an entry that a file describes as that kind. Raises InputError where it breaks a bound."""
    return Draft(
        record=checked(record),
        source=file.source,
        source_id=f"{file.source_id}#{kind}:{record.id}"[:2_000],
        fingerprint=fingerprint_of(repr(record)),
    )


def entry_drafts(
    file: SourceFile, entries: Iterable[tuple[str, Entry]], problems: list[Problem]
) -> tuple[Draft, ...]:
    """Return the drafts of entries with their kinds; one that breaks a bound becomes a problem."""
    drafts: list[Draft] = []
    for kind, entry in entries:
        try:
            drafts.append(entry_draft(file, kind, entry))
        except InputError as error:
            reason = f"says of {entry.id} what cannot be kept: {error.message}"
            problems.append(fault(file, 0, reason, error.fix))
    return tuple(drafts)


def fault(file: SourceFile, line: int, reason: str, fix: str) -> Problem:
    """Return what is wrong at a line (0: the first); the reason goes on from `it`."""
    return Problem(path=file.name, line=line + 1, reason=f"it {reason}", fix=fix)


def members(value: Any) -> Mapping[str, Any]:
    """Return a value's members, none where it is no mapping."""
    return value if isinstance(value, dict) else {}


def line_of(value: Any, *path: str, limit: int = 500) -> str:
    """Return the text of one line that lies under these names, empty where there is none."""
    for name in path:
        value = members(value).get(name)
    if isinstance(value, int) and abs(value) >= _LARGE:
        return ""
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return " ".join(str(value).split())[:limit] if plain else ""
