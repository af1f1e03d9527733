"""OpenSLO v1: services, and the objectives that are promised of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from hardwon.domain.capture import name_of
from hardwon.domain.catalog import MAX_OBJECTIVES, Objective, Service
from hardwon.domain.errors import InputError
from hardwon.exchange.catalogue import entry_drafts, fault, line_of, members
from hardwon.exchange.draft import Limits, NewId, Problem, ReadFile
from hardwon.exchange.importing import SourceFile
from hardwon.exchange.plain_yaml import PlainYamlError, documents
from hardwon.exchange.text_file import read_text

_MARK: Final = re.compile(rb"^['\"]?apiVersion['\"]?\s*:\s*['\"]?openslo(?:\.com)?/", re.MULTILINE)
_VERSIONS: Final = frozenset({"openslo/v1", "openslo.com/v1"})
_MOST: Final = 10_000
_DURATION: Final = re.compile(r"(\d+)([mhdwMQY])")
_PERCENT: Final = 100


class _Found:
    """What a file says so far: services by name, what was left, what is wrong."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.services: dict[str, Service] = {}
        self.objectives = 0
        self.left: list[tuple[str, str]] = []
        self.problems: list[Problem] = []

    def wrong(self, line: int, reason: str, fix: str) -> None:
        self.problems.append(fault(self.file, line, reason, fix))

    def fill(self, service: str, **said: Any) -> None:
        """Fill in what is said of a service."""
        stored = self.services.get(service, Service(id=service, name=service))
        self.services[service] = msgspec.structs.replace(stored, **{k: v for k, v in said.items() if v})


class OpenSlo:
    """Reads a YAML file of OpenSLO objects, one document each."""

    name = "openslo"

    def claims(self, path: Path, head: bytes) -> bool:
        """Claim a YAML file that says so."""
        return path.suffix.lower() in {".yaml", ".yml"} and _MARK.search(head) is not None

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read services and objectives; other kinds are named and left."""
        del mapping, new_id
        text = read_text(file.path, file.name, limits.file_bytes)
        if isinstance(text, Problem):
            yield ReadFile(path=file.name, problems=(text,))
            return
        found = _Found(file)
        try:
            for number, (line, value) in enumerate(documents(text)):
                if number == _MOST:
                    found.wrong(line, f"holds more than {_MOST:,} objects", "Split it.")
                    break
                if value is not None:
                    _take(found, line, members(value))
        except PlainYamlError as error:
            found.wrong(error.line, error.reason, error.fix)
        drafts = entry_drafts(file, (("service", one) for one in found.services.values()), found.problems)
        yield ReadFile(
            path=file.name,
            understood=(f"services: {len(drafts)}, objectives: {found.objectives}",),
            left=tuple(found.left),
            problems=tuple(found.problems),
            drafts=drafts,
        )


def _take(found: _Found, line: int, value: Mapping[str, Any]) -> None:
    kind, name = line_of(value, "kind"), line_of(value, "metadata", "name")
    version = line_of(value, "apiVersion")
    if version not in _VERSIONS:
        found.wrong(
            line, f"is of the version {version or 'none'}, not of openslo/v1", "Bring it to openslo/v1."
        )
    elif not kind or not name:
        found.wrong(line, "is no object of OpenSLO: its kind or name is missing", "Add both.")
    elif kind == "Service":
        _take_service(found, line, value, name)
    elif kind == "SLO":
        _take_objectives(found, line, value, name)
    else:
        found.left.append(
            (f"{kind} {name}", "objectives alone are kept of OpenSLO, with their indicator's name")
        )


def _take_service(found: _Found, line: int, value: Mapping[str, Any], name: str) -> None:
    service = name_of(name)
    if service is None:
        found.wrong(line, "is a service without a name", "Name it.")
        return
    title = line_of(value, "metadata", "displayName") or name
    found.fill(service, name=title, description=line_of(value, "spec", "description", limit=10_000))


def _take_objectives(found: _Found, line: int, value: Mapping[str, Any], name: str) -> None:
    spec = members(value.get("spec"))
    service = name_of(line_of(spec, "service"))
    listed = spec.get("objectives")
    if service is None or not isinstance(listed, list) or not listed:
        found.wrong(line, f"is the SLO {name[:60]} without a service or an objective", "Add both.")
        return
    title = line_of(value, "metadata", "displayName") or name
    made: list[Objective] = []
    for number, one in enumerate(listed[:MAX_OBJECTIVES], 1):
        try:
            made.append(_objective(spec, members(one), title, alone=len(listed) == 1))
        except InputError as error:
            found.wrong(line, f"is the SLO {name[:60]}, whose objective {number} {error.message}", error.fix)
    if not made:
        return
    stored = found.services.get(service)
    names = {one.name for one in made}
    others = tuple(one for one in (stored.objectives if stored else ()) if one.name not in names)
    every = (*others, *{one.name: one for one in made}.values())
    if len(every) > MAX_OBJECTIVES or len(listed) > MAX_OBJECTIVES:
        found.left.append((f"SLO {name}", f"a service keeps {MAX_OBJECTIVES} objectives"))
    found.fill(service, objectives=every[:MAX_OBJECTIVES])
    found.objectives += len(made)


def _objective(spec: Mapping[str, Any], one: Mapping[str, Any], title: str, *, alone: bool) -> Objective:
    own = line_of(one, "displayName")
    indicator = members(one.get("indicator")) or members(spec.get("indicator"))
    named = line_of(one, "indicatorRef") or line_of(spec, "indicatorRef")
    metadata = members(indicator.get("metadata"))
    return Objective(
        name=(title if alone or not own else f"{title}: {own}")[:500],
        target=_target(one),
        indicator=line_of(metadata, "displayName") or line_of(metadata, "name") or named,
        window=_window(spec.get("timeWindow")),
        budgeting=line_of(spec, "budgetingMethod"),
    )


def _target(one: Mapping[str, Any]) -> float:
    """Return the share that is promised. Raises InputError where none is, or it is no share."""
    share, percent = one.get("target"), one.get("targetPercent")
    value = share if share is not None else percent
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("has no target", fix="Add a target from 0 to 1, or a targetPercent.")
    whole = 1 if share is not None else _PERCENT
    if not 0 <= value <= whole:
        raise InputError("promises what is no share", fix="Write a target from 0 to 1, or a targetPercent.")
    return float(value) / whole


def _window(value: Any) -> str:
    """Return the time window in words, as `28 d, rolling`."""
    first = members(value[0]) if isinstance(value, list) and value else members(value)
    said = line_of(first, "duration", limit=60)
    match = _DURATION.fullmatch(said)
    words = f"{match[1]} {match[2]}" if match else said
    return f"{words}, rolling" if words and first.get("isRolling") is True else words
