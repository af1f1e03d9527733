"""An incident's timeline: the raw log beside the story, and every entry's own form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from hardwon.domain.errors import HardwonError
from hardwon.domain.incident import Incident
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.timeline import Consequence, ConsequenceKind, EntryKind, TimelineEntry, between, mark_of
from hardwon.usecases import incidents, timelines
from hardwon.usecases.timelines import EntryPlace
from hardwon.web.fields import Form, checked, moment_in, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, path_of, plain_id, show

SHOWN: Final = 200
"""Entries of the raw log on one page."""
_OVER: Final = ("resolved", "closed")
"""Where nobody logs as it happens any more, the form is folded."""


class LogRow(msgspec.Struct, frozen=True, kw_only=True):
    """One entry, its place (from 0) and its mark."""

    position: int
    mark: str
    entry: TimelineEntry


class TimelinePage(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the raw log, the story in it, and the form: what it holds and what was wrong.

    `sheet` counts from 1. `values` has a `mark` where the form corrects an entry.
    """

    incident: Incident
    postmortem: Postmortem | None
    sheet: int
    sheets: int
    log: tuple[LogRow, ...]
    story: tuple[LogRow, ...]
    values: Mapping[str, str]
    open: bool = False
    problem: str = ""
    fix: str = ""


@pages("/incidents/{incident_id:str}/timeline", "/incidents/{incident_id:str}/timeline.json")
def timeline_page(
    request: AnyRequest,
    incident_id: FromPath[str],
    entry: FromQuery[int | None] = None,
    behind: FromQuery[int | None] = None,
    sheet: FromQuery[int] = 1,
) -> Response[bytes]:
    """Show the timeline, and the form of a new entry, one behind another, or the one at a position."""
    page = incidents.get_incident(app_of(request), actor_of(request), plain_id(incident_id))
    entries = page.incident.timeline
    values: Mapping[str, str] = {}
    if entry is not None and 0 <= entry < len(entries):
        values = _shown(entries[entry], entry)
    elif behind is not None and 0 <= behind < len(entries) and (at := between(entries, behind)):
        at_mark = {"behind": str(behind), "behind_mark": mark_of(entries[behind])}
        values = {"at": _typed(at), "kind": "system", "starred": "yes", **at_mark}
    at_entry = entry if entry is not None else behind
    sheet = at_entry // SHOWN + 1 if at_entry is not None and at_entry >= 0 else sheet
    return show(request, "timeline.html", _page(page, values, sheet), context=_CONTEXT)


@forms("/incidents/{incident_id:str}/timeline", status=200)
def write_entry(request: AnyRequest, incident_id: FromPath[str], data: Form) -> Response[Any]:
    """Add or replace an entry; with a mistake or a conflict the form comes back as it was."""
    app, actor = app_of(request), actor_of(request)
    try:
        place = _place(data) if data.get("mark") else None
        behind = _place(data, "behind", "behind_mark") if data.get("behind_mark") else None
        saved = timelines.write_entry(app, actor, incident_id, _entry(data), place, behind=behind)
    except HardwonError as error:
        page = _page(incidents.get_incident(app, actor, incident_id), _placed(data), 1)
        page = msgspec.structs.replace(page, problem=error.message, fix=error.fix)
        return show(request, "timeline.html", page, status=status_of(error), context=_CONTEXT)
    return Redirect(_where(incident_id, saved.place), status_code=303)


@forms("/incidents/{incident_id:str}/timeline/star")
def star_entry(request: AnyRequest, incident_id: FromPath[str], data: Form) -> Redirect:
    """Pin an entry into the story, or leave it to the raw log."""
    starred = data.get("starred") == "yes"
    app, actor = app_of(request), actor_of(request)
    saved = timelines.star_entry(app, actor, incident_id, _place(data), starred=starred)
    return Redirect(_where(incident_id, saved.place), status_code=303)


@forms("/incidents/{incident_id:str}/timeline/remove")
def remove_entry(request: AnyRequest, incident_id: FromPath[str], data: Form) -> Redirect:
    """Take a timeline entry out; the revision before still has it."""
    timelines.remove_entry(app_of(request), actor_of(request), incident_id, _place(data))
    return Redirect(f"{path_of(incident_id)}/timeline", status_code=303)


_CONTEXT: Final = {"kinds": get_args(EntryKind), "consequences": get_args(ConsequenceKind), "shown": SHOWN}


def _page(page: incidents.IncidentPage, values: Mapping[str, str], sheet: int) -> TimelinePage:
    entries = page.incident.timeline
    sheets = max(1, -(-len(entries) // SHOWN))
    sheet = min(max(1, sheet), sheets)
    start = (sheet - 1) * SHOWN
    log = tuple(
        LogRow(position=number, mark=mark_of(entry), entry=entry)
        for number, entry in enumerate(entries[start : start + SHOWN], start)
    )
    return TimelinePage(
        incident=msgspec.structs.replace(page.incident, timeline=()),
        postmortem=page.postmortem,
        sheet=sheet,
        sheets=sheets,
        log=log,
        story=tuple(row for row in log if row.entry.starred),
        values=values,
        open=bool(values) or page.incident.status not in _OVER,
    )


def _placed(data: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed, without a mark whose place is not there."""
    half = {mark for place, mark in (("position", "mark"), ("behind", "behind_mark")) if place not in data}
    return {name: value for name, value in data.items() if name not in half}


def _where(incident_id: str, place: EntryPlace | None) -> str:
    if place is None:
        return f"{path_of(incident_id)}/timeline"
    sheet = place.position // SHOWN + 1
    return f"{path_of(incident_id)}/timeline?sheet={sheet}#e{place.position + 1}"


def _place(data: Mapping[str, str], position: str = "position", mark: str = "mark") -> EntryPlace:
    return EntryPlace(position=number_in(data, position), mark=data.get(mark, ""))


def _entry(data: Mapping[str, str]) -> TimelineEntry:
    consequence = text_in(data, "consequence")
    came = {"text": consequence, "kind": data.get("consequence_kind") or "unknown"}
    at, typed = moment_in(data, "at"), text_in(data, "at")
    zoned = at is not None and at.isoformat(sep=" ")[:16] != typed.replace("T", " ")[:16]
    return checked(
        {
            "text": text_in(data, "text"),
            "at": at,
            "written_at": typed if zoned else "",
            "kind": data.get("kind", "system"),
            "lane": text_in(data, "lane"),
            "human_factor": text_in(data, "human_factor"),
            "consequence": checked(came, Consequence) if consequence else None,
            "starred": data.get("starred") == "yes",
        },
        TimelineEntry,
    )


def _typed(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def _shown(entry: TimelineEntry, position: int) -> dict[str, str]:
    """Return an entry as its form shows it."""
    return {
        "position": str(position),
        "mark": mark_of(entry),
        "text": entry.text,
        "at": _typed(entry.at) if entry.at else "",
        "kind": entry.kind,
        "lane": entry.lane,
        "human_factor": entry.human_factor,
        "consequence": entry.consequence.text if entry.consequence else "",
        "consequence_kind": entry.consequence.kind if entry.consequence else "unknown",
        "starred": "yes" if entry.starred else "",
    }
