"""A deployment as the risk score reads it, and when a record says that one failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from hardwon.domain.deployment import Deployment
from hardwon.domain.incident import Incident, occurred_at
from hardwon.domain.risk_traits import Shipment
from hardwon.domain.sensitivity import withhold

_MAX_COMMITS: Final = 20
_FAILED: Final = frozenset({"failed", "rolled_back"})
_HURT: Final = frozenset({"caused", "rolled_back"})


def shipment_of(deployment: Deployment, at: float) -> Shipment:
    """Return a deployment as the score reads it. `at` stands in where it carries no time."""
    moment = deployment.started_at or deployment.finished_at
    changes = deployment.changes
    lines = [change.text.splitlines()[0] for change in changes[:3] if change.text.strip()]
    files = tuple(dict.fromkeys(name for change in changes for name in change.files))
    written = [change.authored_at.timestamp() for change in changes if change.authored_at]
    versions = msgspec.structs.asdict(deployment.versions)
    return Shipment(
        title=withhold(" ".join(dict.fromkeys((deployment.title, *lines)))),
        at=moment.timestamp() if moment else at,
        files=files,
        size=len(files),
        service=deployment.service,
        tickets=tuple(ticket for change in changes for ticket in change.tickets),
        commits=tuple(change.commit for change in changes)[:_MAX_COMMITS],
        reverts=tuple(change.reverts for change in changes if change.reverts)[:_MAX_COMMITS],
        authored_at=max(written) if written else None,
        versions=tuple(name for name, value in versions.items() if value),
        itself=deployment.id,
    )


def failures_said_by(record: Deployment | Incident, now: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield the deployments that a record says failed, and when that was seen: its own outcome, or an
    incident that one caused or was rolled back for. A suspicion is no failure.
    """
    if isinstance(record, Deployment):
        if record.outcome in _FAILED:
            yield record.id, record.finished_at or record.started_at or now
        return
    seen = record.times.detected_at or occurred_at(record) or now
    for name in dict.fromkeys(link.deployment for link in record.deployments if link.relation in _HURT):
        yield name, seen
