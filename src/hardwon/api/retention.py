"""Retention, legal holds and erasing over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.params import JSONBody
from msgspec import Meta

from hardwon.api.identity import Asker, OpenApp
from hardwon.api.revision import expected_revision, with_etag
from hardwon.api.standard import RulesText
from hardwon.domain.erasure import Found
from hardwon.domain.errors import InputError
from hardwon.domain.policy import Policy
from hardwon.domain.text import Line, Name
from hardwon.usecases import erasure, retention
from hardwon.usecases.erasure import Preview
from hardwon.usecases.retention import RetentionPage

AnyRequest = Request[Any, Any, Any]


class WhatToErase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person or words, and why; `reason` is kept in the trail."""

    person: Name | None = None
    words: Annotated[str, Meta(max_length=2_000)] | None = None
    reason: Line = ""


@get("/retention", sync_to_thread=True)
def get_retention(app: OpenApp, actor: Asker) -> RetentionPage:
    """Read the rules and holds in force, and what they let go of within 90 days."""
    return retention.get_retention(app, actor)


@post("/retention/trial", status_code=200, sync_to_thread=True)
def try_retention(app: OpenApp, actor: Asker, data: JSONBody[RulesText]) -> RetentionPage:
    """Say what other rules would let go of; nothing is kept."""
    return retention.try_retention(app, actor, data.text)


@put("/retention", sync_to_thread=True)
def write_retention(
    request: AnyRequest, app: OpenApp, actor: Asker, data: JSONBody[RulesText]
) -> Response[Policy]:
    """Make these the rules in force. Needs If-Match with the revision that reading gave (0: none yet)."""
    return with_etag(retention.write_retention(app, actor, data.text, expected_revision(request)))


@post("/erasures/preview", status_code=200, sync_to_thread=True)
def preview_erasure(app: OpenApp, actor: Asker, data: JSONBody[WhatToErase]) -> Preview:
    """Say where a person or words stand; nothing is changed."""
    if data.person is not None and data.words is None:
        return erasure.preview_person(app, actor, data.person)
    if data.words is not None and data.person is None:
        return erasure.preview_words(app, actor, data.words)
    raise _either()


@post("/erasures", status_code=200, sync_to_thread=True)
def erase(app: OpenApp, actor: Asker, data: JSONBody[WhatToErase]) -> Found:
    """Erase a person or words for good."""
    if data.person is not None and data.words is None:
        return erasure.erase_person(app, actor, data.person, data.reason)
    if data.words is not None and data.person is None:
        return erasure.erase_words(app, actor, data.words, data.reason)
    raise _either()


def _either() -> InputError:
    return InputError("Nothing to erase is named, or two things.", fix="Send either `person` or `words`.")


router = Router(
    "/",
    route_handlers=[get_retention, try_retention, write_retention, preview_erasure, erase],
    tags=["Retention"],
)
