"""A team's own rules: TOML in a file or a record, decoded into a typed record or refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from hardwon.domain.errors import InputError

Rules = TypeVar("Rules", bound=msgspec.Struct)


def read_team_file(path: Path, kind: type[Rules], fix: str) -> Rules | None:
    """Return the rules in the file, None where there is no such file. Raises InputError with the fix."""
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} cannot be read: {error}.", fix=fix) from error
    return read_rules(text, path.name, kind, fix)


def read_rules(text: str, name: str, kind: type[Rules], fix: str) -> Rules:
    """Return the rules in a text. Raises InputError with the fix, naming where they stand."""
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise InputError(f"{name} cannot be read: {error}.", fix=fix) from error
