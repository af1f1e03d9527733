"""Observations: the list, one of them, noting and correcting it, what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from hardwon.domain.access import permissions_of
from hardwon.domain.errors import HardwonError, NotFoundError
from hardwon.domain.observation import Observation
from hardwon.usecases import observations
from hardwon.usecases.observations import GivenObservation
from hardwon.web.fields import Form, checked, names_in, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.links import links_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, path_of, plain_id, show

KINDS: Final = {
    "near_miss": "Near miss",
    "outside": "Somebody else's incident",
    "threat": "Threat",
    "need": "User need",
}
STATES: Final = {"noted": "Waiting for triage", "became": "Taken on", "dismissed": "Dismissed", "all": "All"}


class ObservationForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of an observation: what its fields hold, the one it corrects, and what was wrong."""

    values: Mapping[str, str]
    observation: Observation | None = None
    problem: str = ""
    fix: str = ""


@pages("/observations", "/observations.json")
def observations_page(
    request: AnyRequest,
    standing: Annotated[str, QueryParameter(name="state")] = "noted",
    kind: FromQuery[str | None] = None,
    service: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Show a page of observations, newest first; those that wait for triage unless a state is asked."""
    page = observations.list_observations(
        app_of(request),
        actor_of(request),
        state=None if standing == "all" else standing or "noted",
        kind=kind or None,
        service=service or None,
        after=after,
    )
    chosen = {"state": standing, "kind": kind or "", "service": service or ""}
    return show(request, "observations.html", page, context=_words() | {"chosen": chosen})


@pages("/observations/new")
def new_observation_page(request: AnyRequest) -> Response[bytes]:
    """Show an empty form."""
    return _form(request, ObservationForm(values={}))


@forms("/observations/new", status=200)
def note(request: AnyRequest, data: Form) -> Response[Any]:
    """Keep what somebody noticed; with a mistake the form comes back as it was."""
    try:
        made = observations.note(app_of(request), actor_of(request), _given(data))
    except HardwonError as error:
        form = ObservationForm(values=data, problem=error.message, fix=error.fix)
        return _form(request, form, status_of(error))
    return Redirect(path_of(made.id), status_code=303)


@pages("/observations/{observation_id:str}")
def observation_page(request: AnyRequest, observation_id: FromPath[str]) -> Response[bytes]:
    """Show one observation, and the ways to triage it."""
    return _show(request, plain_id(observation_id))


@pages("/observations/{observation_id:str}/edit")
def edit_observation_page(request: AnyRequest, observation_id: FromPath[str]) -> Response[bytes]:
    """Show an observation's form."""
    stored = observations.get_observation(app_of(request), actor_of(request), observation_id)
    return _form(request, ObservationForm(values=_shown(stored), observation=stored))


@forms("/observations/{observation_id:str}/edit", status=200)
def edit(request: AnyRequest, observation_id: FromPath[str], data: Form) -> Response[Any]:
    """Keep a corrected observation; with a mistake or a conflict the form comes back as it was."""
    app, actor = app_of(request), actor_of(request)
    stored = observations.get_observation(app, actor, observation_id)
    try:
        given = msgspec.structs.replace(_given(data), team=stored.team, scope=stored.scope)
        observations.revise(app, actor, observation_id, given, number_in(data, "expected"))
    except HardwonError as error:
        form = ObservationForm(values=data, observation=stored, problem=error.message, fix=error.fix)
        return _form(request, form, status_of(error))
    return Redirect(path_of(observation_id), status_code=303)


@forms("/observations/{observation_id:str}/triage", status=200)
def triage(request: AnyRequest, observation_id: FromPath[str], data: Form) -> Response[Any]:
    """Make it a lesson or an action, dismiss it, or let it wait again; a mistake shows on its page."""
    app, actor = app_of(request), actor_of(request)
    expected = number_in(data, "expected")
    goal = observation_id
    try:
        match data.get("to"):
            case "lesson":
                goal = observations.make_lesson(app, actor, observation_id, expected).id
            case "action":
                goal = observations.make_action(app, actor, observation_id, expected).id
            case "dismissed":
                observations.dismiss(app, actor, observation_id, text_in(data, "because"), expected)
            case _:
                observations.reopen(app, actor, observation_id, expected)
    except NotFoundError:
        raise
    except HardwonError as error:
        return _show(request, observation_id, data, error)
    return Redirect(path_of(goal) + ("/edit" if goal != observation_id else ""), status_code=303)


def _show(
    request: AnyRequest,
    observation_id: str,
    data: Mapping[str, str] | None = None,
    error: HardwonError | None = None,
) -> Response[bytes]:
    actor = actor_of(request)
    page = observations.get_observation(app_of(request), actor, observation_id)
    held = permissions_of(actor)
    context = {
        "problem": f"{error.message} {error.fix}".strip() if error else "",
        "because": (data or {}).get("because", ""),
        "triages": "write" in held,
        "corrects": "write" in held or page.author == actor.id,
        **_words(),
        **links_of(request, page),
    }
    status = status_of(error) if error else 200
    return show(request, "observation.html", page, status=status, context=context)


def _form(request: AnyRequest, form: ObservationForm, status: int = 200) -> Response[bytes]:
    return show(request, "observation_form.html", form, status=status, context=_words())


def _words() -> dict[str, object]:
    return {"kinds": KINDS, "states": STATES}


def _given(data: Mapping[str, str]) -> GivenObservation:
    values = {
        "title": text_in(data, "title"),
        "kind": data.get("kind", "near_miss"),
        "text": text_in(data, "text"),
        "url": text_in(data, "url"),
        "services": names_in(data.get("services", "")),
        "environments": names_in(data.get("environments", "")),
        "tags": names_in(data.get("tags", "")),
    }
    return checked(values, GivenObservation)


def _shown(observation: Observation) -> dict[str, str]:
    """Return an observation as its form shows it."""
    return {
        "title": observation.title,
        "kind": observation.kind,
        "text": observation.text,
        "url": observation.url,
        "services": ", ".join(observation.services),
        "environments": ", ".join(observation.environments),
        "tags": ", ".join(observation.tags),
        "expected": str(observation.revision),
    }
