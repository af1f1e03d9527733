"""Readings of an incident over HTTP."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromPath

from hardwon.api.identity import Asker, OpenApp
from hardwon.domain.reading import Brief, Summary
from hardwon.usecases import readings
from hardwon.usecases.readings import Appendix


@get("/{incident_id:str}/brief", sync_to_thread=True)
def get_brief(app: OpenApp, actor: Asker, incident_id: FromPath[str]) -> Brief:
    """Read an incident on one page, for those who decide. Nothing marked is in it."""
    return readings.get_brief(app, actor, incident_id)


@get("/{incident_id:str}/brief.pdf", sync_to_thread=True, media_type="application/pdf")
def get_brief_pdf(app: OpenApp, actor: Asker, incident_id: FromPath[str]) -> Response[bytes]:
    """Read the brief as a PDF of one page."""
    return Response(readings.get_brief_pdf(app, actor, incident_id), media_type="application/pdf")


@get("/{incident_id:str}/appendix", sync_to_thread=True)
def get_appendix(app: OpenApp, actor: Asker, incident_id: FromPath[str]) -> Appendix:
    """Read all that engineers may read of an incident. Nothing restricted is in it."""
    return readings.get_appendix(app, actor, incident_id)


@get("/{incident_id:str}/summary", sync_to_thread=True)
def get_summary(app: OpenApp, actor: Asker, incident_id: FromPath[str]) -> Summary:
    """Read an incident in plain words, without people and commands. Nothing marked is in it."""
    return readings.get_summary(app, actor, incident_id)


ROUTES = [get_brief, get_brief_pdf, get_appendix, get_summary]
"""The routes below an incident."""
