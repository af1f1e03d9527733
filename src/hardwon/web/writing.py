"""Writing lessons, notes and runbooks: a form each, shown again with what was typed where it does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from hardwon.domain.errors import HardwonError, NotFoundError
from hardwon.domain.lesson import Lesson
from hardwon.domain.note import Note
from hardwon.domain.runbook import Runbook
from hardwon.domain.search import Signature
from hardwon.usecases import artifacts, templates
from hardwon.web.fields import Form, cells_in, cells_of, checked, day_in, names_in, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.steps import StepRow, asks, rearranged, rows_in, rows_of, steps_in
from hardwon.web.view import AnyRequest, path_of, show

Written: TypeAlias = Lesson | Note | Runbook
_KINDS: Final[dict[str, type[Any]]] = {"lessons": Lesson, "notes": Note, "runbooks": Runbook}
_NEW: Final = "new"
"""The id of what has none yet; its writer owns it unless another owner is named."""
WHAT_IF: Final = ("trigger", "effect", "early_signal", "response")
SIGNAL: Final = ("metric", "comparison", "threshold", "unit", "window_days")
_SIGNATURE: Final = ("services", "environments", "factors", "files", "errors", "alerts", "models")


class WritingForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of an artifact: its kind, what its fields hold, the artifact it corrects, what was wrong."""

    kind: str
    values: Mapping[str, str]
    artifact: Written | None = None
    steps: tuple[StepRow, ...] = ()
    problem: str = ""
    fix: str = ""


@pages(*(f"/{folder}/new" for folder in _KINDS))
def new_page(
    request: AnyRequest, incident: FromQuery[str] = "", template: FromQuery[str] = ""
) -> Response[bytes]:
    """Show an empty form, for an incident and from a template where they are named."""
    app, actor = app_of(request), actor_of(request)
    kind = _kind_of(request).__name__.lower()
    values = {"incidents": incident}
    if template:
        values["body"] = templates.get_template(app, actor, template).body
    offered = templates.list_templates(app, actor, kind=kind, state="in_use").rows
    form = WritingForm(kind=kind, values=values, steps=rows_in({}))
    context = {"templates": offered, "incident": incident}
    return show(request, "artifact_form.html", form, context=context)


@forms(*(f"/{folder}/new" for folder in _KINDS), status=200)
def write(request: AnyRequest, data: Form) -> Response[Any]:
    """Keep a new artifact as a draft; with a mistake the form comes back as it was."""
    app, actor, kind = app_of(request), actor_of(request), _kind_of(request)
    if asks(data):
        return _shown_again(request, kind.__name__.lower(), data)
    try:
        blank = kind(id=_NEW, title="-", written_at=app.now(), updated_at=app.now(), owner=actor.id)
        made = artifacts.write(app, actor, _changed(blank, data))
    except HardwonError as error:
        return _shown_again(request, kind.__name__.lower(), data, error=error)
    return Redirect(path_of(made.id), status_code=303)


@pages(*(f"/{folder}/{{artifact_id:str}}/edit" for folder in _KINDS))
def edit_page(request: AnyRequest, artifact_id: FromPath[str]) -> Response[bytes]:
    """Show an artifact's form."""
    stored = _stored(request, artifact_id)
    steps = rows_of(stored) if isinstance(stored, Runbook) else ()
    name = type(stored).__name__.lower()
    form = WritingForm(kind=name, values=_shown(stored), artifact=stored, steps=steps)
    return show(request, "artifact_form.html", form)


@forms(*(f"/{folder}/{{artifact_id:str}}/edit" for folder in _KINDS), status=200)
def edit(request: AnyRequest, artifact_id: FromPath[str], data: Form) -> Response[Any]:
    """Keep a corrected artifact; with a mistake or a conflict the form comes back as it was."""
    stored = _stored(request, artifact_id)
    if asks(data):
        return _shown_again(request, type(stored).__name__.lower(), data, stored)
    try:
        expected = number_in(data, "expected")
        artifacts.revise(app_of(request), actor_of(request), _changed(stored, data), expected)
    except HardwonError as error:
        return _shown_again(request, type(stored).__name__.lower(), data, stored, error=error)
    return Redirect(path_of(artifact_id), status_code=303)


def _shown_again(
    request: AnyRequest,
    kind: str,
    data: Mapping[str, str],
    stored: Written | None = None,
    *,
    error: HardwonError | None = None,
) -> Response[bytes]:
    """Show the form as it was typed: with its steps rearranged where a button asks it, or what was wrong."""
    rows = rows_in(data)
    try:
        rows = rearranged(rows, data["do"]) if error is None else rows
    except HardwonError as refused:
        error = refused
    form = WritingForm(kind=kind, values=data, artifact=stored, steps=rows)
    if error is not None:
        form = msgspec.structs.replace(form, problem=error.message, fix=error.fix)
    return show(request, "artifact_form.html", form, status=status_of(error) if error else 200)


def _kind_of(request: AnyRequest) -> type[Any]:
    return _KINDS[request.url.path.split("/")[1]]


def _stored(request: AnyRequest, artifact_id: str) -> Written:
    stored = artifacts.get_artifact(app_of(request), actor_of(request), artifact_id).artifact
    if not isinstance(stored, _kind_of(request)) or not isinstance(stored, Lesson | Note | Runbook):
        raise NotFoundError(f"{artifact_id} is not kept here.", fix=f"See {path_of(artifact_id)}.")
    return stored


def _changed(stored: Written, data: Mapping[str, str]) -> Written:
    """Return the artifact with what the form says of it; what the form does not show stays."""
    values: dict[str, Any] = {
        "title": text_in(data, "title"),
        "services": names_in(data.get("services", "")),
        "environments": names_in(data.get("environments", "")),
        "tags": names_in(data.get("tags", "")),
        "risk": data.get("risk") or None,
        "owner": text_in(data, "owner") or (stored.owner if stored.id == _NEW else None),
        "team": text_in(data, "team") or None,
        "review_on": day_in(data, "review_on"),
        "retire_when": text_in(data, "retire_when"),
        "incidents": names_in(data.get("incidents", "")),
        "body": text_in(data, "body"),
    }
    if isinstance(stored, Lesson):
        held = {field: names_in(data.get(f"applies_{field}", "")) for field in _SIGNATURE}
        values["applies"] = msgspec.structs.replace(stored.applies, **held)
        if "what_ifs" in data:
            values["what_ifs"] = cells_in(data["what_ifs"], WHAT_IF)
        if "signals" in data:
            values["signals"] = cells_in(data["signals"], SIGNAL)
        values |= {"claim": text_in(data, "claim"), "remedy": data.get("remedy") or stored.remedy}
    if isinstance(stored, Runbook):
        values["steps"] = steps_in(rows_in(data))
        values["lessons"] = names_in(data.get("lessons", ""))
    changed: Written = checked({**_plain(stored), **values}, type(stored))
    return changed


def _plain(stored: Written) -> dict[str, Any]:
    return msgspec.structs.asdict(stored)


def _shown(stored: Written) -> dict[str, str]:
    """Return an artifact as its form shows it."""
    shown = {
        "title": stored.title,
        "services": ", ".join(stored.services),
        "environments": ", ".join(stored.environments),
        "tags": ", ".join(stored.tags),
        "risk": stored.risk or "",
        "owner": stored.owner or "",
        "team": stored.team or "",
        "review_on": stored.review_on.isoformat() if stored.review_on else "",
        "retire_when": stored.retire_when,
        "incidents": ", ".join(stored.incidents),
        "body": stored.body,
        "expected": str(stored.revision),
    }
    if isinstance(stored, Lesson):
        held: Signature = stored.applies
        shown |= {f"applies_{field}": ", ".join(getattr(held, field)) for field in _SIGNATURE}
        shown |= {"claim": stored.claim, "remedy": stored.remedy}
        shown["what_ifs"] = cells_of(stored.what_ifs, WHAT_IF)
        shown["signals"] = cells_of(stored.signals, SIGNAL)
    if isinstance(stored, Runbook):
        shown["lessons"] = ", ".join(stored.lessons)
    return shown
