"""Resource attributes in OpenTelemetry's names, as environment variables or JSON: services and where they run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from hardwon.domain.capture import name_of
from hardwon.domain.catalog import Environment, Service
from hardwon.domain.errors import InputError
from hardwon.domain.resource import resource_of
from hardwon.exchange.catalogue import Entry, entry_drafts, fault, line_of, members
from hardwon.exchange.draft import Limits, NewId, Problem, ReadFile
from hardwon.exchange.importing import SourceFile
from hardwon.exchange.text_file import read_text

_VARIABLE: Final = re.compile(
    r"\s*(?:export\s+|-\s*|ENV\s+)?['\"]?OTEL_RESOURCE_ATTRIBUTES['\"]?\s*[=:]\s*(?P<said>.*?)\s*"
)
_JSON: Final = re.compile(rb"\"service\.name\"\s*:|\"key\"\s*:\s*\"service\.name\"")
_MOST: Final = 10_000


class ResourceAttributes:
    """Reads lines `OTEL_RESOURCE_ATTRIBUTES=service.name=checkout,...`, or JSON resources, also as OTLP has them."""

    name = "resources"

    def claims(self, path: Path, head: bytes) -> bool:
        """Claim a file that sets the variable, or JSON with a `service.name` that is no table of records."""
        if path.suffix.lower() in {".json", ".jsonl"}:
            return _JSON.search(head) is not None and b'"title"' not in head
        return path.suffix.lower() not in {".md", ".csv"} and b"OTEL_RESOURCE_ATTRIBUTES" in head

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read each resource; one without a service's name is a problem of its line."""
        del mapping, new_id
        text = read_text(file.path, file.name, limits.file_bytes)
        if isinstance(text, Problem):
            yield ReadFile(path=file.name, problems=(text,))
            return
        problems: list[Problem] = []
        is_json = file.path.suffix.lower() in {".json", ".jsonl"}
        found = _from_json(file, text, problems) if is_json else _from_lines(file, text, problems)
        entries: dict[tuple[str, str], Entry] = {}
        count = 0
        for line, attributes in found:
            if count == _MOST:
                problems.append(fault(file, line, f"holds more than {_MOST:,} resources", "Split it."))
                break
            count += 1
            try:
                _take(attributes, entries)
            except InputError as error:
                problems.append(fault(file, line, error.message, error.fix))
        drafts = entry_drafts(file, ((kind, entry) for (kind, _), entry in entries.items()), problems)
        yield ReadFile(
            path=file.name,
            understood=(f"resources: {count}",),
            problems=tuple(problems),
            drafts=drafts,
        )


def _take(attributes: Mapping[str, str], entries: dict[tuple[str, str], Entry]) -> None:
    """Add what a resource says. Raises InputError where it names no service."""
    resource = resource_of(attributes)
    service, place = name_of(resource.service), name_of(resource.environment)
    if service is None:
        raise InputError("names no service", fix="Add service.name.")
    stored = entries.get(("service", service))
    tags = (resource.namespace[:100],) if resource.namespace else ()
    fresh = Service(id=service, name=resource.service[:500], criticality=resource.criticality, tags=tags)
    if not isinstance(stored, Service) or (fresh.criticality and not stored.criticality):
        entries["service", service] = fresh
    if place is not None:
        entries.setdefault(
            ("environment", place),
            Environment(id=place, name=resource.environment[:500], production=place == "production"),
        )


def _from_lines(file: SourceFile, text: str, problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(text.split("\n")):
        match = _VARIABLE.fullmatch(line)
        if match is None:
            continue
        said = match["said"].strip("'\"")
        pairs = [pair.partition("=") for pair in said.split(",") if pair.strip()]
        if not pairs or not all(equals for _, equals, _ in pairs):
            problems.append(
                fault(
                    file,
                    number,
                    "has attributes that are no name=value pairs",
                    "Write service.name=checkout,...",
                )
            )
            continue
        yield number, {name.strip()[:200]: _plain(value) for name, _, value in pairs}


def _plain(value: str) -> str:
    """Return a value as it was before it was escaped, on one line."""
    return " ".join(unquote(value.strip().strip("'\""), errors="replace").replace("\x00", "").split())[:2_000]


def _from_json(file: SourceFile, text: str, problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    whole = file.path.suffix.lower() == ".json"
    lines = [(0, text)] if whole else [(n, line) for n, line in enumerate(text.split("\n")) if line.strip()]
    for number, line in lines:
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            problems.append(fault(file, number, f"is no JSON: {error}", "Mend or remove it."))
            continue
        for attributes in _resources(value):
            yield number, attributes


def _resources(value: Any) -> Iterator[dict[str, str]]:
    """Yield the attributes of each resource in a value: flat, under `attributes`, or as OTLP lists them."""
    if isinstance(value, list):
        for one in value:
            yield from _resources(one)
        return
    given = members(value)
    for name in ("resourceSpans", "resourceMetrics", "resourceLogs", "resources"):
        if isinstance(given.get(name), list):
            for one in given[name]:
                yield from _resources(one)
            return
    inner = given.get("resource", given)
    attributes = members(inner).get("attributes", inner)
    if isinstance(attributes, list):
        pairs = [(line_of(one, "key"), members(members(one).get("value"))) for one in attributes]
        yield {key: line_of(next(iter(held.values()), "")) for key, held in pairs if key}
    else:
        yield {str(key)[:200]: line_of(held) for key, held in members(attributes).items()}
