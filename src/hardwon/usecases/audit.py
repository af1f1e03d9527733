"""The audit trail: place new leaves in the tree, and verify all of it."""

from __future__ import annotations

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor
from hardwon.storage.audit_log import AuditReport
from hardwon.storage.audit_log import sequence as sequence_leaves
from hardwon.storage.audit_log import verify as verify_log
from hardwon.usecases.app import App


def sequence(app: App) -> int:
    """Place committed leaves in the tree and return how many; for the worker and after commands."""
    return sequence_leaves(app.store, app.now())


def verify(app: App, actor: Actor) -> AuditReport:
    """Recompute the whole trail and name what does not fit. Raises ForbiddenError."""
    authorise(actor, "administer")
    with app.store.read(None) as reading:
        return verify_log(reading)
