"""Observations over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, Router, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from hardwon.api.histories import history_routes
from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, Word, page
from hardwon.api.revision import expected_revision, with_etag
from hardwon.domain.observation import Observation, ObservationKind, ObservationState
from hardwon.domain.text import Line
from hardwon.usecases import observations
from hardwon.usecases.observations import GivenObservation

AnyRequest = Request[Any, Any, Any]


class Triage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of an observation: a lesson, an action, nothing (then `because` says why), or it waits
    again.
    """

    to: Literal["lesson", "action", "dismissed", "noted"]
    because: Line = ""


@get("/", sync_to_thread=True)
def list_observations(  # noqa: PLR0913, PLR0917  (the query's parameters)
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    in_state: Annotated[ObservationState | None, QueryParameter(name="state")] = None,
    kind: Annotated[ObservationKind | None, QueryParameter(name="kind")] = None,
    service: Word = None,
    limit: Limit = 50,
    after: After = None,
) -> Response[dict[str, Any]]:
    """List observations, newest first."""
    rows = observations.list_observations(
        app, actor, state=in_state, kind=kind, service=service, limit=limit, after=after
    )
    return page(request, rows)


@get("/{observation_id:str}", sync_to_thread=True)
def get_observation(app: OpenApp, actor: Asker, observation_id: FromPath[str]) -> Response[Observation]:
    """Read an observation."""
    return with_etag(observations.get_observation(app, actor, observation_id))


@post("/", sync_to_thread=True)
def note_observation(app: OpenApp, actor: Asker, data: JSONBody[GivenObservation]) -> Response[Observation]:
    """Note what you saw; a title is enough, and whoever may ask may note."""
    saved = observations.note(app, actor, data)
    return with_etag(saved, status=201, location="/api/v1/observations")


@put("/{observation_id:str}", sync_to_thread=True)
def revise_observation(
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    observation_id: FromPath[str],
    data: JSONBody[GivenObservation],
) -> Response[Observation]:
    """Replace what is said. Needs If-Match; where it stands changes by PATCH alone."""
    expected = expected_revision(request)
    return with_etag(observations.revise(app, actor, observation_id, data, expected))


@patch("/{observation_id:str}", sync_to_thread=True)
def triage_observation(
    request: AnyRequest, app: OpenApp, actor: Asker, observation_id: FromPath[str], data: JSONBody[Triage]
) -> Response[Observation]:
    """Triage an observation, and return it; `became` names its lesson or action. Needs If-Match."""
    expected = expected_revision(request)
    if data.to == "lesson":
        observations.make_lesson(app, actor, observation_id, expected)
    elif data.to == "action":
        observations.make_action(app, actor, observation_id, expected)
    elif data.to == "dismissed":
        observations.dismiss(app, actor, observation_id, data.because, expected)
    else:
        observations.reopen(app, actor, observation_id, expected)
    return with_etag(observations.get_observation(app, actor, observation_id))


router = Router(
    "/observations",
    route_handlers=[
        list_observations,
        get_observation,
        note_observation,
        revise_observation,
        triage_observation,
        *history_routes("observation"),
    ],
    tags=["Observations"],
)
