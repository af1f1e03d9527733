"""A runbook as a CACAO 2.0 playbook (OASIS), for tools that keep or run playbooks."""

from __future__ import annotations

import base64
import uuid
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from hardwon.domain.incident import Risk
from hardwon.domain.runbook import Runbook, Step

SPEC: Final = "cacao-2.0"
NAMESPACE: Final = uuid.UUID("8b0c8a5e-6f5f-5d55-9e0b-3d1c1a7f2c41")
"""Our own: the one the standard names is for ids made of a playbook's name and types alone."""
EXPECT: Final = "Expect: "
"""Opens the description of a command where it is the sign that a step worked."""
SOURCE: Final = "hardwon"
CACAO: Final = "cacao"
"""The source of a runbook that came as a playbook: it keeps the playbook's id."""
SEVERITIES: Final[dict[Risk, int]] = {"low": 25, "medium": 50, "high": 75, "critical": 100}
_NAME: Final = 120
_SIGNIFICANT: Final = frozenset("\"'\\\n\r\t`$")
"""What a plain command must not hold; such a one goes as base64."""


def to_playbook(runbook: Runbook) -> bytes:
    """Return the runbook as the JSON of a CACAO 2.0 playbook; the same runbook gives the same bytes."""
    seed = f"{runbook.id}\n{runbook.source}\n{runbook.source_id}\n{_stamp(runbook.written_at)}"
    agent = f"individual--{_v4(seed, 'agent')}"
    workflow, start = _workflow(runbook, seed, agent)
    playbook: dict[str, Any] = {
        "type": "playbook",
        "spec_version": SPEC,
        "id": runbook.source_id if runbook.source == CACAO else f"playbook--{uuid.uuid5(NAMESPACE, seed)}",
        "name": runbook.title,
        "description": runbook.body,
        "created_by": creator(),
        "created": _stamp(runbook.written_at),
        "modified": _stamp(max(runbook.written_at, runbook.updated_at)),
        "revoked": runbook.state in {"retired", "archived"},
        "labels": _labels(runbook),
        "external_references": _references(runbook),
        "workflow_start": start,
        "workflow": workflow,
        "agent_definitions": {agent: {"type": "individual", "name": operator(runbook)}},
    }
    if runbook.risk:
        playbook["severity"] = SEVERITIES[runbook.risk]
    kept = {key: value for key, value in playbook.items() if value not in ("", [], {})}
    return msgspec.json.format(msgspec.json.encode(kept), indent=2)


def creator() -> str:
    """Return the identity that stands for Hardwon as the maker of a playbook."""
    return f"identity--{uuid.uuid5(NAMESPACE, SOURCE)}"


def operator(runbook: Runbook) -> str:
    """Return who carries the runbook out: its owner, its team, or an operator."""
    return runbook.owner or runbook.team or "Operator"


def headline(text: str) -> str:
    """Return the name of a step: the first line of its words, cut to what a list shows."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "Step")
    return first if len(first) <= _NAME else f"{first[: _NAME - 1]}…"


def _workflow(runbook: Runbook, seed: str, agent: str) -> tuple[dict[str, Any], str]:
    """Return the workflow, a chain from its start to its end, and the id of the start."""
    actions = [f"action--{_v4(seed, f'step {number}')}" for number in range(1, len(runbook.steps) + 1)]
    start, end = f"start--{_v4(seed, 'start')}", f"end--{_v4(seed, 'end')}"
    chain = [start, *actions, end]
    steps: dict[str, Any] = {start: {"type": "start", "on_completion": chain[1]}}
    for name, following, step in zip(actions, chain[2:], runbook.steps, strict=True):
        steps[name] = {
            "type": "action",
            "name": headline(step.text),
            "description": step.text,
            "on_completion": following,
            "commands": [_command(step)],
            "agent": agent,
        }
    steps[end] = {"type": "end"}
    return steps, start


def _command(step: Step) -> dict[str, Any]:
    """Return a step's command: one for a shell, or words for a person where it has none."""
    kind, text = ("bash", step.command) if step.command else ("manual", headline(step.text))
    command = {"type": kind}
    if step.expect:
        command["description"] = f"{EXPECT}{step.expect}"
    if _SIGNIFICANT.isdisjoint(text) and text == text.strip():
        command["command"] = text
    else:
        command["command_b64"] = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
    return command


def _labels(runbook: Runbook) -> list[str]:
    services = [f"service:{name}" for name in runbook.services]
    environments = [f"environment:{name}" for name in runbook.environments]
    return list(dict.fromkeys((*runbook.tags, *services, *environments)))


def _references(runbook: Runbook) -> list[dict[str, str]]:
    """Return what the runbook rests on: lessons and incidents by their id, addresses as they are."""
    records = [
        {"name": name, "source": SOURCE, "external_id": name}
        for name in dict.fromkeys((*runbook.lessons, *runbook.incidents))
    ]
    addresses = [
        {"name": reference.title or reference.url, "url": reference.url} for reference in runbook.references
    ]
    return [*records, *addresses]


def _stamp(at: datetime) -> str:
    """Return a time as the standard writes it: UTC, to the millisecond."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _v4(seed: str, part: str) -> uuid.UUID:
    """Return an id that looks as steps must (version 4) and is the same every time."""
    return uuid.UUID(bytes=uuid.uuid5(NAMESPACE, f"{seed}\n{part}").bytes, version=4)
