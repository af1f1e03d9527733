"""CACAO 2.0 playbooks (OASIS), read as runbooks: a file each, its branches as steps in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from hardwon.domain.errors import InputError
from hardwon.domain.incident import Risk
from hardwon.domain.reference import MAX_REFERENCES, Reference
from hardwon.domain.runbook import Runbook
from hardwon.exchange.cacao_flow import Flow, read_flow
from hardwon.exchange.draft import Draft, Limits, NewId, Problem, ReadFile, checked, fingerprint_of
from hardwon.exchange.importing import SourceFile, failed
from hardwon.exchange.playbook import CACAO, SEVERITIES, SPEC, creator
from hardwon.exchange.text_file import read_text

_LOOK: Final = 1024 * 1024
"""Bytes of a JSON file that are looked at to tell whether it is a playbook."""
_MARKS: Final = re.compile(rb'"type"\s*:\s*"playbook"|"cacao-[12]|"playbook--[0-9a-fA-F]{8}-')
_ID: Final = r"^playbook--[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
KEPT: Final = "## Kept from the playbook"
"""Heads the JSON of what a runbook has no place for."""
_READ: Final = frozenset(
    {"type", "spec_version", "id", "name", "description", "created", "modified", "workflow_start", "workflow"}
)


class _Playbook(msgspec.Struct, frozen=True):
    """What every playbook must say, before its parts are looked at."""

    type: str
    spec_version: str
    id: Annotated[str, Meta(pattern=_ID)]
    name: Annotated[str, Meta(min_length=1, max_length=500)]
    workflow_start: str
    workflow: dict[str, dict[str, Any]]
    description: str = ""
    created: datetime | None = None
    modified: datetime | None = None
    workflow_exception: str | None = None


class CacaoPlaybook:
    """Reads a `.json` file that holds one CACAO 2.0 playbook."""

    name = "cacao"

    def claims(self, path: Path, head: bytes) -> bool:
        """Claim a JSON file that says it is a playbook."""
        if path.suffix.lower() != ".json" or not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return False
        if _MARKS.search(head):
            return True
        with path.open("rb") as stream:
            return b'"workflow_start"' in stream.read(_LOOK)

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read the playbook as one runbook; what it has no place for goes into its text as JSON."""
        del mapping
        text = read_text(file.path, file.name, limits.file_bytes)
        if isinstance(text, Problem):
            yield ReadFile(path=file.name, problems=(text,))
            return
        try:
            yield _read(file, text, new_id())
        except InputError as error:
            yield failed(file.name, error.message, error.fix)
        except RecursionError:
            yield failed(file.name, "the JSON is nested too deeply", "Split the playbook.")


def _read(file: SourceFile, text: str, new_id: str) -> ReadFile:
    """Return the playbook as a draft. Raises InputError."""
    try:
        whole: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
        playbook = msgspec.convert(whole, _Playbook, strict=True)
    except (msgspec.DecodeError, ValueError, OverflowError) as error:
        raise InputError(
            f"it is no CACAO playbook: {error}", fix="See the standard, or export it again."
        ) from error
    if playbook.spec_version != SPEC or playbook.type != "playbook":
        raise InputError(
            f"it is a {playbook.type[:40]} of {playbook.spec_version[:40]}, and only {SPEC} is read",
            fix=f"Convert it to {SPEC}.",
        )
    kept = _Kept(whole)
    workflow = playbook.workflow
    if kept.own:
        workflow = {name: _without_agent(node) for name, node in workflow.items()}
    flow = read_flow(workflow, playbook.workflow_start, playbook.workflow_exception)
    runbook = checked(_runbook(file, playbook, flow, kept, new_id))
    draft = Draft(record=runbook, source=CACAO, source_id=playbook.id, fingerprint=fingerprint_of(text))
    said = (f"runbook: {playbook.name}", f"{len(flow.steps)} steps")
    left = tuple((what, "kept as JSON below its text") for what in kept.names(flow))
    return ReadFile(path=file.name, understood=said, left=left, drafts=(draft,))


class _Kept:
    """What of a playbook finds a place in a runbook is taken out; the rest is kept as JSON."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self.rest = {key: value for key, value in whole.items() if key not in _READ}
        self.rest.pop("workflow_exception", None)
        self.own = self.rest.get("created_by") == creator()
        if self.own:
            self._drop_own()
        if self.rest.get("revoked") is False:
            del self.rest["revoked"]

    def names(self, flow: Flow) -> list[str]:
        """Return what is kept as JSON, by name."""
        steps = [
            f"step {number}: {', '.join(rest)}" if number else f"{name[:80]}: {', '.join(rest)}"
            for number, name, rest in flow.left
        ]
        return [*self.rest, *steps]

    def risk(self) -> Risk | None:
        """Take the severity as a risk; one between two of ours is kept besides."""
        severity = self.rest.get("severity")
        if not isinstance(severity, int) or isinstance(severity, bool) or not 1 <= severity <= 100:  # noqa: PLR2004
            return None
        if severity in SEVERITIES.values():
            del self.rest["severity"]
        return next(risk for risk, most in SEVERITIES.items() if severity <= most)

    def labels(self) -> dict[str, tuple[str, ...]]:
        """Take the labels as tags, services and environments."""
        found: dict[str, list[str]] = {"tags": [], "services": [], "environments": []}
        labels = self.rest.get("labels")
        if not isinstance(labels, list):
            return {}
        other = []
        for label in labels:
            if not isinstance(label, str) or not label.strip() or len(label) > 100:  # noqa: PLR2004
                other.append(label)
                continue
            axis, colon, value = label.partition(":")
            field = f"{axis}s" if colon and value and axis in {"service", "environment"} else "tags"
            found[field].append(value if field != "tags" else label)
        self._put_back("labels", other)
        return {field: tuple(dict.fromkeys(values)) for field, values in found.items()}

    def references(self) -> tuple[Reference, ...]:
        """Take the references that are an address and its name."""
        given = self.rest.get("external_references")
        if not isinstance(given, list):
            return ()
        found: list[Reference] = []
        other = []
        for item in given:
            reference = _reference(item) if len(found) < MAX_REFERENCES else None
            if reference is None:
                other.append(item)
            else:
                found.append(reference)
        self._put_back("external_references", other)
        return tuple(found)

    def _put_back(self, name: str, other: list[Any]) -> None:
        if other:
            self.rest[name] = other
        else:
            del self.rest[name]

    def _drop_own(self) -> None:
        """Drop what our own export adds for the standard's sake alone."""
        del self.rest["created_by"]
        agents = self.rest.get("agent_definitions")
        if isinstance(agents, dict) and len(agents) == 1:
            del self.rest["agent_definitions"]


def _reference(item: Any) -> Reference | None:
    if not isinstance(item, dict) or not set(item) <= {"name", "url"}:
        return None
    title = item.get("name")
    try:
        return msgspec.convert(
            {"url": item.get("url"), "title": "" if title == item.get("url") else title}, Reference
        )
    except msgspec.ValidationError:
        return None


def _runbook(file: SourceFile, playbook: _Playbook, flow: Flow, kept: _Kept, new_id: str) -> Runbook:
    written = _moment(playbook.created) or datetime.fromtimestamp(file.path.stat().st_mtime, UTC)
    risk, labels, references = kept.risk(), kept.labels(), kept.references()
    rest = dict(kept.rest)
    if flow.left:
        rest["workflow"] = _by_step(flow)
    return Runbook(
        id=new_id,
        title=playbook.name,
        steps=flow.steps,
        body=_body(playbook.description, rest),
        risk=risk,
        references=references,
        written_at=written,
        updated_at=_moment(playbook.modified) or written,
        source=CACAO,
        source_id=playbook.id,
        tags=labels.get("tags", ()),
        services=labels.get("services", ()),
        environments=labels.get("environments", ()),
    )


def _without_agent(node: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key != "agent"}


def _by_step(flow: Flow) -> list[dict[str, Any]]:
    return [{"step": number, "id": name, **rest} for number, name, rest in flow.left]


def _body(description: str, rest: dict[str, Any]) -> str:
    """Return the description, and below it as fenced JSON what has no place of its own."""
    if not rest:
        return description
    written = msgspec.json.format(msgspec.json.encode(rest), indent=2).decode()
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", written)), default=0))
    block = f"{KEPT}\n\n{fence}json\n{written}\n{fence}"
    return f"{description}\n\n{block}" if description else block


def _moment(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
