"""The shape of what is told to other systems: CDEvents 0.5.1."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

import msgspec

SPEC: Final = "0.5.1"


class Target(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The event that a link leads to."""

    context_id: str


class EventLink(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """How this event relates to another one."""

    link_type: Literal["RELATION"] = "RELATION"
    link_kind: str
    target: Target


class Context(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """Which event it is. `chain_id` is what belongs to one incident."""

    id: str
    source: str
    type: str
    timestamp: datetime
    specversion: str
    schema_uri: str | msgspec.UnsetType = msgspec.UNSET
    chain_id: str | msgspec.UnsetType = msgspec.UNSET
    links: tuple[EventLink, ...] = ()


class Subject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it happened to."""

    id: str
    source: str
    content: dict[str, Any]


class CDEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One event as it is sent."""

    context: Context
    subject: Subject
    custom_data: dict[str, Any]
    custom_data_content_type: str = "application/json"


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what is sent, with its `$id`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:hardwon:schema:event:1-0-0",
        **msgspec.json.schema(CDEvent),
    }
