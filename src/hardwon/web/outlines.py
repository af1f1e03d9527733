"""Templates: the list, one of them, writing and changing one, retiring it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from hardwon.domain.errors import HardwonError
from hardwon.domain.outline import OUTLINED, text_in
from hardwon.domain.template import Template, TemplateKind
from hardwon.usecases import templates
from hardwon.usecases.templates import GivenTemplate
from hardwon.web.fields import Form, checked, number_in
from hardwon.web.fields import text_in as field_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, path_of, plain_id, show

KINDS: Final[dict[TemplateKind, str]] = {
    "postmortem": "Postmortems",
    "lesson": "Lessons",
    "runbook": "Runbooks",
    "note": "Notes",
    "drill": "Drills",
    "review_agenda": "Review agendas",
}


class TemplateForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a template: what its fields hold, the template it changes, and what was wrong."""

    values: Mapping[str, str]
    template: Template | None = None
    problem: str = ""
    fix: str = ""


class TemplateStep(msgspec.Struct, frozen=True):
    """The state to go to."""

    state: Literal["in_use", "retired"]


@pages("/templates", "/templates.json")
def templates_page(
    request: AnyRequest, kind: FromQuery[str | None] = None, after: FromQuery[str | None] = None
) -> Response[bytes]:
    """Show the templates, by kind."""
    page = templates.list_templates(app_of(request), actor_of(request), kind=kind or None, after=after)
    return show(request, "templates.html", page, context={"kinds": KINDS})


@pages("/templates/new")
def new_page(request: AnyRequest, like: FromQuery[str] = "") -> Response[bytes]:
    """Show an empty form, or one that holds what another template says."""
    values: dict[str, str] = {"kind": "postmortem"}
    if like:
        model = templates.get_template(app_of(request), actor_of(request), like)
        values = _shown(model) | {"title": f"{model.title}, ours", "owner": ""}
    return _form(request, TemplateForm(values=values))


@forms("/templates/new", status=200)
def create(request: AnyRequest, data: Form) -> Response[Any]:
    """Keep a new template; with a mistake the form comes back as it was."""
    try:
        made = templates.create(app_of(request), actor_of(request), _given(data))
    except HardwonError as error:
        form = TemplateForm(values=data, problem=error.message, fix=error.fix)
        return _form(request, form, status_of(error))
    return Redirect(path_of(made.id), status_code=303)


@pages("/templates/{template_id:str}")
def template_page(request: AnyRequest, template_id: FromPath[str]) -> Response[bytes]:
    """Show one template as a writer will meet it."""
    page = templates.get_template(app_of(request), actor_of(request), plain_id(template_id))
    return show(request, "template.html", page, context={"kinds": KINDS})


@pages("/templates/{template_id:str}/edit")
def edit_page(request: AnyRequest, template_id: FromPath[str]) -> Response[bytes]:
    """Show a template's form."""
    stored = templates.get_template(app_of(request), actor_of(request), template_id)
    return _form(request, TemplateForm(values=_shown(stored), template=stored))


@forms("/templates/{template_id:str}/edit", status=200)
def edit(request: AnyRequest, template_id: FromPath[str], data: Form) -> Response[Any]:
    """Keep a changed template; with a mistake or a conflict the form comes back as it was."""
    app, actor = app_of(request), actor_of(request)
    stored = templates.get_template(app, actor, template_id)
    try:
        given = msgspec.structs.replace(_given(data, stored.kind), scope=stored.scope)
        templates.revise(app, actor, template_id, given, number_in(data, "expected"))
    except HardwonError as error:
        form = TemplateForm(values=data, template=stored, problem=error.message, fix=error.fix)
        return _form(request, form, status_of(error))
    return Redirect(path_of(template_id), status_code=303)


@forms("/templates/{template_id:str}/state")
def step(request: AnyRequest, template_id: FromPath[str], data: Form) -> Redirect:
    """Retire a template, or take it into use again."""
    state = checked({"state": data.get("state", "")}, TemplateStep).state
    templates.move(app_of(request), actor_of(request), template_id, state, number_in(data, "expected"))
    return Redirect(path_of(template_id), status_code=303)


def _form(request: AnyRequest, form: TemplateForm, status: int = 200) -> Response[bytes]:
    context = {"kinds": KINDS, "outlined": OUTLINED}
    return show(request, "template_form.html", form, status=status, context=context)


def _given(data: Mapping[str, str], kind: TemplateKind | None = None) -> GivenTemplate:
    values = {
        "title": field_in(data, "title"),
        "kind": kind or data.get("kind", ""),
        "about": field_in(data, "about"),
        "text": field_in(data, "text"),
        "owner": field_in(data, "owner") or None,
        "team": field_in(data, "team") or None,
    }
    return checked(values, GivenTemplate)


def _shown(template: Template) -> dict[str, str]:
    return {
        "title": template.title,
        "kind": template.kind,
        "about": template.about,
        "text": text_in(template),
        "owner": template.owner or "",
        "team": template.team or "",
        "expected": str(template.revision),
    }
