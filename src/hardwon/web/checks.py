"""Kept checks: what gates were answered."""

from __future__ import annotations

from typing import Final, get_args

from litestar import Response
from litestar.params import FromPath, FromQuery

from hardwon.domain.check import Verdict
from hardwon.domain.errors import InputError
from hardwon.usecases.checks import keeping
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import pages
from hardwon.web.view import AnyRequest, plain_id, show

_VERDICTS: Final = get_args(Verdict)


@pages("/checks", "/checks.json")
def checks_page(
    request: AnyRequest,
    verdict: FromQuery[str | None] = None,
    service: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Show a page of what gates were answered, newest first."""
    if verdict and verdict not in _VERDICTS:
        raise InputError("There is no such verdict.", fix=f"Choose one of {', '.join(_VERDICTS)}.")
    page = keeping.list_checks(
        app_of(request), actor_of(request), verdict=verdict or None, service=service or None, after=after
    )
    chosen = {"verdict": verdict, "service": service}
    return show(request, "checks.html", page, context={"chosen": chosen, "verdicts": _VERDICTS})


@pages("/checks/{check_id:str}")
def kept_page(request: AnyRequest, check_id: FromPath[str]) -> Response[bytes]:
    """Show what a gate asked and was answered."""
    page = keeping.get_check(app_of(request), actor_of(request), plain_id(check_id))
    return show(request, "kept_check.html", page)
