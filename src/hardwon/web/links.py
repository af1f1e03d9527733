"""Links: what a record refers to, who points at it, and the links that lead nowhere."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final, get_args

from litestar import Response
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from hardwon.domain.record import Record
from hardwon.domain.reference import Reference, ReferenceKind
from hardwon.usecases import links, references
from hardwon.web.fields import Form, checked, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.view import FOLDERS, AnyRequest, path_of, show

RELATIONS: Final = {
    "caused": "Incidents it caused",
    "suspected": "Incidents it is suspected of",
    "fixed": "Incidents it fixed",
    "rolled_back": "Incidents it was rolled back in",
    "dismissed": "Incidents it was cleared of",
    "related": "Incidents like it",
    "incident": "Came of it",
    "lesson": "Follow it",
    "became": "It came of",
    "subject": "Reviews of it",
    "decided": "Decided in",
    "artifact": "Said about it",
    "successor": "Replaced by it",
    "reference": "Link to it",
    "mention": "Mention it",
}
"""What stands over the records that point here, by their relation."""
KINDS: Final = {
    "change": "change",
    "mlflow_run": "MLflow run",
    "issue": "issue",
    "document": "document",
    "dashboard": "dashboard",
    "runbook": "runbook",
}
"""Kinds of references in plain words."""
_PLACES: Final = tuple(FOLDERS[kind] for kind in references.KINDS)


def links_of(request: AnyRequest, record: Record) -> dict[str, object]:
    """Return what the page of a record shows of its links."""
    around = links.get_around(app_of(request), actor_of(request), record)
    grouped = groupby(around.here, key=lambda row: row.relation)
    return {
        "around": around,
        "here": [(RELATIONS.get(relation, relation), list(rows)) for relation, rows in grouped],
        "kinds_of_links": KINDS,
    }


@pages("/links", "/links.json")
def dead_links_page(request: AnyRequest, after: FromQuery[str | None] = None) -> Response[bytes]:
    """Show a page of the links between records that lead nowhere."""
    page = links.list_dead(app_of(request), actor_of(request), after=after)
    return show(request, "links.html", page, context={"relations": RELATIONS})


@forms(*(f"/{folder}/{{record_id:str}}/links" for folder in _PLACES))
def refer(request: AnyRequest, record_id: FromPath[str], data: Form) -> Redirect:
    """Add a link; its kind is guessed from the address unless one is chosen."""
    kind = data.get("kind", "")
    values: dict[str, Any] = {"url": text_in(data, "url"), "title": text_in(data, "title")}
    if kind in get_args(ReferenceKind):
        values["kind"] = kind
    reference = checked(values, Reference)
    references.refer(app_of(request), actor_of(request), record_id, reference, number_in(data, "expected"))
    return Redirect(f"{path_of(record_id)}#links", status_code=303)


@forms(*(f"/{folder}/{{record_id:str}}/links/{{position:int}}/remove" for folder in _PLACES))
def drop(request: AnyRequest, record_id: FromPath[str], position: FromPath[int], data: Form) -> Redirect:
    """Take a link off."""
    references.drop(app_of(request), actor_of(request), record_id, position, number_in(data, "expected"))
    return Redirect(f"{path_of(record_id)}#links", status_code=303)
