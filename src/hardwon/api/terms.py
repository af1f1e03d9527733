"""The glossary over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from hardwon.api.histories import history_routes
from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, page
from hardwon.api.revision import expected_revision, with_etag
from hardwon.domain.term import Term, TermAxis
from hardwon.domain.text import Name, Tag
from hardwon.usecases import terms
from hardwon.usecases.terms import GivenTerm, TermPage

AnyRequest = Request[Any, Any, Any]


class NewWord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The word that records carry from now on."""

    word: Tag


class OtherTerm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The term to take over."""

    term: Name


@get("/", sync_to_thread=True)
def list_terms(
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    axis: Annotated[TermAxis | None, QueryParameter()] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response[dict[str, Any]]:
    """List the glossary by axis and title, with how many records carry each word."""
    return page(request, terms.list_terms(app, actor, axis=axis, limit=limit, after=after))


@get("/{term_id:str}", sync_to_thread=True)
def get_term(app: OpenApp, actor: Asker, term_id: FromPath[str]) -> Response[TermPage]:
    """Read a term."""
    found = terms.get_term(app, actor, term_id)
    return with_etag(found.term, found)


@post("/", sync_to_thread=True)
def define_term(app: OpenApp, actor: Asker, data: JSONBody[GivenTerm]) -> Response[Term]:
    """Put a word into the glossary."""
    return with_etag(terms.define(app, actor, data), status=201, location="/api/v1/terms")


@put("/{term_id:str}", sync_to_thread=True)
def revise_term(
    request: AnyRequest, app: OpenApp, actor: Asker, term_id: FromPath[str], data: JSONBody[GivenTerm]
) -> Response[Term]:
    """Replace what a term means. Needs If-Match; its word changes by renaming alone."""
    return with_etag(terms.revise(app, actor, term_id, data, expected_revision(request)))


@post("/{term_id:str}/rename", status_code=200, sync_to_thread=True)
def rename_term(
    request: AnyRequest, app: OpenApp, actor: Asker, term_id: FromPath[str], data: JSONBody[NewWord]
) -> Response[Term]:
    """Give a term another word, in every record that carries the old one. Needs If-Match."""
    return with_etag(terms.rename(app, actor, term_id, data.word, expected_revision(request)))


@post("/{term_id:str}/merge", status_code=200, sync_to_thread=True)
def merge_term(
    request: AnyRequest, app: OpenApp, actor: Asker, term_id: FromPath[str], data: JSONBody[OtherTerm]
) -> Response[Term]:
    """Merge another term into this one. Needs If-Match."""
    return with_etag(terms.merge(app, actor, term_id, data.term, expected_revision(request)))


router = Router(
    "/terms",
    route_handlers=[
        list_terms,
        get_term,
        define_term,
        revise_term,
        rename_term,
        merge_term,
        *history_routes("term"),
    ],
    tags=["Glossary"],
)
