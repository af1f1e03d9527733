"""Webhooks in: the address that other systems report to. A delivery's signature is its permission."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, Response, post
from litestar.params import FromPath

from hardwon.api.identity import PUBLIC, app_of
from hardwon.domain.errors import TooLargeError
from hardwon.usecases import receiving


@post(
    "/hooks/{source_id:str}",
    opt={PUBLIC: True},
    status_code=202,
    request_max_body_size=None,
    tags=["Webhooks"],
    include_in_schema=False,
)
async def take_delivery(
    request: Request[Any, Any, Any], source_id: FromPath[str]
) -> Response[dict[str, str]]:
    """Take a delivery in; answered with 202 once it is on the disk, the same twice as once."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > receiving.MAX_BODY:
            raise TooLargeError("The delivery is too large.", fix="Let the sender send less of it.")
    headers = {name.lower(): value for name, value in request.headers.items()}
    app, data = app_of(request), bytes(body)
    if receiving.is_quick(app, source_id, len(data)):
        kept = receiving.receive(app, source_id, headers, data)
    else:
        kept = await asyncio.to_thread(receiving.receive, app, source_id, headers, data)
    fresh = await asyncio.wrap_future(kept)
    return Response({"status": "kept" if fresh else "known"}, status_code=202)
