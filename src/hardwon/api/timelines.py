"""An incident's timeline, its deployments and its merging, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter

from hardwon.api.body import expect_zones
from hardwon.api.identity import Asker, OpenApp
from hardwon.api.revision import expected_revision, with_etag
from hardwon.domain.incident import DeploymentLink, Incident
from hardwon.domain.text import Name
from hardwon.domain.timeline import TimelineEntry
from hardwon.usecases import merging, relations, timelines
from hardwon.usecases.timelines import EntryPlace, WrittenEntry

AnyRequest = Request[Any, Any, Any]
Position = Annotated[int, PathParameter(ge=0, le=100_000, description="Counted from 0")]
Mark = Annotated[str, QueryParameter(max_length=64, description="The entry's mark, as writing it answered")]


class Starred(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether an entry is part of the story."""

    starred: bool


class MergeWith(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The incident to take over."""

    incident: Name


@post("/{incident_id:str}/timeline", sync_to_thread=True)
def add_entry(
    app: OpenApp, actor: Asker, incident_id: FromPath[str], data: JSONBody[TimelineEntry]
) -> Response[WrittenEntry]:
    """Add a timeline entry. It needs no If-Match: many may write at once."""
    expect_zones(data)
    return _answer(timelines.write_entry(app, actor, incident_id, data), 201)


@put("/{incident_id:str}/timeline/{position:int}", sync_to_thread=True)
def correct_entry(
    app: OpenApp,
    actor: Asker,
    incident_id: FromPath[str],
    position: Position,
    mark: Mark,
    data: JSONBody[TimelineEntry],
) -> Response[WrittenEntry]:
    """Replace the entry that stood at a position and has that mark."""
    expect_zones(data)
    place = EntryPlace(position=position, mark=mark)
    return _answer(timelines.write_entry(app, actor, incident_id, data, place))


@patch("/{incident_id:str}/timeline/{position:int}", sync_to_thread=True)
def star_entry(
    app: OpenApp,
    actor: Asker,
    incident_id: FromPath[str],
    position: Position,
    mark: Mark,
    data: JSONBody[Starred],
) -> Response[WrittenEntry]:
    """Pin an entry into the story, or leave it to the raw log."""
    place = EntryPlace(position=position, mark=mark)
    return _answer(timelines.star_entry(app, actor, incident_id, place, starred=data.starred))


@delete("/{incident_id:str}/timeline/{position:int}", status_code=200, sync_to_thread=True)
def remove_entry(
    app: OpenApp, actor: Asker, incident_id: FromPath[str], position: Position, mark: Mark
) -> Response[WrittenEntry]:
    """Take an entry out; the revision before still has it."""
    place = EntryPlace(position=position, mark=mark)
    return _answer(timelines.remove_entry(app, actor, incident_id, place))


@get("/{incident_id:str}/candidates", sync_to_thread=True)
def propose_deployments(app: OpenApp, actor: Asker, incident_id: FromPath[str]) -> dict[str, Any]:
    """List deployments nobody has judged yet that finished shortly before the incident or during it."""
    return {"rows": relations.propose(app, actor, incident_id), "next": None}


@post("/{incident_id:str}/deployments", status_code=200, sync_to_thread=True)
def decide_deployment(
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    incident_id: FromPath[str],
    data: JSONBody[DeploymentLink],
) -> Response[Incident]:
    """Say how a deployment relates to the incident. Needs If-Match."""
    return with_etag(relations.decide(app, actor, incident_id, data, expected_revision(request)))


@post("/{incident_id:str}/merge", status_code=200, sync_to_thread=True)
def merge_incidents(
    request: AnyRequest, app: OpenApp, actor: Asker, incident_id: FromPath[str], data: JSONBody[MergeWith]
) -> Response[Incident]:
    """Take over all that another incident says. Needs If-Match; the other one points here afterwards."""
    expected = expected_revision(request)
    return with_etag(merging.merge(app, actor, incident_id, data.incident, expected))


def _answer(written: WrittenEntry, status: int = 200) -> Response[WrittenEntry]:
    return with_etag(written.incident, written, status=status)


ROUTES = [
    add_entry,
    correct_entry,
    star_entry,
    remove_entry,
    propose_deployments,
    decide_deployment,
    merge_incidents,
]
"""The routes below an incident."""
