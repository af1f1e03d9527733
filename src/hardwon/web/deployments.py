"""Deployments, actions, and the check."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery, QueryParameter
from msgspec import Meta

from hardwon.domain.action import Action
from hardwon.domain.check import CheckQuestion
from hardwon.domain.criterion import describe
from hardwon.usecases import actions, checks, deployments
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.view import AnyRequest, plain_id, show


class CheckForm(msgspec.Struct, frozen=True):
    """What the check's form sends."""

    text: Annotated[str, Meta(max_length=checks.MAX_TEXT)] = ""
    services: Annotated[str, Meta(max_length=1_000)] = ""
    environment: Annotated[str, Meta(max_length=200)] = ""


@pages("/deployments", "/deployments.json")
def deployments_page(
    request: AnyRequest,
    service: FromQuery[str | None] = None,
    environment: FromQuery[str | None] = None,
    outcome: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Show a page of deployments, newest first."""
    page = deployments.list_deployments(
        app_of(request),
        actor_of(request),
        service=service or None,
        environment=environment or None,
        outcome=outcome or None,
        after=after,
    )
    chosen = {"service": service, "environment": environment, "outcome": outcome}
    return show(request, "deployments.html", page, context={"chosen": chosen})


@pages("/deployments/{deployment_id:str}")
def deployment_page(request: AnyRequest, deployment_id: FromPath[str]) -> Response[bytes]:
    """Show a deployment and what is known about a change like it."""
    app, actor, name = app_of(request), actor_of(request), plain_id(deployment_id)
    page = deployments.get_deployment(app, actor, name)
    answer = checks.check(app, actor, CheckQuestion(deployment=name))
    return show(request, "deployment.html", page, context={"answer": answer})


@pages("/check")
def check_page(request: AnyRequest) -> Response[bytes]:
    """Show the check's form."""
    return show(request, "check.html", CheckForm(), context={"answer": None})


@forms("/check", status=200)
def ask_check(
    request: AnyRequest,
    data: Annotated[CheckForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Answer the check's form."""
    names = data.services.replace(",", " ").split()
    question = CheckQuestion(
        text=data.text, services=tuple(names[:50]), environment=data.environment.strip() or None
    )
    answer = checks.check(app_of(request), actor_of(request), question)
    return show(request, "check.html", data, context={"answer": answer})


@pages("/actions", "/actions.json")
def actions_page(
    request: AnyRequest,
    standing: Annotated[str | None, QueryParameter(name="state")] = None,
    service: FromQuery[str | None] = None,
    team: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Show a page of actions, what is due first on top; unfinished ones unless a state is asked."""
    page = actions.list_actions(
        app_of(request),
        actor_of(request),
        state=standing or None,
        service=service or None,
        team=team or None,
        unfinished=not standing,
        after=after,
    )
    chosen = {"state": standing, "service": service, "team": team}
    return show(request, "actions.html", page, context={"chosen": chosen})


@pages("/actions/{action_id:str}")
def action_page(request: AnyRequest, action_id: FromPath[str]) -> Response[bytes]:
    """Show one action."""
    page: Action = actions.get_action(app_of(request), actor_of(request), plain_id(action_id))
    criterion = describe(page.criterion) if page.criterion else ""
    return show(request, "action.html", page, context={"criterion": criterion})
