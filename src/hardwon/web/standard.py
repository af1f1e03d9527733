"""The minimum standard: its rules, and what they ask of the last incidents."""

from __future__ import annotations

from litestar import Response

from hardwon.domain.standard import DEMANDS
from hardwon.usecases import standards
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import pages
from hardwon.web.view import AnyRequest, show


@pages("/standard", "/standard.json")
def standard_page(request: AnyRequest) -> Response[bytes]:
    """Show the rules in force and how the last incidents stand against them."""
    page = standards.get_standard(app_of(request), actor_of(request))
    return show(request, "standard.html", page, context={"demands": DEMANDS})
