"""Two incidents that were one: what stands in both afterwards, and nothing of either is lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from hardwon.domain.errors import RuleError
from hardwon.domain.incident import DeploymentLink, Impact, Incident, Times
from hardwon.domain.timeline import check_length, in_order

Item = TypeVar("Item")
_ENDS: Final = frozenset({"mitigated_at", "resolved_at", "closed_at"})


def merge(kept: Incident, given: Incident) -> tuple[Incident, Incident]:
    """Return the incident that is kept with all that the other says, and the other pointing at it.

    It began when the first of the two did and ended when the last did, if both have ended; its
    severity is the worse one. Raises RuleError for an incident and itself, one that was merged
    before, or one that fewer people may see than the one that is kept.
    """
    _check(kept, given)
    timeline = in_order(_union(kept.timeline, given.timeline))
    check_length(timeline)
    known = {link.deployment for link in kept.deployments if link.decided_by}
    links = [*kept.deployments, *(link for link in given.deployments if link.deployment not in known)]
    severities = [s for s in (kept.severity, given.severity) if s is not None]
    merged = msgspec.structs.replace(
        kept,
        severity=min(severities, default=None),
        services=_union(kept.services, given.services),
        environments=_union(kept.environments, given.environments),
        detection=given.detection if kept.detection == "unknown" else kept.detection,
        times=_times(kept.times, given.times),
        summary=_texts(kept.summary, given.summary, given),
        impact=Impact(
            text=_texts(kept.impact.text, given.impact.text, given),
            figures=_union(kept.impact.figures, given.impact.figures),
        ),
        timeline=timeline,
        factors=_union(kept.factors, given.factors),
        deployments=_links(links),
        related=tuple(
            name for name in _union(kept.related, given.related) if name not in {kept.id, given.id}
        ),
        errors=_union(kept.errors, given.errors),
        alerts=_union(kept.alerts, given.alerts),
        evidence=_union(kept.evidence, given.evidence),
        tags=_union(kept.tags, given.tags),
        team=kept.team or given.team,
    )
    return merged, msgspec.structs.replace(given, status="closed", merged_into=kept.id)


def _check(kept: Incident, given: Incident) -> None:
    if kept.id == given.id:
        raise RuleError("An incident cannot be merged into itself.", fix="Name the other one.")
    for incident in (kept, given):
        if incident.merged_into:
            raise RuleError(
                f"{incident.id} was merged into {incident.merged_into}.", fix="Merge with that one."
            )
    if kept.scope != given.scope:
        raise RuleError(
            f"{given.id} and {kept.id} are seen by different people.",
            fix="Give both the same scope first, so that nothing is shown to more people unnoticed.",
        )


def _times(one: Times, other: Times) -> Times:
    changes: dict[str, datetime | None] = {}
    for name in Times.__struct_fields__:
        pair = [at for at in (getattr(one, name), getattr(other, name)) if at]
        if name in _ENDS:
            both = len(pair) == 2  # noqa: PLR2004  (one end is no end)
            changes[name] = max(pair) if both else getattr(one, name)
        else:
            changes[name] = min(pair, default=None)
    return Times(**changes)


def _links(links: Iterable[DeploymentLink]) -> tuple[DeploymentLink, ...]:
    """Return the links, each deployment once: what a person decided stands before a proposal."""
    found: dict[str, DeploymentLink] = {}
    for link in links:
        stands = found.get(link.deployment)
        if stands is None or (link.decided_by and not stands.decided_by):
            found[link.deployment] = link
    return tuple(found.values())


def _texts(one: str, other: str, given: Incident) -> str:
    if not other.strip() or other.strip() in one:
        return one
    return f"{one.rstrip()}\n\nFrom {given.id}:\n\n{other}".strip() if one.strip() else other


def _union(one: tuple[Item, ...], other: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the items of both, each once, in order."""
    found = list(one)
    seen = {msgspec.json.encode(item) for item in one}
    for item in other:
        if (key := msgspec.json.encode(item)) not in seen:
            seen.add(key)
            found.append(item)
    return tuple(found)
