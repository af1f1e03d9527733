"""Lessons, runbooks, notes and postmortems over HTTP: one set of routes for each kind."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, Router, get, patch, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter

from hardwon.api.body import GivenLesson, GivenNote, GivenPostmortem, GivenRunbook, record_of
from hardwon.api.histories import expect_kind, history_routes
from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, Word, page
from hardwon.api.revision import expected_revision, with_etag
from hardwon.domain.actor import Actor
from hardwon.domain.artifact import ArtifactKind, State
from hardwon.domain.lesson import Lesson
from hardwon.domain.note import Note
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.runbook import Runbook
from hardwon.domain.text import Line
from hardwon.usecases import artifacts, playbooks, postmortems
from hardwon.usecases.app import App
from hardwon.usecases.artifacts import AnyArtifact
from hardwon.usecases.postmortems import SavedSection, SectionText

AnyRequest = Request[Any, Any, Any]


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state to go to; retiring needs a reason, and so does an exception from the standard."""

    state: State
    reason: Line = ""
    successor: Line = ""
    exception: Line = ""


class Renewal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The day of the next review."""

    review_on: date


class Restoration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The revision to bring back."""

    revision: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


def reading_routes(kind: ArtifactKind) -> list[HTTPRouteHandler]:
    """Return the routes that read one kind."""

    @get("/", sync_to_thread=True, name=f"list_{kind}s", operation_id=f"list_{kind}s")
    def list_artifacts(  # noqa: PLR0913, PLR0917  (the query's parameters)
        request: AnyRequest,
        app: OpenApp,
        actor: Asker,
        in_state: Annotated[State | None, QueryParameter(name="state")] = None,
        service: Word = None,
        tag: Word = None,
        risk: Word = None,
        owner: Word = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response[dict[str, Any]]:
        """List them, newest first."""
        filters = {"state": in_state, "service": service, "tag": tag, "risk": risk, "owner": owner}
        rows = artifacts.list_artifacts(app, actor, kind, **filters, limit=limit, after=after)
        return page(request, rows)

    @get("/{artifact_id:str}", sync_to_thread=True, operation_id=f"get_{kind}")
    def get_artifact(app: OpenApp, actor: Asker, artifact_id: FromPath[str]) -> Response[Any]:
        """Read one with its actions and incidents."""
        expect_kind(artifact_id, kind)
        found = artifacts.get_artifact(app, actor, artifact_id)
        return with_etag(found.artifact, found)

    return [list_artifacts, get_artifact]


def step_routes(kind: ArtifactKind) -> list[HTTPRouteHandler]:
    """Return the routes by which one kind lives on: its states, and old revisions brought back."""

    @patch("/{artifact_id:str}", sync_to_thread=True, operation_id=f"move_{kind}")
    def move(
        request: AnyRequest, app: OpenApp, actor: Asker, artifact_id: FromPath[str], data: JSONBody[Step]
    ) -> Response[Any]:
        """Take one step of the lifecycle. Needs If-Match."""
        expect_kind(artifact_id, kind)
        expected = expected_revision(request)
        why = {"reason": data.reason, "successor": data.successor, "exception": data.exception}
        moved = artifacts.move(app, actor, artifact_id, data.state, expected, **why)
        return with_etag(moved)

    @post("/{artifact_id:str}/restore", sync_to_thread=True, operation_id=f"restore_{kind}")
    def restore(
        request: AnyRequest,
        app: OpenApp,
        actor: Asker,
        artifact_id: FromPath[str],
        data: JSONBody[Restoration],
    ) -> Response[Any]:
        """Bring an old revision's content back as a new one. Needs If-Match."""
        expect_kind(artifact_id, kind)
        expected = expected_revision(request)
        return with_etag(artifacts.restore(app, actor, artifact_id, data.revision, expected))

    @post("/{artifact_id:str}/renew", sync_to_thread=True, status_code=200, operation_id=f"renew_{kind}")
    def renew(
        request: AnyRequest, app: OpenApp, actor: Asker, artifact_id: FromPath[str], data: JSONBody[Renewal]
    ) -> Response[Any]:
        """Say that it still holds, and when it is looked at next. Needs If-Match."""
        expect_kind(artifact_id, kind)
        expected = expected_revision(request)
        return with_etag(artifacts.renew(app, actor, artifact_id, data.review_on, expected))

    return [move, restore, renew]


@post("/", sync_to_thread=True)
def write_lesson(app: OpenApp, actor: Asker, data: JSONBody[GivenLesson]) -> Response[Lesson]:
    """Write a lesson, as a draft."""
    return _created(artifacts.write(app, actor, record_of(data, Lesson)), "lessons")


@post("/", sync_to_thread=True)
def write_runbook(app: OpenApp, actor: Asker, data: JSONBody[GivenRunbook]) -> Response[Runbook]:
    """Write a runbook, as a draft."""
    return _created(artifacts.write(app, actor, record_of(data, Runbook)), "runbooks")


@get("/{artifact_id:str}/cacao", sync_to_thread=True)
def get_playbook(app: OpenApp, actor: Asker, artifact_id: FromPath[str]) -> Response[bytes]:
    """Read a runbook as a CACAO 2.0 playbook."""
    headers = {"Cache-Control": "private, no-cache"}
    body = playbooks.get_playbook(app, actor, artifact_id)
    return Response(body, media_type=MediaType.JSON, headers=headers)


@post("/", sync_to_thread=True)
def write_note(app: OpenApp, actor: Asker, data: JSONBody[GivenNote]) -> Response[Note]:
    """Write a note, as a draft."""
    return _created(artifacts.write(app, actor, record_of(data, Note)), "notes")


@post("/", sync_to_thread=True)
def write_postmortem(app: OpenApp, actor: Asker, data: JSONBody[GivenPostmortem]) -> Response[Postmortem]:
    """Write a postmortem, as a draft."""
    return _created(artifacts.write(app, actor, record_of(data, Postmortem)), "postmortems")


@put("/{artifact_id:str}/sections/{section:str}", sync_to_thread=True)
def write_section(
    app: OpenApp,
    actor: Asker,
    artifact_id: FromPath[str],
    section: FromPath[str],
    data: JSONBody[SectionText],
) -> SavedSection:
    """Replace one section's text; others may be written at the same time. `base` is the mark of the old one."""
    return postmortems.write_section(app, actor, artifact_id, section, data)


@put("/{artifact_id:str}", sync_to_thread=True)
def revise_lesson(
    request: AnyRequest, app: OpenApp, actor: Asker, artifact_id: FromPath[str], data: JSONBody[GivenLesson]
) -> Response[Lesson]:
    """Replace a lesson's content. Needs If-Match."""
    expect_kind(artifact_id, "lesson")
    return _revised(request, app, actor, record_of(data, Lesson, artifact_id))


@put("/{artifact_id:str}", sync_to_thread=True)
def revise_runbook(
    request: AnyRequest, app: OpenApp, actor: Asker, artifact_id: FromPath[str], data: JSONBody[GivenRunbook]
) -> Response[Runbook]:
    """Replace a runbook's content. Needs If-Match."""
    expect_kind(artifact_id, "runbook")
    return _revised(request, app, actor, record_of(data, Runbook, artifact_id))


@put("/{artifact_id:str}", sync_to_thread=True)
def revise_note(
    request: AnyRequest, app: OpenApp, actor: Asker, artifact_id: FromPath[str], data: JSONBody[GivenNote]
) -> Response[Note]:
    """Replace a note's content. Needs If-Match."""
    expect_kind(artifact_id, "note")
    return _revised(request, app, actor, record_of(data, Note, artifact_id))


@put("/{artifact_id:str}", sync_to_thread=True)
def revise_postmortem(
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    artifact_id: FromPath[str],
    data: JSONBody[GivenPostmortem],
) -> Response[Postmortem]:
    """Replace a postmortem's content. Needs If-Match."""
    expect_kind(artifact_id, "postmortem")
    return _revised(request, app, actor, record_of(data, Postmortem, artifact_id))


def _created(saved: AnyArtifact, folder: str) -> Response[Any]:
    return with_etag(saved, status=201, location=f"/api/v1/{folder}")


def _revised(request: AnyRequest, app: App, actor: Actor, artifact: AnyArtifact) -> Response[Any]:
    return with_etag(artifacts.revise(app, actor, artifact, expected_revision(request)))


def _router(folder: str, kind: ArtifactKind, writing: list[HTTPRouteHandler]) -> Router:
    handlers = [*reading_routes(kind), *history_routes(kind), *step_routes(kind), *writing]
    return Router(f"/{folder}", route_handlers=handlers, tags=[folder.capitalize()])


routers: Final = [
    _router("lessons", "lesson", [write_lesson, revise_lesson]),
    _router("runbooks", "runbook", [write_runbook, revise_runbook, get_playbook]),
    _router("notes", "note", [write_note, revise_note]),
    _router("postmortems", "postmortem", [write_postmortem, revise_postmortem, write_section]),
]
