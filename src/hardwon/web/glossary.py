"""The glossary: its words by kind, one of them, defining, renaming and merging."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from hardwon.domain.errors import HardwonError
from hardwon.domain.term import CARRIED, Term, TermAxis
from hardwon.usecases import terms
from hardwon.usecases.terms import GivenTerm
from hardwon.web.fields import Form, checked, names_in, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, path_of, plain_id, show

AXES: Final[dict[TermAxis, str]] = {
    "factor": "Factors",
    "tag": "Tags",
    "risk": "Risk levels",
    "service": "Services",
    "environment": "Environments",
    "word": "Words of the field",
}


class TermForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a term: what its fields hold, the term it changes, and what was wrong."""

    values: Mapping[str, str]
    term: Term | None = None
    problem: str = ""
    fix: str = ""


@pages("/glossary", "/glossary.json")
def glossary_page(
    request: AnyRequest, axis: FromQuery[str | None] = None, after: FromQuery[str | None] = None
) -> Response[bytes]:
    """Show the glossary, by kind of word."""
    page = terms.list_terms(app_of(request), actor_of(request), axis=axis or None, after=after)
    return show(request, "glossary.html", page, context={"axes": AXES, "axis": axis or ""})


@pages("/glossary/new")
def new_page(request: AnyRequest, axis: FromQuery[str] = "tag", word: FromQuery[str] = "") -> Response[bytes]:
    """Show an empty form."""
    return _form(request, TermForm(values={"axis": axis, "word": word}))


@forms("/glossary/new", status=200)
def define(request: AnyRequest, data: Form) -> Response[Any]:
    """Put a word into the glossary; with a mistake the form comes back as it was."""
    try:
        made = terms.define(app_of(request), actor_of(request), _given(data))
    except HardwonError as error:
        form = TermForm(values=data, problem=error.message, fix=error.fix)
        return _form(request, form, status_of(error))
    return Redirect(path_of(made.id), status_code=303)


@pages("/glossary/{term_id:str}")
def term_page(request: AnyRequest, term_id: FromPath[str]) -> Response[bytes]:
    """Show one word: what it means, what means the same, and where it is used."""
    page = terms.get_term(app_of(request), actor_of(request), plain_id(term_id))
    return show(request, "term.html", page, context={"axes": AXES, "carried": CARRIED})


@pages("/glossary/{term_id:str}/edit")
def edit_page(request: AnyRequest, term_id: FromPath[str]) -> Response[bytes]:
    """Show a term's form."""
    stored = terms.get_term(app_of(request), actor_of(request), term_id).term
    return _form(request, TermForm(values=_shown(stored), term=stored))


@forms("/glossary/{term_id:str}/edit", status=200)
def edit(request: AnyRequest, term_id: FromPath[str], data: Form) -> Response[Any]:
    """Keep a changed term; with a mistake or a conflict the form comes back as it was."""
    app, actor = app_of(request), actor_of(request)
    stored = terms.get_term(app, actor, term_id).term
    try:
        given = _given({**data, "word": stored.word, "axis": stored.axis})
        terms.revise(app, actor, term_id, given, number_in(data, "expected"))
    except HardwonError as error:
        form = TermForm(values=data, term=stored, problem=error.message, fix=error.fix)
        return _form(request, form, status_of(error))
    return Redirect(path_of(term_id), status_code=303)


@forms("/glossary/{term_id:str}/rename")
def rename(request: AnyRequest, term_id: FromPath[str], data: Form) -> Redirect:
    """Give a term another word, in every record that carries the old one."""
    word = text_in(data, "word")
    terms.rename(app_of(request), actor_of(request), term_id, word, number_in(data, "expected"))
    return Redirect(path_of(term_id), status_code=303)


@forms("/glossary/{term_id:str}/merge")
def merge(request: AnyRequest, term_id: FromPath[str], data: Form) -> Redirect:
    """Merge another term into this one."""
    other = text_in(data, "with")
    terms.merge(app_of(request), actor_of(request), term_id, other, number_in(data, "expected"))
    return Redirect(path_of(term_id), status_code=303)


def _form(request: AnyRequest, form: TermForm, status: int = 200) -> Response[bytes]:
    context = {"axes": AXES, "known": get_args(TermAxis)}
    return show(request, "term_form.html", form, status=status, context=context)


def _given(data: Mapping[str, str]) -> GivenTerm:
    pairs = (line.partition(":") for line in text_in(data, "crosswalk").split("\n") if ":" in line)
    values = {
        "word": text_in(data, "word"),
        "title": text_in(data, "title") or None,
        "axis": data.get("axis", ""),
        "definition": text_in(data, "definition"),
        "synonyms": names_in(data.get("synonyms", "")),
        "crosswalk": [{"scheme": scheme.strip(), "code": code.strip()} for scheme, _, code in pairs],
    }
    return checked(values, GivenTerm)


def _shown(term: Term) -> dict[str, str]:
    return {
        "word": term.word,
        "title": term.title,
        "axis": term.axis,
        "definition": term.definition,
        "synonyms": ", ".join(term.synonyms),
        "crosswalk": "\n".join(f"{c.scheme}: {c.code}" for c in term.crosswalk),
        "expected": str(term.revision),
    }
