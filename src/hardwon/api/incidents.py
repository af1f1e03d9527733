"""Incidents over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from hardwon.api import readings, timelines
from hardwon.api.body import GivenIncident, expect_zones, record_of
from hardwon.api.histories import history_routes
from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, Word, page
from hardwon.api.revision import expected_revision, with_etag
from hardwon.domain.incident import Incident, Status
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.standard import Standing
from hardwon.domain.text import Line
from hardwon.usecases import incidents, postmortems, standards
from hardwon.usecases.incidents import IncidentPage, NewIncident

AnyRequest = Request[Any, Any, Any]


class StatusStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The status to go to; a reviewer may give the reason of an exception from the standard."""

    status: Status
    exception: Line = ""


@get("/", sync_to_thread=True)
def list_incidents(  # noqa: PLR0913, PLR0917  (the query's parameters)
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    service: Word = None,
    severity: Annotated[int | None, QueryParameter(ge=1, le=5)] = None,
    status: FromQuery[Status | None] = None,
    tag: Word = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response[dict[str, Any]]:
    """List incidents, newest first."""
    return page(
        request,
        incidents.list_incidents(
            app,
            actor,
            service=service,
            severity=severity,
            status=status,
            tag=tag,
            since=since,
            until=until,
            limit=limit,
            after=after,
        ),
    )


@get("/{incident_id:str}", sync_to_thread=True)
def get_incident(app: OpenApp, actor: Asker, incident_id: FromPath[str]) -> Response[IncidentPage]:
    """Read an incident with its postmortem, lessons, runbooks, actions and deployments."""
    found = incidents.get_incident(app, actor, incident_id)
    return with_etag(found.incident, found)


@post("/", sync_to_thread=True)
def declare_incident(app: OpenApp, actor: Asker, data: JSONBody[NewIncident]) -> Response[Incident]:
    """Declare an incident; a title is enough."""
    expect_zones(data)
    saved = incidents.declare(app, actor, data)
    return with_etag(saved, status=201, location="/api/v1/incidents")


@put("/{incident_id:str}", sync_to_thread=True)
def revise_incident(
    request: AnyRequest, app: OpenApp, actor: Asker, incident_id: FromPath[str], data: JSONBody[GivenIncident]
) -> Response[Incident]:
    """Replace an incident's content. Needs If-Match; its status changes by PATCH alone."""
    expected = expected_revision(request)
    return with_etag(incidents.revise(app, actor, record_of(data, Incident, incident_id), expected))


@patch("/{incident_id:str}", sync_to_thread=True)
def advance_incident(
    request: AnyRequest, app: OpenApp, actor: Asker, incident_id: FromPath[str], data: JSONBody[StatusStep]
) -> Response[Incident]:
    """Take an incident to a later status. Needs If-Match."""
    expected = expected_revision(request)
    moved = incidents.advance(app, actor, incident_id, data.status, expected, exception=data.exception)
    return with_etag(moved)


@post("/{incident_id:str}/postmortem", sync_to_thread=True)
def begin_postmortem(
    app: OpenApp, actor: Asker, incident_id: FromPath[str], template: Word = None
) -> Response[Postmortem]:
    """Begin the incident's postmortem as a draft, or return the one there is.

    It begins from the template that is named, else from the one that suits the incident.
    """
    begun = postmortems.begin(app, actor, incident_id, template or "")
    return with_etag(begun, status=201, location="/api/v1/postmortems")


@get("/{incident_id:str}/standing", sync_to_thread=True)
def get_standing(app: OpenApp, actor: Asker, incident_id: FromPath[str]) -> Standing:
    """Say what the minimum standard still asks of an incident."""
    return standards.get_standing(app, actor, incident_id)


router = Router(
    "/incidents",
    route_handlers=[
        list_incidents,
        get_incident,
        declare_incident,
        revise_incident,
        advance_incident,
        begin_postmortem,
        get_standing,
        *timelines.ROUTES,
        *readings.ROUTES,
        *history_routes("incident"),
    ],
    tags=["Incidents"],
)
