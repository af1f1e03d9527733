"""Revisions as ETags: a write names the one it is based on."""

from __future__ import annotations

import re
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request, Response

from hardwon.api.problem import MalformedError, PreconditionRequiredError

Record = TypeVar("Record", bound=msgspec.Struct)
_ETAG: Final = re.compile(r'"(?P<number>[0-9]{1,9})"')


def expected_revision(request: Request[Any, Any, Any]) -> int:
    """Return the revision in If-Match. Raises PreconditionRequiredError, MalformedError."""
    header = request.headers.get("if-match")
    if header is None:
        raise PreconditionRequiredError(
            "This write must say which revision it is based on.",
            fix='Send `If-Match: "3"` with the ETag that reading the record gave.',
        )
    match = _ETAG.fullmatch(header.strip())
    if match is None:
        raise MalformedError("If-Match names no single revision.", fix='Send it as `If-Match: "3"`.')
    return int(match["number"])


def with_etag(record: Any, content: Any = None, *, status: int = 200, location: str = "") -> Response[Any]:
    """Return a record (or a page about it) with its revision as ETag."""
    headers = {"ETag": f'"{record.revision}"', "Cache-Control": "private, no-cache"}
    if location:
        headers["Location"] = f"{location}/{record.id}"
    return Response(record if content is None else content, status_code=status, headers=headers)
