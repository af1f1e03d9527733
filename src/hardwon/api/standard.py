"""The minimum standard over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.params import JSONBody
from msgspec import Meta

from hardwon.api.identity import Asker, OpenApp
from hardwon.api.revision import expected_revision, with_etag
from hardwon.domain.policy import Policy
from hardwon.usecases import standards
from hardwon.usecases.standards import StandardPage

AnyRequest = Request[Any, Any, Any]


class RulesText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules as TOML."""

    text: Annotated[str, Meta(max_length=100_000)]


@get("/", sync_to_thread=True)
def get_standard(app: OpenApp, actor: Asker) -> StandardPage:
    """Read the rules in force, and what they ask of the last 20 incidents."""
    return standards.get_standard(app, actor)


@post("/trial", status_code=200, sync_to_thread=True)
def try_standard(app: OpenApp, actor: Asker, data: JSONBody[RulesText]) -> StandardPage:
    """Say what other rules would have asked of the last 20 incidents; nothing is kept."""
    return standards.try_standard(app, actor, data.text)


@put("/", sync_to_thread=True)
def write_standard(
    request: AnyRequest, app: OpenApp, actor: Asker, data: JSONBody[RulesText]
) -> Response[Policy]:
    """Make these the rules in force. Needs If-Match with the revision that reading gave (0: none yet)."""
    return with_etag(standards.write_standard(app, actor, data.text, expected_revision(request)))


router = Router("/standard", route_handlers=[get_standard, try_standard, write_standard], tags=["Standard"])
