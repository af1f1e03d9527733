"""The published JSON Schemas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec
from litestar import MediaType, Response, get
from litestar.params import FromPath

from hardwon.api.identity import PUBLIC
from hardwon.domain.cdevent import event_schema
from hardwon.domain.errors import NotFoundError
from hardwon.domain.record import TYPES, json_schema

_EVENT: Final = "event"
"""What is told to other systems: no record, but published all the same."""


@get("/schemas", opt={PUBLIC: True}, sync_to_thread=False, tags=["Schemas"])
def list_schemas() -> dict[str, list[str]]:
    """List the published schemas."""
    return {"schemas": [f"/schemas/{kind}.json" for kind in (*TYPES, _EVENT)]}


@get("/schemas/{name:str}", opt={PUBLIC: True}, sync_to_thread=False, tags=["Schemas"])
def get_schema(name: FromPath[str]) -> Response[bytes]:
    """Read the JSON Schema (2020-12) of one kind of record, e.g. `lesson.json`; `event.json` is what is sent."""
    schemas: dict[str, Callable[[], dict[str, Any]]] = {
        f"{kind}.json": partial(json_schema, kind) for kind in TYPES
    }
    schemas[f"{_EVENT}.json"] = event_schema
    if name in schemas:
        headers = {"Cache-Control": "public, max-age=3600"}
        return Response(msgspec.json.encode(schemas[name]()), media_type=MediaType.JSON, headers=headers)
    raise NotFoundError(f"There is no schema {name}.", fix="See /schemas for all of them.")
