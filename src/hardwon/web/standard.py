"""The minimum standard: its rules, what they ask of the last incidents, and changing them."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response
from litestar.response import Redirect

from hardwon.domain.errors import HardwonError
from hardwon.domain.policy import STANDARD
from hardwon.domain.standard import DEMANDS
from hardwon.usecases import standards
from hardwon.web.fields import Form, number_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, show


@pages("/standard", "/standard.json")
def standard_page(request: AnyRequest) -> Response[bytes]:
    """Show the rules in force and how the last incidents stand against them."""
    return _show(request, standards.get_standard(app_of(request), actor_of(request)))


@forms("/standard", status=200)
def change(request: AnyRequest, data: Form) -> Response[Any]:
    """Try other rules on the last incidents, or make them the standard; a mistake keeps what was typed."""
    app, actor = app_of(request), actor_of(request)
    text = data.get("text", "").replace("\r\n", "\n")
    try:
        if data.get("do") != "save":
            return _show(request, standards.try_standard(app, actor, text), trying=True)
        standards.write_standard(app, actor, text, number_in(data, "expected"))
    except HardwonError as error:
        page = msgspec.structs.replace(standards.get_standard(app, actor), text=text)
        problem = {"message": error.message, "fix": error.fix}
        return _show(request, page, trying=True, problem=problem, status=status_of(error))
    return Redirect("/standard", status_code=303)


def _show(
    request: AnyRequest,
    page: standards.StandardPage,
    *,
    trying: bool = False,
    problem: dict[str, str] | None = None,
    status: int = 200,
) -> Response[bytes]:
    context = {"demands": DEMANDS, "trying": trying, "problem": problem, "policy": STANDARD}
    return show(request, "standard.html", page, status=status, context=context)
