"""Errors as problem details (RFC 9457): the one place where the error tree becomes HTTP."""

from __future__ import annotations

import logging
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from hardwon.domain.errors import (
    BusyError,
    ConflictError,
    ForbiddenError,
    HardwonError,
    InputError,
    NotFoundError,
    RevisionConflictError,
    RuleError,
    ThrottledError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    of_machine,
)
from hardwon.logs.requests import current_request_id, route_of

LOG: Final = logging.getLogger("hardwon.api")
MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 2
_STATUS: Final[tuple[tuple[type[HardwonError], int], ...]] = (
    (TooLargeError, 413),
    (InputError, 422),
    (NotFoundError, 404),
    (RevisionConflictError, 412),
    (ConflictError, 409),
    (RuleError, 409),
    (UnauthenticatedError, 401),
    (ForbiddenError, 403),
    (ThrottledError, 429),
    (BusyError, 503),
    (UnavailableError, 503),
)
_TITLES: Final = {
    400: "The request cannot be read",
    401: "Who is asking is not known",
    403: "Not allowed",
    404: "Not found",
    405: "Not a method of this address",
    409: "In conflict with what is stored",
    412: "Changed since you read it",
    413: "Too large",
    422: "Not acceptable as it is",
    428: "A condition is missing",
    429: "Asked too often",
    500: "Hardwon did not expect this",
    503: "Not available just now",
}
_CODES: Final = {400: "malformed", 401: "unauthenticated", 405: "method", 428: "precondition_required"}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem document. `code` is stable; `fix` says what to do; `request_id` finds a fault of ours in the log."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    fix: str = ""
    request_id: str | msgspec.UnsetType = msgspec.UNSET


class MalformedError(InputError):
    """The request could not even be read as what it claims to be."""

    code = "malformed"


class PreconditionRequiredError(InputError):
    """The write names no revision it is based on."""

    code = "precondition_required"


_OWN: Final[tuple[tuple[type[HardwonError], int], ...]] = (
    (MalformedError, 400),
    (PreconditionRequiredError, 428),
)

AnyRequest = Request[Any, Any, Any]


def status_of(error: HardwonError) -> int:
    """Return the HTTP status of an error of the domain's tree."""
    return next((status for kind, status in (*_OWN, *_STATUS) if isinstance(error, kind)), 500)


def answer(status: int, code: str, detail: str, fix: str = "") -> Response[Problem]:
    """Return a problem document with the headers its status asks for."""
    headers = {"Cache-Control": "no-store"}
    if status == 503:  # noqa: PLR2004
        headers["Retry-After"] = str(RETRY_SECONDS)
    if status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = 'Bearer realm="hardwon"'
    if status == 413:  # noqa: PLR2004  (what is still being sent is not read)
        headers["Connection"] = "close"
    problem = Problem(
        title=_TITLES.get(status, "The request failed"),
        status=status,
        code=code,
        detail=detail,
        fix=fix,
        request_id=current_request_id() if status == 500 else msgspec.UNSET,  # noqa: PLR2004
    )
    return Response(problem, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def on_domain_error(_request: AnyRequest, error: HardwonError) -> Response[Problem]:
    """Answer an error of the domain's tree."""
    return answer(status_of(error), error.code, error.message, error.fix)


def on_http_error(_request: AnyRequest, error: HTTPException) -> Response[Problem]:
    """Answer what the framework refused: an unknown path, a wrong type, a body too large."""
    status = error.status_code
    detail = str(error.detail)
    if isinstance(error, SerializationException):
        return answer(400, "malformed", detail, "Send valid JSON in UTF-8.")
    if isinstance(error, ValidationException):
        return answer(422, "invalid_input", _detail_of(error), "See the API's description at /api/docs.")
    if status == 413:  # noqa: PLR2004
        return answer(413, "too_large", "The body is too large.", "Send less at a time.")
    code = {403: "forbidden", 404: "not_found", 405: "method"}.get(status, "malformed")
    if status >= 500:  # noqa: PLR2004
        return answer(status, "unavailable", "The server could not answer.", "Try again.")
    return answer(status, _CODES.get(status, code), detail, "See the API's description at /api/docs.")


def on_unexpected(request: AnyRequest, error: Exception) -> Response[Problem]:
    """Answer what nobody expected; what can only come of the input is the asker's to mend."""
    if isinstance(error, RecursionError | OverflowError | UnicodeError):
        return answer(
            400,
            "malformed",
            "The request nests too deeply or holds a value out of bounds.",
            "Send plain values.",
        )
    if (refused := of_machine(error)) is not None:
        LOG.warning("%s %s failed: %s", request.method, route_of(request.scope), error)
        return on_domain_error(request, refused)
    LOG.error("%s %s failed", request.method, route_of(request.scope), exc_info=error)
    return answer(500, "unexpected", "Hardwon did not expect this.", "See the server's log, and report it.")


def _detail_of(error: ValidationException) -> str:
    parts = [
        f"{item.get('key', '')}: {item.get('message', '')}".strip(": ")
        for item in error.extra or []
        if isinstance(item, dict)
    ]
    return "; ".join(parts)[:1_000] or str(error.detail)


HANDLERS: Final[dict[Any, Any]] = {
    HardwonError: on_domain_error,
    HTTPException: on_http_error,
    Exception: on_unexpected,
}
"""For the router; an application may use it for all of `/api`."""
