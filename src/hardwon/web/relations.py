"""What an incident is tied to: deployments somebody judged, and another incident it turned out to be."""

from __future__ import annotations

from litestar.params import FromPath
from litestar.response import Redirect

from hardwon.domain.incident import DeploymentLink
from hardwon.usecases import merging, relations
from hardwon.web.fields import Form, checked, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms
from hardwon.web.view import AnyRequest, path_of


@forms("/incidents/{incident_id:str}/deployments")
def decide(request: AnyRequest, incident_id: FromPath[str], data: Form) -> Redirect:
    """Say how a deployment relates to the incident."""
    values = {
        "deployment": text_in(data, "deployment"),
        "relation": data.get("relation", ""),
        "method": data.get("method", "declared"),
        "confidence": data.get("confidence") or None,
        "note": text_in(data, "note"),
    }
    link = checked(values, DeploymentLink)
    relations.decide(app_of(request), actor_of(request), incident_id, link, number_in(data, "expected"))
    return Redirect(f"{path_of(incident_id)}#deployments", status_code=303)


@forms("/incidents/{incident_id:str}/merge")
def merge(request: AnyRequest, incident_id: FromPath[str], data: Form) -> Redirect:
    """Merge another incident into this one."""
    other = text_in(data, "with")
    merging.merge(app_of(request), actor_of(request), incident_id, other, number_in(data, "expected"))
    return Redirect(path_of(incident_id), status_code=303)
