"""The audit trail over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get

from hardwon.domain.actor import Actor
from hardwon.usecases import audit
from hardwon.usecases.app import App


@get("/audit/verify", sync_to_thread=True, tags=["Audit"])
def verify_audit(app: App, actor: Actor) -> dict[str, Any]:
    """Recompute the audit trail and name what does not fit. Needs the right to administer."""
    report: dict[str, Any] = msgspec.to_builtins(audit.verify(app, actor))
    return report
