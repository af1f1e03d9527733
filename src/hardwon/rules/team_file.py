"""A team's own rules: a TOML file in the workspace's folder, decoded into a typed record or refused."""

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
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), kind)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read: {error}.", fix=fix) from error
