"""Where a record's page lies on a server."""

from __future__ import annotations

from typing import Final

from hardwon.domain.text import kind_of

_FOLDERS: Final = {
    "incident": "incidents",
    "postmortem": "postmortems",
    "lesson": "lessons",
    "runbook": "runbooks",
    "action": "actions",
    "deployment": "deployments",
    "check": "checks",
}


def address_of(base: str, record_id: str) -> str:
    """Return the address of a record's page, empty where the server or the kind's page is not known."""
    folder = _FOLDERS.get(kind_of(record_id) or "")
    return f"{base.rstrip('/')}/{folder}/{record_id}" if base and folder else ""
