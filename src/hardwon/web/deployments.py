"""Deployments, and the check."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery
from msgspec import Meta

from hardwon.domain.check import CheckQuestion
from hardwon.usecases import checks, deployments, reviews, risks
from hardwon.usecases.checks import keeping
from hardwon.web.identity import actor_of, app_of
from hardwon.web.links import links_of
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
    risk: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Show a page of deployments, newest first."""
    page = deployments.list_deployments(
        app_of(request),
        actor_of(request),
        service=service or None,
        environment=environment or None,
        outcome=outcome or None,
        risk=risk or None,
        after=after,
    )
    chosen = {"service": service, "environment": environment, "outcome": outcome, "risk": risk}
    return show(request, "deployments.html", page, context={"chosen": chosen})


@pages("/deployments/{deployment_id:str}")
def deployment_page(request: AnyRequest, deployment_id: FromPath[str]) -> Response[bytes]:
    """Show a deployment and what is known about a change like it."""
    app, actor, name = app_of(request), actor_of(request), plain_id(deployment_id)
    page = deployments.get_deployment(app, actor, name)
    answer = checks.check(app, actor, CheckQuestion(deployment=name))
    known = reviews.list_reviews(app, actor, subject=name).rows
    risk = risks.get_risk(app, actor, name)
    kept = keeping.list_checks(app, actor, deployment=name, limit=5).rows
    context = {
        "answer": answer,
        "risk": risk,
        "reviews": known,
        "kept": kept,
        **links_of(request, page.deployment),
    }
    return show(request, "deployment.html", page, context=context)


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
