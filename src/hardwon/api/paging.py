"""Pages over HTTP: rows and the cursor to go on from, in the body and in a Link header."""

from __future__ import annotations

from typing import Annotated, Any, Protocol, TypeAlias
from urllib.parse import parse_qsl, urlencode

from litestar import Request, Response
from litestar.params import QueryParameter

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=200, description="Rows on a page")]
After: TypeAlias = Annotated[
    str | None, QueryParameter(max_length=1_000, description="`next` of the page before")
]
Word: TypeAlias = Annotated[str | None, QueryParameter(max_length=200)]
Words: TypeAlias = Annotated[list[str] | None, QueryParameter(max_items=50)]


class Rows(Protocol):
    """What every list of the use cases returns."""

    @property
    def rows(self) -> tuple[Any, ...]:
        """The rows, in order."""

    @property
    def next(self) -> str | None:
        """The cursor of the next page, None on the last."""


def page(request: Request[Any, Any, Any], rows: Rows) -> Response[dict[str, Any]]:
    """Return a page; its Link header names the next one."""
    headers = {"Cache-Control": "private, no-cache"}
    if rows.next:
        kept = [pair for pair in parse_qsl(request.url.query, keep_blank_values=True) if pair[0] != "after"]
        query = urlencode([*kept, ("after", rows.next)])
        headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    return Response({"rows": rows.rows, "next": rows.next}, headers=headers)
