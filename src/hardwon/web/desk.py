"""The incident desk: declare an incident, correct it, take it on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect

from hardwon.domain.access import EVERYONE
from hardwon.domain.errors import HardwonError, InputError
from hardwon.domain.incident import Impact, ImpactFigure, Incident, Status, Times, restricted_scope
from hardwon.usecases import incidents
from hardwon.usecases.incidents import RESTRICTED, NewIncident
from hardwon.web.fields import Form, checked, moment_in, names_in, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, path_of, show

SEVERITIES: Final = ("1", "2", "3", "4", "5")
TIMES: Final = ("started_at", "detected_at", "acknowledged_at", "mitigated_at", "resolved_at")


class IncidentForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of an incident: what its fields hold, the incident it corrects, and what was wrong."""

    values: Mapping[str, str]
    incident: Incident | None = None
    problem: str = ""
    fix: str = ""


class StatusStep(msgspec.Struct, frozen=True):
    """The status to go to."""

    status: Status


@pages("/incidents/new")
def new_incident_page(request: AnyRequest) -> Response[bytes]:
    """Show an empty form."""
    return show(request, "incident_form.html", IncidentForm(values={}))


@forms("/incidents/new", status=200)
def declare(request: AnyRequest, data: Form) -> Response[Any]:
    """Declare an incident; with a mistake the form comes back as it was."""
    try:
        made = incidents.declare(app_of(request), actor_of(request), checked(_values(data), NewIncident))
    except HardwonError as error:
        form = IncidentForm(values=data, problem=error.message, fix=error.fix)
        return show(request, "incident_form.html", form, status=status_of(error))
    return Redirect(path_of(made.id), status_code=303)


@pages("/incidents/{incident_id:str}/edit")
def edit_page(request: AnyRequest, incident_id: FromPath[str]) -> Response[bytes]:
    """Show an incident's form."""
    stored = incidents.get_incident(app_of(request), actor_of(request), incident_id).incident
    return show(request, "incident_form.html", IncidentForm(values=_shown(stored), incident=stored))


@forms("/incidents/{incident_id:str}/edit", status=200)
def edit(request: AnyRequest, incident_id: FromPath[str], data: Form) -> Response[Any]:
    """Keep a corrected incident; with a mistake or a conflict the form comes back as it was."""
    app, actor = app_of(request), actor_of(request)
    stored = incidents.get_incident(app, actor, incident_id).incident
    try:
        values = msgspec.structs.asdict(checked(_values(data), NewIncident))
        values["scope"] = _scope(data, stored)
        values.pop("timeline")
        changed = msgspec.structs.replace(stored, **values)
        impact = Impact(text=text_in(data, "impact"), figures=_figures(data, stored))
        closed = msgspec.structs.replace(changed.times, closed_at=stored.times.closed_at)
        found = {name: _lines(data, name, getattr(stored, name)) for name in ("errors", "alerts")}
        changed = msgspec.structs.replace(changed, impact=impact, times=closed, **found)
        incidents.revise(app, actor, changed, number_in(data, "expected"))
    except HardwonError as error:
        form = IncidentForm(values=data, incident=stored, problem=error.message, fix=error.fix)
        return show(request, "incident_form.html", form, status=status_of(error))
    return Redirect(path_of(incident_id), status_code=303)


@forms("/incidents/{incident_id:str}/status")
def advance(request: AnyRequest, incident_id: FromPath[str], data: Form) -> Redirect:
    """Take an incident to a later status."""
    step = checked({"status": data.get("status", "")}, StatusStep)
    incidents.advance(
        app_of(request),
        actor_of(request),
        incident_id,
        step.status,
        number_in(data, "expected"),
        exception=text_in(data, "exception"),
    )
    return Redirect(path_of(incident_id), status_code=303)


def _values(data: Mapping[str, str]) -> dict[str, Any]:
    """Return what the form says of an incident."""
    return {
        "title": text_in(data, "title"),
        "severity": int(data["severity"]) if data.get("severity", "") in SEVERITIES else None,
        "services": names_in(data.get("services", "")),
        "environments": names_in(data.get("environments", "")),
        "detection": data.get("detection") or "unknown",
        "summary": text_in(data, "summary"),
        "times": Times(**{field: moment_in(data, field) for field in TIMES}),
        "zone": text_in(data, "zone") or "UTC",
        "tags": names_in(data.get("tags", "")),
        "team": text_in(data, "team") or None,
        "members": names_in(data.get("members", "")),
        "scope": _scope(data),
    }


def _scope(data: Mapping[str, str], stored: Incident | None = None) -> str:
    """Return whom the form shows an incident to. Raises InputError for a team that is not named."""
    match data.get("seen_by", "" if stored else EVERYONE):
        case "everyone":
            return EVERYONE
        case "team":
            if not (team := text_in(data, "team")):
                raise InputError("No team is named.", fix="Name it, or show the incident to everyone.")
            return f"team:{team}"
        case "members":
            return restricted_scope(stored.id) if stored else RESTRICTED
        case "" if stored:
            return stored.scope
        case _:
            raise InputError("Nobody knows who should see it.", fix="Choose one of those in the list.")


def _lines(data: Mapping[str, str], name: str, stored: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines of a field, or what stands where the form has no such field."""
    if name not in data:
        return stored
    return tuple(line.strip() for line in text_in(data, name).split("\n") if line.strip())


def _figures(data: Mapping[str, str], stored: Incident) -> tuple[ImpactFigure, ...]:
    """Return the figures of harm: `what | how much | note` on each line."""
    if "figures" not in data:
        return stored.impact.figures
    rows = [[part.strip() for part in line.split("|", 2)] for line in _lines(data, "figures", ())]
    for row in rows:
        if len(row) == 1:
            raise InputError(f"{row[0][:60]!r} has no figure.", fix="Write it as: what | how much | note.")
    return tuple(
        checked({"label": row[0], "value": row[1], "note": "".join(row[2:])}, ImpactFigure) for row in rows
    )


def _shown(incident: Incident) -> dict[str, str]:
    """Return an incident as its form shows it; times are UTC."""
    times = {field: getattr(incident.times, field) for field in TIMES}
    return {
        "title": incident.title,
        "severity": str(incident.severity or ""),
        "services": ", ".join(incident.services),
        "environments": ", ".join(incident.environments),
        "detection": incident.detection,
        "summary": incident.summary,
        "impact": incident.impact.text,
        "figures": "\n".join(
            f"{f.label} | {f.value} | {f.note}".rstrip(" |") for f in incident.impact.figures
        ),
        "errors": "\n".join(incident.errors),
        "alerts": "\n".join(incident.alerts),
        "zone": incident.zone,
        "tags": ", ".join(incident.tags),
        "team": incident.team or "",
        "members": ", ".join(incident.members),
        "seen_by": _seen_by(incident),
        "expected": str(incident.revision),
        **{field: f"{at:%Y-%m-%d %H:%M:%S}".removesuffix(":00") for field, at in times.items() if at},
    }


def _seen_by(incident: Incident) -> str:
    kinds = {EVERYONE: "everyone", f"team:{incident.team}": "team", restricted_scope(incident.id): "members"}
    return kinds.get(incident.scope, "")
