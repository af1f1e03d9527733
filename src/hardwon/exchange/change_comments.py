"""One comment in a pull or merge request, written once and edited from then on."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

from hardwon.domain.errors import InputError, UnavailableError
from hardwon.domain.locality import is_loopback
from hardwon.exchange.outbound import Egress, RefusedError, Reply, send
from hardwon.exchange.webhooks.payload import Payload

_EACH: Final = 100
_MOST_PAGES: Final = 20
_MOST_EVENT: Final = 25 * 1024 * 1024
_TRUSTED: Final = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_FIX: Final = "Look at the token's permissions; the check itself stands as it was printed."


class Request(NamedTuple):
    """The pull or merge request that a job runs for: its comments' address, and what opens them.

    `edited` is the address below which one comment is edited; `me` is where the forge says whose token it is,
    empty where it says it with each comment.
    """

    forge: str
    comments: str
    edited: str
    headers: Mapping[str, str]
    method: str
    me: str = ""


def request_in(environ: Mapping[str, str]) -> Request:
    """Return the pull or merge request that GitHub Actions or GitLab CI runs this job for.

    Raises InputError where it runs for none, or what names it is missing.
    """
    if environ.get("GITHUB_REPOSITORY"):
        return _github(environ)
    if environ.get("CI_API_V4_URL"):
        return _gitlab(environ)
    raise InputError(
        "Neither GitHub Actions nor GitLab CI runs this.",
        fix="Leave --comment out, or print --format markdown.",
    )


def put_comment(request: Request, marker: str, text: str) -> str:
    """Write the comment, or edit the one of ours that begins with the marker; return `written` or `edited`.

    Raises UnavailableError where the forge does not take it.
    """
    known = _find(request, marker)
    body = msgspec.json.encode({"body": text})
    if known:
        _send(request, request.method, f"{request.edited}/{known}", body)
        return "edited"
    _send(request, "POST", request.comments, body)
    return "written"


def _github(environ: Mapping[str, str]) -> Request:
    api = _api(environ.get("GITHUB_API_URL") or "https://api.github.com")
    event = _event(environ.get("GITHUB_EVENT_PATH", ""))
    number = event.at("pull_request", "number").value or event.at("number").value
    token, repository = environ.get("GITHUB_TOKEN", ""), quote(environ["GITHUB_REPOSITORY"])
    if not isinstance(number, int) or isinstance(number, bool):
        raise InputError("This run is for no pull request.", fix="Run it `on: pull_request`.")
    if not token:
        raise InputError(
            "There is no GITHUB_TOKEN.", fix="Pass it in `env`, with `permissions: pull-requests: write`."
        )
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    base = f"{api}/repos/{repository}/issues"
    return Request("GitHub", f"{base}/{number}/comments", f"{base}/comments", headers, "PATCH")


def _gitlab(environ: Mapping[str, str]) -> Request:
    api = _api(environ["CI_API_V4_URL"])
    project, number = environ.get("CI_PROJECT_ID", ""), environ.get("CI_MERGE_REQUEST_IID", "")
    token = environ.get("GITLAB_TOKEN", "")
    if not (project.isdigit() and number.isdigit()):
        raise InputError(
            "This job is for no merge request.",
            fix="Run it with `rules: if: $CI_PIPELINE_SOURCE == 'merge_request_event'`.",
        )
    if not token:
        raise InputError(
            "There is no GITLAB_TOKEN.", fix="Set a masked variable with a project token of the scope `api`."
        )
    notes = f"{api}/projects/{project}/merge_requests/{number}/notes"
    return Request("GitLab", notes, notes, {"PRIVATE-TOKEN": token}, "PUT", me=f"{api}/user")


def _api(address: str) -> str:
    """Return the API's address. Raises InputError for one to which no token may go."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        host, parts = "", urlsplit("")
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise InputError(f"{address[:200]} takes no token safely.", fix="Use the forge's https:// address.")
    return address.rstrip("/")


def _event(path: str) -> Payload:
    try:
        with Path(path).open("rb") as file:
            return Payload(msgspec.json.decode(file.read(_MOST_EVENT)))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            "The event of this run cannot be read.", fix="Let GITHUB_EVENT_PATH name it, as Actions does."
        ) from error


def _find(request: Request, marker: str) -> str:
    """Return the number of our comment, empty where there is none among the first two thousand."""
    mine = _value(_send(request, "GET", request.me)).at("id").value if request.me else None
    for page in range(1, _MOST_PAGES + 1):
        found = _value(_send(request, "GET", f"{request.comments}?per_page={_EACH}&page={page}"))
        items = found.items()
        for one in items:
            if one.prose("body").startswith(marker) and _is_ours(one, mine):
                return str(int(one.value["id"]))
        if len(items) < _EACH:
            break
    return ""


def _is_ours(one: Payload, mine: Any) -> bool:
    """Tell whether a comment may be ours: a stranger who writes the marker gets no word of ours put into theirs."""
    number = one.at("id").value
    if not isinstance(number, int) or isinstance(number, bool):
        return False
    if mine is not None:
        return bool(one.at("author", "id").value == mine)
    return one.line("user", "type") == "Bot" or one.line("author_association") in _TRUSTED


def _value(reply: Reply) -> Payload:
    try:
        return Payload(msgspec.json.decode(reply.body))
    except (ValueError, RecursionError) as error:
        raise UnavailableError("The forge's answer is no JSON.", fix=_FIX) from error


def _send(request: Request, method: str, url: str, body: bytes | None = None) -> Reply:
    host = urlsplit(url).hostname or ""
    egress = Egress(allowed=(host,), seconds=10.0, most=10 * 1024 * 1024)
    headers = {**request.headers, "User-Agent": "hardwon", "Content-Type": "application/json"}
    try:
        reply = send(method, url, egress, body=body, headers=headers)
    except (RefusedError, OSError, HTTPException, ValueError) as error:
        said = str(error) or "no answer in time"
        raise UnavailableError(f"{request.forge} could not be asked: {said}.", fix=_FIX) from error
    if not 200 <= reply.status < 300:  # noqa: PLR2004
        raise UnavailableError(f"{request.forge} answered {reply.status}.", fix=_FIX)
    return reply
