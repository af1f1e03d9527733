"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get

from hardwon.api.identity import PUBLIC, app_of
from hardwon.domain.actor import Actor
from hardwon.usecases import inbox

_PROBE: Final = Actor(id="probe", name="Probe", roles=("viewer",))


@get("/livez", opt={PUBLIC: True}, sync_to_thread=False, include_in_schema=False)
def live() -> dict[str, str]:
    """Say that the process answers; asks nothing of the store."""
    return {"status": "ok"}


@get("/readyz", opt={PUBLIC: True}, sync_to_thread=True, include_in_schema=False)
def ready(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Say that the store answers; 503 where it does not."""
    inbox.count_unread(app_of(request), _PROBE)
    return {"status": "ok"}
