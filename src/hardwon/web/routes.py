"""All pages, guarded as one: whoever adds a page here adds it behind `identify`."""

from __future__ import annotations

from typing import Final

from litestar import Router

from hardwon.web import (
    actions,
    artifacts,
    deployments,
    desk,
    findings,
    histories,
    home,
    incidents,
    links,
    postmortems,
    search,
    standard,
    writing,
)
from hardwon.web.identity import identify
from hardwon.web.problem import HANDLERS

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
MAX_FORM: Final = 4 * 1024 * 1024

web_router: Final = Router(
    "/",
    route_handlers=[
        *home.home_page,
        *home.inbox_page,
        *home.services_page,
        *home.service_page,
        *home.doctor_page,
        *search.search_page,
        *desk.new_incident_page,
        *desk.declare,
        *desk.edit_page,
        *desk.edit,
        *desk.advance,
        *desk.write_entry,
        *desk.remove_entry,
        *findings.write_factor,
        *findings.remove_factor,
        *findings.attach,
        findings.attach_file,
        *findings.detach,
        *findings.file_page,
        *incidents.incidents_page,
        *incidents.incident_page,
        *incidents.timeline_page,
        *incidents.brief_page,
        *writing.new_page,
        *writing.write,
        *writing.edit_page,
        *writing.edit,
        *artifacts.artifacts_page,
        *artifacts.artifact_page,
        *artifacts.restore,
        *artifacts.step,
        *artifacts.renew,
        *histories.history_page,
        *links.dead_links_page,
        *links.refer,
        *links.drop,
        *postmortems.begin,
        *postmortems.editor_page,
        *postmortems.save_all,
        *postmortems.save_section,
        *postmortems.preview,
        *standard.standard_page,
        *deployments.deployments_page,
        *deployments.deployment_page,
        *deployments.check_page,
        *deployments.ask_check,
        *actions.actions_page,
        *actions.action_page,
        *actions.new_action_page,
        *actions.promise,
        *actions.edit_action_page,
        *actions.edit_action,
        *actions.step,
    ],
    guards=[identify],
    exception_handlers=HANDLERS,
    response_headers=_HEADERS,
    request_max_body_size=MAX_FORM,
    include_in_schema=False,
)
