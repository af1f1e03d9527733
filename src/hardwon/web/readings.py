"""Readings of an incident: the brief and its PDF, the technical appendix, the plain summary."""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath

from hardwon.domain.postmortem import heading_of
from hardwon.usecases import readings
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import pages
from hardwon.web.view import AnyRequest, plain_id, show


@pages("/incidents/{incident_id:str}/brief", "/incidents/{incident_id:str}/brief.json")
def brief_page(request: AnyRequest, incident_id: FromPath[str]) -> Response[bytes]:
    """Show an incident on one page, for those who decide; it prints without the frame."""
    page = readings.get_brief(app_of(request), actor_of(request), plain_id(incident_id))
    return show(request, "brief.html", page)


@pages("/incidents/{incident_id:str}/brief.pdf")
def brief_pdf(request: AnyRequest, incident_id: FromPath[str]) -> Response[bytes]:
    """Return the brief as a PDF of one page."""
    made = readings.get_brief_pdf(app_of(request), actor_of(request), incident_id)
    headers = {"Content-Disposition": f'inline; filename="{plain_id(incident_id)}-brief.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


@pages("/incidents/{incident_id:str}/appendix", "/incidents/{incident_id:str}/appendix.json")
def appendix_page(request: AnyRequest, incident_id: FromPath[str]) -> Response[bytes]:
    """Show all that engineers may read of an incident, on one page that prints."""
    page = readings.get_appendix(app_of(request), actor_of(request), plain_id(incident_id))
    return show(request, "appendix.html", page, context={"heading_of": heading_of})


@pages("/incidents/{incident_id:str}/summary", "/incidents/{incident_id:str}/summary.json")
def summary_page(request: AnyRequest, incident_id: FromPath[str]) -> Response[bytes]:
    """Show an incident in plain words."""
    page = readings.get_summary(app_of(request), actor_of(request), plain_id(incident_id))
    return show(request, "summary.html", page)
