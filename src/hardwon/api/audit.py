"""The audit trail over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get

from hardwon.api.identity import Asker, OpenApp
from hardwon.usecases import audit


@get("/audit/verify", sync_to_thread=True, tags=["Audit"])
def verify_audit(app: OpenApp, actor: Asker) -> dict[str, Any]:
    """Recompute the audit trail and name what does not fit. Needs the right to administer."""
    report: dict[str, Any] = msgspec.to_builtins(audit.verify(app, actor))
    return report
