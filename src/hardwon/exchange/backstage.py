"""Backstage's catalogue (`catalog-info.yaml`): components and resources are services, groups teams, users people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from hardwon.domain.capture import name_of
from hardwon.domain.catalog import Person, Service, Team
from hardwon.domain.errors import InputError
from hardwon.domain.record import kind_of
from hardwon.exchange.catalogue import entry_draft, fault, line_of, members
from hardwon.exchange.draft import Draft, Limits, NewId, Problem, ReadFile
from hardwon.exchange.importing import SourceFile
from hardwon.exchange.plain_yaml import PlainYamlError, documents
from hardwon.exchange.text_file import read_text

_MARK: Final = b"backstage.io/v1"
_MOST: Final = 10_000
"""Entities of one file."""
_KINDS: Final[dict[str, Literal["service", "model", "pipeline", "library", "data"]]] = {
    "library": "library",
    "model": "model",
    "ml-model": "model",
    "pipeline": "pipeline",
    "data-pipeline": "pipeline",
    "workflow": "pipeline",
    "dataset": "data",
    "database": "data",
}
_SERVICES: Final = frozenset({"component", "resource"})


class _Entity:
    """One entity, whose fields may be missing or of another type."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self.kind = str(value.get("kind", "")).lower()
        self.metadata = members(value.get("metadata"))
        self.spec = members(value.get("spec"))
        self.name = str(self.metadata.get("name") or "")

    def text(self, *path: str) -> str:
        """Return a text of one line, empty where there is none."""
        return line_of({"metadata": self.metadata, "spec": self.spec}, *path)

    def refs(self, field: str, default: str, kinds: frozenset[str]) -> tuple[str, ...]:
        """Return the names of entities of these kinds that a field refers to."""
        value = self.spec.get(field)
        texts = value if isinstance(value, list) else [value] if value else []
        found = [_ref(str(text), default) for text in texts[:1_000]]
        return tuple(dict.fromkeys(name for kind, name in found if kind in kinds and name))


class Backstage:
    """Reads a YAML file of entities, one document each."""

    name = "backstage"

    def claims(self, path: Path, head: bytes) -> bool:
        """Claim a YAML file that says whose it is."""
        return path.suffix.lower() in {".yaml", ".yml"} and _MARK in head

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read all entities; what has no place here is named and left."""
        del mapping, new_id
        text = read_text(file.path, file.name, limits.file_bytes)
        if isinstance(text, Problem):
            yield ReadFile(path=file.name, problems=(text,))
            return
        drafts: dict[tuple[str, str], Draft] = {}
        left: list[tuple[str, str]] = []
        problems: list[Problem] = []
        try:
            for number, (line, value) in enumerate(documents(text)):
                if number == _MOST:
                    problems.append(fault(file, line, f"holds more than {_MOST:,} entities", "Split it."))
                    break
                if value is not None:
                    _take(file, line, value, drafts, left, problems)
        except PlainYamlError as error:
            problems.append(fault(file, error.line, error.reason, error.fix))
        for draft in list(drafts.values()):
            _own(file, draft, drafts)
        yield ReadFile(
            path=file.name,
            understood=(f"entities: {len(drafts)}, with the teams they name",),
            left=tuple(left),
            problems=tuple(problems),
            drafts=tuple(drafts.values()),
        )


def _take(
    file: SourceFile,
    line: int,
    value: Any,
    drafts: dict[tuple[str, str], Draft],
    left: list[tuple[str, str]],
    problems: list[Problem],
) -> None:
    entity = _Entity(members(value))
    name = name_of(entity.name)
    if not entity.kind or name is None:
        problems.append(fault(file, line, "is no entity: its kind or name is missing", "Add both."))
        return
    record = _record(entity, name)
    if record is None:
        left.append((f"{entity.kind} {entity.name}", "the catalogue here has no place for it"))
        return
    try:
        draft = entry_draft(file, entity.kind, record)
    except (InputError, ValueError) as error:
        problems.append(fault(file, line, f"cannot be kept: {error}", "Correct that entity."))
        return
    if entity.kind == "user" and entity.spec.get("memberOf"):
        left.append(
            (f"the groups of {entity.name}", "who is in which team is decided here, for it opens doors")
        )
    if drafts.setdefault((kind_of(record), name), draft) is not draft:
        left.append((f"{entity.kind} {entity.name}", "another of that name stands before it"))


def _record(entity: _Entity, name: str) -> Service | Team | Person | None:
    title = entity.text("spec", "profile", "displayName") or entity.text("metadata", "title") or entity.name
    if entity.kind == "group":
        return Team(id=name, name=title)
    if entity.kind == "user":
        return Person(id=name, name=title, email=entity.text("spec", "profile", "email"))
    if entity.kind not in _SERVICES:
        return None
    owners = entity.refs("owner", "group", frozenset({"group"}))
    kind = _KINDS.get(entity.text("spec", "type").lower(), "data" if entity.kind == "resource" else "service")
    return Service(
        id=name,
        name=title,
        team=owners[0] if owners else None,
        kind=kind,
        calls=tuple(other for other in entity.refs("dependsOn", "component", _SERVICES) if other != name),
        repository=_repository(entity),
        tags=_tags(entity.metadata.get("tags")),
    )


def _repository(entity: _Entity) -> str:
    slug = entity.text("metadata", "annotations", "github.com/project-slug")
    if slug and " " not in slug:
        return f"https://github.com/{slug}"
    location = entity.text("metadata", "annotations", "backstage.io/source-location").removeprefix("url:")
    return location if location.startswith("https://") else ""


def _tags(value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(str(text)[:100] for text in texts[:50] if str(text).strip()))


def _own(file: SourceFile, draft: Draft, drafts: dict[tuple[str, str], Draft]) -> None:
    """Add the team that owns a service where no entity of the file describes it."""
    team = draft.record.team if isinstance(draft.record, Service) else None
    if team and ("team", team) not in drafts:
        drafts["team", team] = entry_draft(file, "group", Team(id=team, name=team))


def _ref(text: str, default: str) -> tuple[str, str]:
    """Return the kind and the name of a reference `[kind:][namespace/]name`."""
    kind, colon, rest = text.strip().partition(":")
    whole = rest if colon else kind
    return (kind.lower() if colon else default), name_of(whole.rpartition("/")[2]) or ""
