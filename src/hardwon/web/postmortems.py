"""Writing a postmortem: begin it, the editor, its sections one by one, the preview."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import MediaType, Response
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect
from msgspec import Meta

from hardwon.domain.errors import HardwonError, SectionConflictError, TooLargeError
from hardwon.domain.postmortem import Postmortem, mark_of, text_of
from hardwon.domain.standard import SECTION, Standing
from hardwon.domain.template import SectionKey, TemplateSection
from hardwon.domain.text import Prose
from hardwon.domain.what_if import WhatIf
from hardwon.domain.what_if import mark_of as mark_of_what_ifs
from hardwon.domain.wording import WordingNote, read_wording
from hardwon.usecases import artifacts, pictures, postmortems, standards, threads
from hardwon.usecases.postmortems import SectionText
from hardwon.web.fields import Form, cells_in, cells_of, checked, number_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, path_of, show
from hardwon.web.writing import WHAT_IF


class Pen(msgspec.Struct, frozen=True, kw_only=True):
    """One section in the editor. `theirs` is what somebody else wrote meanwhile, None where nobody did;
    `refused` says why the text is not kept.
    """

    name: SectionKey
    title: str
    text: str
    mark: str
    guide: TemplateSection
    demanded: bool
    notes: tuple[WordingNote, ...]
    theirs: str | None = None
    refused: str = ""


class EditorPage(msgspec.Struct, frozen=True, kw_only=True):
    """A postmortem being written, and how its incident stands against the standard."""

    postmortem: Postmortem
    sections: tuple[Pen, ...]
    standing: Standing


class WhatIfs(msgspec.Struct, frozen=True):
    """The what-ifs of a postmortem."""

    what_ifs: Annotated[tuple[WhatIf, ...], Meta(max_length=100)]


class PreviewText(msgspec.Struct, frozen=True):
    """Markdown to be shown as a page shows it."""

    text: Prose


@forms("/incidents/{incident_id:str}/postmortem")
def begin(request: AnyRequest, incident_id: FromPath[str], data: Form) -> Redirect:
    """Begin the incident's postmortem from a template, or go on with it."""
    template = data.get("template", "")
    written = postmortems.begin(app_of(request), actor_of(request), incident_id, template)
    return Redirect(f"{path_of(written.id)}/edit", status_code=303)


@pages("/postmortems/{postmortem_id:str}/edit")
def editor_page(request: AnyRequest, postmortem_id: FromPath[str]) -> Response[bytes]:
    """Show the editor."""
    return _show(request, _page(request, postmortem_id, {}))


@forms("/postmortems/{postmortem_id:str}/edit", status=200)
def save_all(request: AnyRequest, postmortem_id: FromPath[str], data: Form) -> Response[Any]:
    """Keep every section of the form, then tick the line of the checklist whose button sent it.

    Browsers without scripts save so; conflicts are shown with both texts, and then nothing is ticked.
    """
    app, actor = app_of(request), actor_of(request)
    disputes: dict[str, tuple[str, str | None, str]] = {}
    for name in [field.removeprefix("s_") for field in data if field.startswith("s_")]:
        text = data[f"s_{name}"]
        plain = text.replace("\r\n", "\n")
        try:
            new = SectionText(text=plain, base=data.get(f"b_{name}", ""))
            postmortems.write_section(app, actor, postmortem_id, name, new)
        except SectionConflictError as error:
            disputes[name] = (plain, error.theirs, "")
        except TooLargeError as error:
            disputes[name] = (plain, None, f"{error.message} {error.fix}")
    if "tick" in data and not disputes:
        artifacts.tick(app, actor, postmortem_id, number_in(data, "tick"))
        return Redirect(f"{path_of(postmortem_id)}/edit", status_code=303)
    page = _page(request, postmortem_id, disputes)
    return _show(request, page, status=409 if disputes else 200)


@forms("/postmortems/{postmortem_id:str}/sections/{section:str}", status=200)
def save_section(
    request: AnyRequest, postmortem_id: FromPath[str], section: FromPath[str], data: JSONBody[SectionText]
) -> Response[Any]:
    """Keep one section as the editor's script sends it."""
    try:
        saved = postmortems.write_section(app_of(request), actor_of(request), postmortem_id, section, data)
    except SectionConflictError as error:
        told = {"message": error.message, "theirs": error.theirs, "mark": mark_of(error.theirs)}
        return Response(told, status_code=409, media_type=MediaType.JSON)
    except HardwonError as error:
        told = {"message": f"{error.message} {error.fix}".strip()}
        return Response(told, status_code=status_of(error), media_type=MediaType.JSON)
    return Response(saved, media_type=MediaType.JSON)


@forms("/postmortems/{postmortem_id:str}/what-ifs", status=200)
def save_what_ifs(request: AnyRequest, postmortem_id: FromPath[str], data: Form) -> Response[Any]:
    """Keep the what-ifs of a postmortem; with a mistake or a conflict they come back as typed."""
    app, actor = app_of(request), actor_of(request)
    typed = data.get("what_ifs", "")
    try:
        given = checked({"what_ifs": cells_in(typed, WHAT_IF)}, WhatIfs).what_ifs
        postmortems.write_what_ifs(app, actor, postmortem_id, given, data.get("base", ""))
    except HardwonError as error:
        page = _page(request, postmortem_id, {})
        problem = f"{error.message} {error.fix}"
        return _show(request, page, status=status_of(error), typed=typed, problem=problem)
    return Redirect(f"{path_of(postmortem_id)}/edit#what-ifs", status_code=303)


@forms("/preview", status=200)
def preview(data: JSONBody[PreviewText]) -> Response[str]:
    """Return Markdown as a page shows it."""
    return Response(pictures.markdown(data.text), media_type=MediaType.HTML)


def _show(
    request: AnyRequest,
    page: EditorPage,
    *,
    status: int = 200,
    typed: str | None = None,
    problem: str = "",
) -> Response[bytes]:
    talk = threads.discuss(app_of(request), actor_of(request), page.postmortem.id)
    stands = page.postmortem.what_ifs
    context = {
        "talk": talk,
        "what_ifs": cells_of(stands, WHAT_IF) if typed is None else typed,
        "what_ifs_mark": mark_of_what_ifs(stands),
        "problem": problem,
    }
    return show(request, "editor.html", page, status=status, context=context)


def _page(
    request: AnyRequest, postmortem_id: str, disputes: dict[str, tuple[str, str | None, str]]
) -> EditorPage:
    app, actor = app_of(request), actor_of(request)
    written = postmortems.get_postmortem(app, actor, postmortem_id)
    standing = Standing()
    if written.incident:
        standing = standards.get_standing(app, actor, written.incident, besides="postmortem")
    lacking = {demand.code for demand in standing.missing}
    demanded = [code.removeprefix(SECTION) for code in sorted(lacking) if code.startswith(SECTION)]
    pens = []
    for section in postmortems.get_outline(app, actor, postmortem_id, demanded):
        name = section.name
        stands = text_of(written, name)
        mine, theirs, refused = disputes.get(name, (stands, None, ""))
        pens.append(
            Pen(
                name=name,
                title=section.title,
                text=mine,
                mark=mark_of(stands),
                guide=section,
                demanded=f"{SECTION}{name}" in lacking,
                notes=read_wording(mine),
                theirs=theirs,
                refused=refused,
            )
        )
    return EditorPage(postmortem=written, sections=tuple(pens), standing=standing)
