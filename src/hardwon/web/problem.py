"""Errors as pages that say what to do."""

from __future__ import annotations

import logging
from typing import Any, Final
from urllib.parse import quote

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from hardwon.domain.errors import (
    BelowStandardError,
    ConflictError,
    ForbiddenError,
    HardwonError,
    InputError,
    NotFoundError,
    RuleError,
    ThrottledError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    of_machine,
)
from hardwon.logs.requests import current_request_id, route_of
from hardwon.web.view import templates

LOG: Final = logging.getLogger("hardwon.web")
_STATUS: Final[tuple[tuple[type[HardwonError], int, str], ...]] = (
    (TooLargeError, 413, "That is too large"),
    (InputError, 422, "That cannot be understood"),
    (NotFoundError, 404, "There is nothing here"),
    (ConflictError, 409, "Somebody was first"),
    (RuleError, 409, "That step is not possible"),
    (UnauthenticatedError, 401, "Sign in first"),
    (ForbiddenError, 403, "This is not open to you"),
    (ThrottledError, 429, "That was too often"),
    (UnavailableError, 503, "Hardwon cannot answer right now"),
)
AnyRequest = Request[Any, Any, Any]


def _page(
    status: int, title: str, text: str, fix: str, missing: tuple[tuple[str, str], ...] = ()
) -> Response[bytes]:
    values = {"status": status, "title": title, "text": text, "fix": fix, "missing": missing}
    values["request_id"] = current_request_id() if status == 500 else ""  # noqa: PLR2004
    body = templates().get_template("error.html").render(values)
    headers = {"Retry-After": "2"} if status == 503 else {}  # noqa: PLR2004
    return Response(body.encode(), media_type=MediaType.HTML, status_code=status, headers=headers)


def status_of(error: HardwonError) -> int:
    """Return the HTTP status of an error that Hardwon raised on purpose."""
    return next((status for kind, status, _ in _STATUS if isinstance(error, kind)), 500)


def on_known(request: AnyRequest, error: HardwonError) -> Response[Any]:
    """Answer an error that Hardwon raised on purpose; what the standard misses is linked, one by one.

    Who opens a page without being signed in is led to where one signs in, and back afterwards.
    """
    opens = request.method == "GET" and not request.url.path.endswith(".json")
    if isinstance(error, UnauthenticatedError) and opens:
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Redirect(f"/sign-in?next={quote(back, safe='')}", status_code=303)
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            missing = error.missing if isinstance(error, BelowStandardError) else ()
            return _page(status, title, error.message, error.fix, missing)
    return _page(500, "Something went wrong", error.message, error.fix)


def on_http(_request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Answer what the server itself refuses: an unknown address, a wrong method, a bad form."""
    if error.status_code == 404:  # noqa: PLR2004
        return _page(404, "There is nothing here", "No page has this address.", "Search for it.")
    fix = "Check the address and the form."
    return _page(error.status_code, "That cannot be understood", str(error.detail), fix)


def on_unknown(request: AnyRequest, error: Exception) -> Response[Any]:
    """Answer what nobody expected without telling its inside, and log it."""
    if isinstance(error, RecursionError | OverflowError | UnicodeError):  # can only come of what was sent
        text = "What was sent nests too deeply or holds a value out of bounds."
        return _page(400, "That cannot be understood", text, "Send plain values.")
    if (refused := of_machine(error)) is not None:
        LOG.warning("%s failed: %s", route_of(request.scope), error)
        return on_known(request, refused)
    LOG.error("unexpected error at %s", route_of(request.scope), exc_info=error)
    text = "Hardwon did not expect this. It is in the log."
    return _page(500, "Something went wrong", text, "Try again, or see `hardwon doctor`.")


HANDLERS: Final[Any] = {HardwonError: on_known, HTTPException: on_http, Exception: on_unknown}
