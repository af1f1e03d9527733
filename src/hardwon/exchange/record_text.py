"""A record as Markdown with front matter, for people and for git. The JSON beside it is the truth."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import msgspec
import yaml

from hardwon.domain.action import Action
from hardwon.domain.artifact import Artifact
from hardwon.domain.criterion import describe
from hardwon.domain.deployment import Deployment
from hardwon.domain.incident import Incident
from hardwon.domain.lesson import Lesson
from hardwon.domain.postmortem import Postmortem, heading_of
from hardwon.domain.record import Record, kind_of
from hardwon.domain.runbook import Runbook

_LONG: Final = frozenset(
    {
        "summary", "impact", "timeline", "factors", "body", "sections", "claim", "steps", "what_ifs", "description",
        "changes", "evidence", "signals", "criterion", "applies", "deployments", "schema_version", "retired_because",
    }
)  # fmt: skip


def text_of(record: Record) -> str:
    """Return the record as a Markdown page."""
    fields = {"kind": kind_of(record), **_short(record)}
    front = yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=110)
    name = getattr(record, "title", None) or getattr(record, "name", "")
    parts = [f"# {' '.join(str(name).split())}", *_parts(record)]
    return f"---\n{front}---\n\n" + "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def _short(record: Record) -> dict[str, Any]:
    """Return the fields that fit a line and are not empty."""
    found: dict[str, Any] = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if name not in _LONG and value not in (None, "", (), {}):
            found[name] = _plain(value)
    return {name: value for name, value in found.items() if value not in ({}, [])}


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        pairs = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return {name: _plain(item) for name, item in pairs if item not in (None, "", ())}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value if isinstance(value, date | datetime | bool | int | float) else str(value)


def _parts(record: Record) -> list[str]:
    if isinstance(record, Incident):
        return _incident(record)
    if isinstance(record, Action):
        return _action(record)
    if isinstance(record, Deployment):
        return _deployment(record)
    return _artifact(record) if isinstance(record, Artifact) else []


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text.strip()}" if text.strip() else ""


def _incident(incident: Incident) -> list[str]:
    figures = [
        f"- {figure.label}: {figure.value} {figure.note}".rstrip() for figure in incident.impact.figures
    ]
    impact = "\n\n".join(part for part in (incident.impact.text, "\n".join(figures)) if part)
    rows = []
    for entry in incident.timeline:
        when = f"{entry.at:%Y-%m-%d %H:%M:%S} UTC" if entry.at else entry.written_at or "no time"
        lane = f" ({entry.lane})" if entry.lane else ""
        rows.append(f"- **{when}**{lane} {_indented(entry.text)}")
    factors = [
        f"- {_indented(factor.text)} ({factor.kind}, {factor.standing})" for factor in incident.factors
    ]
    links = [f"- {link.deployment}: {link.relation} ({link.method})" for link in incident.deployments]
    return [
        _section("Summary", incident.summary),
        _section("Impact", impact),
        _section("Timeline", "\n".join(rows)),
        _section("Contributing factors", "\n".join(factors)),
        _section("Deployments", "\n".join(links)),
    ]


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")


def _action(action: Action) -> list[str]:
    criterion = describe(action.criterion) if action.criterion else ""
    return [action.description, _section("Success criterion", criterion)]


def _deployment(deployment: Deployment) -> list[str]:
    changes = []
    for change in deployment.changes:
        files = "".join(f"\n  - `{name}`" for name in change.files)
        changes.append(f"- {change.commit}: {_indented(change.text)}{files}")
    return [deployment.description, _section("Changes", "\n".join(changes))]


def _artifact(artifact: Artifact) -> list[str]:
    parts: list[str] = []
    if isinstance(artifact, Lesson):
        parts.append(artifact.claim)
    if isinstance(artifact, Postmortem):
        parts += [_section(heading_of(section), section.text) for section in artifact.sections]
    if isinstance(artifact, Runbook):
        steps = []
        for number, step in enumerate(artifact.steps, 1):
            command = f"\n\n   ```\n   {step.command}\n   ```" if step.command else ""
            steps.append(f"{number}. {step.text.replace(chr(10), chr(10) + '   ')}{command}")
        parts.append(_section("Steps", "\n".join(steps)))
    return [*parts, artifact.body, _section("Retired because", artifact.retired_because)]
