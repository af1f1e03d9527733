"""Lessons, runbooks, notes and postmortems: lists, one of them, its history, restoring a revision."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from litestar import Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from hardwon.domain.artifact import TRANSITIONS, ArtifactKind, State
from hardwon.domain.errors import InputError, NotFoundError
from hardwon.domain.postmortem import heading_of
from hardwon.usecases import artifacts, threads
from hardwon.web.fields import Form, day_in, number_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.links import links_of
from hardwon.web.pages import forms, pages
from hardwon.web.playbooks import CACAO, playbook
from hardwon.web.view import AnyRequest, half_a_year_on, path_of, plain_id, show

_KINDS: Final[dict[str, ArtifactKind]] = {
    "lessons": "lesson",
    "runbooks": "runbook",
    "notes": "note",
    "postmortems": "postmortem",
}
_LISTS: Final = [f"/{name}{ending}" for name in _KINDS for ending in ("", ".json")]


class RestoreForm(msgspec.Struct, frozen=True):
    """Which revision to bring back, and the one it replaces."""

    revision: int
    expected: int


@pages(*_LISTS)
def artifacts_page(
    request: AnyRequest,
    standing: Annotated[str | None, QueryParameter(name="state")] = None,
    service: FromQuery[str | None] = None,
    risk: FromQuery[str | None] = None,
    tag: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Show a page of one kind of artifact."""
    folder = plain_id(request.url.path.strip("/"))
    page = artifacts.list_artifacts(
        app_of(request),
        actor_of(request),
        _KINDS[folder],
        state=standing or None,
        service=service or None,
        risk=risk or None,
        tag=tag or None,
        after=after,
    )
    chosen = {"state": standing, "service": service, "risk": risk, "tag": tag}
    context = {"kind": _KINDS[folder], "folder": folder, "chosen": chosen}
    return show(request, "artifacts.html", page, context=context)


@pages(*(f"/{name}/{{artifact_id:str}}" for name in _KINDS))
def artifact_page(request: AnyRequest, artifact_id: FromPath[str]) -> Response[bytes]:
    """Show one artifact; a runbook's address with `.cacao.json` answers with its playbook."""
    if artifact_id.endswith(CACAO) and request.url.path.startswith("/runbooks/"):
        return playbook(request, artifact_id.removesuffix(CACAO))
    name = plain_id(artifact_id)
    _check_folder(request, name)
    page = artifacts.get_artifact(app_of(request), actor_of(request), name)
    context: dict[str, object] = {
        "heading_of": heading_of,
        "talk": threads.discuss(app_of(request), actor_of(request), name),
        "steps": TRANSITIONS[page.artifact.state],
        "in_half_a_year": half_a_year_on(app_of(request).today()),
        **links_of(request, page.artifact),
    }
    return show(request, "artifact.html", page, context=context)


class StepForm(msgspec.Struct, frozen=True):
    """The state to go to, from which revision, and why."""

    state: State
    expected: int
    reason: str = ""
    successor: str = ""
    exception: str = ""


@forms(*(f"/{name}/{{artifact_id:str}}/state" for name in _KINDS))
def step(
    request: AnyRequest,
    artifact_id: FromPath[str],
    data: Annotated[StepForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Redirect:
    """Take one step of the lifecycle."""
    artifacts.move(
        app_of(request),
        actor_of(request),
        artifact_id,
        data.state,
        data.expected,
        reason=data.reason,
        successor=data.successor,
        exception=data.exception,
    )
    return Redirect(path_of(artifact_id), status_code=303)


@forms(*(f"/{name}/{{artifact_id:str}}/renew" for name in _KINDS))
def renew(request: AnyRequest, artifact_id: FromPath[str], data: Form) -> Redirect:
    """Say that an artifact still holds, and when it is looked at next."""
    review_on = day_in(data, "review_on")
    if review_on is None:
        raise InputError("The next review needs a day.", fix="Choose one.")
    app, actor = app_of(request), actor_of(request)
    artifacts.renew(app, actor, artifact_id, review_on, number_in(data, "expected"))
    return Redirect(path_of(artifact_id), status_code=303)


@forms(*(f"/{name}/{{artifact_id:str}}/restore" for name in _KINDS))
def restore(
    request: AnyRequest,
    artifact_id: FromPath[str],
    data: Annotated[RestoreForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Redirect:
    """Bring a revision back as a new one."""
    artifacts.restore(app_of(request), actor_of(request), artifact_id, data.revision, data.expected)
    return Redirect(f"{path_of(artifact_id)}/history", status_code=303)


def _check_folder(request: AnyRequest, artifact_id: FromPath[str]) -> None:
    """Raise NotFoundError where the id belongs to another folder than the address says."""
    folder = request.url.path.split("/")[1]
    if artifacts.kind_of_artifact(artifact_id) != _KINDS[folder]:
        raise NotFoundError(f"{artifact_id} is no {_KINDS[folder]}.", fix=f"See {path_of(artifact_id)}.")
