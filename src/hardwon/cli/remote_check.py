"""Asking another Hardwon over HTTP, from a machine that has no workspace."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO, Final
from urllib.parse import urlsplit

import msgspec

from hardwon.domain.check import CheckAnswer, CheckQuestion
from hardwon.domain.errors import (
    ForbiddenError,
    HardwonError,
    InputError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
)

_MAX_ANSWER: Final = 4 * 1024 * 1024
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}
_ERRORS: Final[dict[int, type[HardwonError]]] = {
    400: InputError,
    401: ForbiddenError,
    403: ForbiddenError,
    404: NotFoundError,
    413: TooLargeError,
    422: InputError,
}


class _Problem(msgspec.Struct):
    detail: str = ""
    fix: str = ""
    code: str = ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token somewhere else."""

    def redirect_request(
        self,
        req: urllib.request.Request,  # noqa: ARG002
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: HTTPMessage,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        """Follow none."""
        return


def ask(server: str, token: str, question: CheckQuestion, seconds: float) -> CheckAnswer:
    """Return the other Hardwon's answer.

    Raises UnavailableError where it could not be asked (outage, time out, an answer that is none),
    ForbiddenError, InputError, NotFoundError as it says.
    """
    request = urllib.request.Request(  # noqa: S310  (the scheme is checked)
        f"{_base(server, token)}/api/v1/check",
        data=msgspec.json.encode(question),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
        method="POST",
    )
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=seconds) as answer:
            return msgspec.json.decode(answer.read(_MAX_ANSWER), type=CheckAnswer)
    except urllib.error.HTTPError as error:
        with error:
            raise _problem_of(error) from error
    except (OSError, HTTPException, msgspec.DecodeError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise UnavailableError(
            f"{server} could not be asked: {reason}.", fix="Try again, or allow it with --fail-open."
        ) from error


def _base(server: str, token: str) -> str:
    try:
        parts = urlsplit(server)
        host = parts.hostname or ""
    except ValueError as error:
        raise InputError(f"{server} is no address: {error}.", fix="Use https://HOST.") from error
    if parts.scheme not in {"http", "https"} or not host or parts.username:
        raise InputError(f"{server} is no server's address.", fix="Use https://HOST, without a user name.")
    if token and parts.scheme == "http" and host not in _LOOPBACK:
        raise InputError(
            "A token is not sent over plain HTTP to another machine.", fix="Use https:// for --server."
        )
    return server.rstrip("/")


def _problem_of(error: urllib.error.HTTPError) -> HardwonError:
    try:
        problem = msgspec.json.decode(error.read(65_536), type=_Problem)
    except (msgspec.DecodeError, OSError):
        problem = _Problem()
    kind = _ERRORS.get(error.code, UnavailableError)
    if kind is NotFoundError and problem.code != "not_found":
        kind = UnavailableError  # something else answers at that address
    detail = problem.detail or f"The server answered {error.code} {error.reason}."
    fix = problem.fix
    if error.code == 401:  # noqa: PLR2004
        fix = "Set HARDWON_TOKEN to a token issued there with `hardwon token issue`."
    return kind(detail, fix=fix)
