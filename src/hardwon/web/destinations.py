"""Systems that are told what happens here: setting one up, trying it out, what was sent, dead letters."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from hardwon.domain.destination import MOST_FAILURES, Destination, Topic
from hardwon.domain.errors import HardwonError, InputError
from hardwon.usecases import destinations
from hardwon.usecases.destinations import Answer, NewDestination
from hardwon.web.fields import Form, checked, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, show

TOPICS = get_args(Topic)


@pages("/destinations", "/destinations.json")
def destinations_page(request: AnyRequest) -> Response[bytes]:
    """Show the destinations, and the form of a new one."""
    return _list(request)


@forms("/destinations", status=200)
def add(request: AnyRequest, data: Form) -> Response[Any]:
    """Add a destination and show its secret, this once; with a mistake the form comes back as it was."""
    try:
        new = checked({"title": text_in(data, "title"), "url": text_in(data, "url")}, NewDestination)
        made, secret = destinations.add(app_of(request), actor_of(request), new)
    except HardwonError as error:
        return _list(request, typed=data, problem=_told(error), status=status_of(error))
    return _one(request, made.id, secret=secret)


@pages("/destinations/{destination_id:str}")
def destination_page(
    request: AnyRequest,
    destination_id: FromPath[str],
    after: FromQuery[str | None] = None,
    dead: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Show a destination: what it wants, what was sent, what was given up."""
    return _one(request, destination_id, after=after, dead=dead == "true")


@forms("/destinations/{destination_id:str}", status=200)
def change(request: AnyRequest, destination_id: FromPath[str], data: Form) -> Response[Any]:
    """Change a destination; with a mistake the form comes back as it was."""
    app, actor = app_of(request), actor_of(request)
    stored = destinations.get_destination(app, actor, destination_id).destination
    said = {
        "title": text_in(data, "title"),
        "url": text_in(data, "url"),
        "active": data.get("active") == "yes",
        "events": [topic for topic in TOPICS if data.get(topic) == "yes"],
        "services": [name for part in text_in(data, "services").split(",") if (name := part.strip())],
        "team": text_in(data, "team") or None,
    }
    try:
        changed = msgspec.convert({**msgspec.structs.asdict(stored), **said}, Destination)
        destinations.change(app, actor, changed, number_in(data, "expected"))
    except msgspec.ValidationError as error:
        mistake = InputError(f"{error}.", fix="Correct that field.")
        return _one(request, destination_id, typed=data, problem=_told(mistake), status=422)
    except HardwonError as error:
        return _one(request, destination_id, typed=data, problem=_told(error), status=status_of(error))
    return Redirect(f"/destinations/{destination_id}", status_code=303)


@forms("/destinations/{destination_id:str}/secret", status=200)
def renew(request: AnyRequest, destination_id: FromPath[str]) -> Response[Any]:
    """Give a destination another secret and show it, this once."""
    secret = destinations.renew_secret(app_of(request), actor_of(request), destination_id)
    return _one(request, destination_id, secret=secret)


@forms("/destinations/{destination_id:str}/test", status=200)
def try_out(request: AnyRequest, destination_id: FromPath[str]) -> Response[Any]:
    """Send a test event and show the answer."""
    answer = destinations.try_out(app_of(request), actor_of(request), destination_id)
    return _one(request, destination_id, answer=answer)


@forms("/destinations/{destination_id:str}/dispatches")
def redeliver_all(request: AnyRequest, destination_id: FromPath[str]) -> Redirect:
    """Send all dead letters again."""
    destinations.redeliver(app_of(request), actor_of(request), destination_id)
    return Redirect(f"/destinations/{destination_id}", status_code=303)


@forms("/destinations/{destination_id:str}/dispatches/{dispatch:int}")
def redeliver(request: AnyRequest, destination_id: FromPath[str], dispatch: FromPath[int]) -> Redirect:
    """Send one dead letter again."""
    destinations.redeliver(app_of(request), actor_of(request), destination_id, dispatch)
    return Redirect(f"/destinations/{destination_id}", status_code=303)


def _told(error: HardwonError) -> dict[str, str]:
    return {"message": error.message, "fix": error.fix}


def _list(
    request: AnyRequest,
    *,
    typed: Form | None = None,
    problem: dict[str, str] | None = None,
    status: int = 200,
) -> Response[bytes]:
    rows = destinations.get_destinations(app_of(request), actor_of(request))
    context = {"typed": typed or {}, "problem": problem, "rows": rows}
    return show(request, "destinations.html", None, status=status, context=context)


def _one(  # noqa: PLR0913  (what a page may have to say)
    request: AnyRequest,
    destination_id: str,
    *,
    secret: str = "",
    answer: Answer | None = None,
    after: str | None = None,
    dead: bool = False,
    typed: Form | None = None,
    problem: dict[str, str] | None = None,
    status: int = 200,
) -> Response[bytes]:
    app, actor = app_of(request), actor_of(request)
    page = destinations.get_destination(app, actor, destination_id, failed=dead, after=after)
    context = {
        "secret": secret,
        "answer": answer,
        "dead": dead,
        "typed": typed,
        "problem": problem,
        "topics": TOPICS,
        "most": MOST_FAILURES,
    }
    return show(request, "destination.html", page, status=status, context=context)
