"""What is let go and what is held; erasing a person or words."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from hardwon.domain.catalog import Person
from hardwon.domain.erasure import Found
from hardwon.domain.errors import HardwonError, InputError
from hardwon.domain.policy import RETENTION
from hardwon.domain.retention import PARTS
from hardwon.usecases import catalog, erasure, retention
from hardwon.web.fields import Form, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, show

Problem = dict[str, str]


@pages("/retention", "/retention.json")
def retention_page(request: AnyRequest) -> Response[bytes]:
    """Show the rules in force and what they let go of next."""
    return _show_rules(request, retention.get_retention(app_of(request), actor_of(request)))


@forms("/retention", status=200)
def change(request: AnyRequest, data: Form) -> Response[Any]:
    """Try other rules, or make them those in force; a mistake keeps what was typed."""
    app, actor = app_of(request), actor_of(request)
    text = data.get("text", "").replace("\r\n", "\n")
    try:
        if data.get("do") != "save":
            return _show_rules(request, retention.try_retention(app, actor, text), trying=True)
        retention.write_retention(app, actor, text, number_in(data, "expected"))
    except HardwonError as error:
        page = msgspec.structs.replace(retention.get_retention(app, actor), text=text)
        return _show_rules(request, page, trying=True, problem=_told(error), status=status_of(error))
    return Redirect("/retention", status_code=303)


@pages("/people/{person_id:str}/erase")
def person_page(request: AnyRequest, person_id: FromPath[str]) -> Response[bytes]:
    """Show where a person stands, before they are erased."""
    return _show_person(request, person_id)


@forms("/people/{person_id:str}/erase", status=200)
def erase_person(request: AnyRequest, person_id: FromPath[str], data: Form) -> Response[Any]:
    """Erase a person whose id was typed once more."""
    try:
        if text_in(data, "again") != person_id:
            raise InputError("The id does not fit.", fix=f"Type {person_id} to confirm.")
        found = erasure.erase_person(app_of(request), actor_of(request), person_id, text_in(data, "reason"))
    except HardwonError as error:
        return _show_person(request, person_id, problem=_told(error), status=status_of(error))
    return _show_erasing(request, done=found)


@pages("/erase")
def words_page(request: AnyRequest) -> Response[bytes]:
    """Ask which words are to be erased."""
    retention.get_retention(app_of(request), actor_of(request))
    return _show_erasing(request)


@forms("/erase", status=200)
def erase_words(request: AnyRequest, data: Form) -> Response[Any]:
    """Say where words stand, then erase them."""
    app, actor, words = app_of(request), actor_of(request), text_in(data, "words")
    try:
        if data.get("do") == "erase":
            return _show_erasing(
                request, done=erasure.erase_words(app, actor, words, text_in(data, "reason"))
            )
        preview = erasure.preview_words(app, actor, words)
    except HardwonError as error:
        return _show_erasing(request, words=words, problem=_told(error), status=status_of(error))
    return _show_erasing(request, words=words, preview=preview)


def _told(error: HardwonError) -> Problem:
    return {"message": error.message, "fix": error.fix}


def _show_rules(
    request: AnyRequest,
    page: retention.RetentionPage,
    *,
    trying: bool = False,
    problem: Problem | None = None,
    status: int = 200,
) -> Response[bytes]:
    context = {"parts": PARTS, "trying": trying, "problem": problem, "policy": RETENTION}
    return show(request, "retention.html", page, status=status, context=context)


def _show_person(
    request: AnyRequest, person_id: str, *, problem: Problem | None = None, status: int = 200
) -> Response[bytes]:
    app, actor = app_of(request), actor_of(request)
    person = catalog.get_entry(app, actor, Person, person_id)
    preview = erasure.preview_person(app, actor, person_id)
    return _show_erasing(request, person=person, preview=preview, problem=problem, status=status)


def _show_erasing(
    request: AnyRequest,
    *,
    person: Person | None = None,
    words: str = "",
    preview: erasure.Preview | None = None,
    done: Found | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> Response[bytes]:
    context = {"person": person, "words": words, "done": done, "problem": problem}
    return show(request, "erase.html", preview, status=status, context=context)
