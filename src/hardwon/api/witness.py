"""Signing other workspaces' checkpoints, as c2sp.org/tlog-witness describes it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Request, Response, post

from hardwon.api.identity import PUBLIC, app_of
from hardwon.domain.errors import (
    ForbiddenError,
    HardwonError,
    InputError,
    NotFoundError,
    RuleError,
    WitnessConflictError,
)
from hardwon.usecases import witnessing
from hardwon.usecases.app import App

_SIZE: Final = "text/x.tlog.size"
_TEXT: Final = "text/plain; charset=utf-8"
_STATUS: Final[tuple[tuple[type[HardwonError], int], ...]] = (
    (InputError, 400),
    (ForbiddenError, 403),
    (NotFoundError, 404),
    (RuleError, 422),
)
"""What the protocol answers; elsewhere the same errors have other numbers."""


@post(
    "/witness/add-checkpoint",
    opt={PUBLIC: True},
    status_code=200,
    include_in_schema=False,
    request_max_body_size=witnessing.MAX_REQUEST,
)
async def add_checkpoint(request: Request[Any, Any, Any]) -> Response[str]:
    """Sign a checkpoint whose workspace is listed, and whose trail goes on; its signature is the permission."""
    body = await request.body()
    return await asyncio.to_thread(_answer, app_of(request), body.decode("utf-8", "replace"))


def _answer(app: App, text: str) -> Response[str]:
    try:
        return Response(witnessing.witness(app, text), media_type=_TEXT)
    except WitnessConflictError as error:
        return Response(f"{error.size}\n", media_type=_SIZE, status_code=409)
    except HardwonError as error:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), None)
        if status is None:
            raise
        return Response(f"{error.message} {error.fix}\n", media_type=_TEXT, status_code=status)
