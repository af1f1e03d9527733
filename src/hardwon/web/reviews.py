"""Reviews: the list, one of them before, while and after it is held, and its plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, get_args

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from hardwon.domain.access import permissions_of
from hardwon.domain.actor import Actor
from hardwon.domain.errors import HardwonError, InputError
from hardwon.domain.planning import ReviewPlan
from hardwon.domain.review import Perspective, Review, ReviewKind, awaited, days_late, is_live
from hardwon.usecases import calendars, reviews
from hardwon.web.calendars import answer_calendar
from hardwon.web.fields import Form, checked, moment_in, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, path_of, plain_id, show

PERSPECTIVES: Final[tuple[Perspective, ...]] = get_args(Perspective)
_WAITING: Final = 20


class PlanForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a plan: what its fields hold, the review it changes, and what was wrong."""

    values: Mapping[str, str]
    subject: str
    review: Review | None = None
    problem: str = ""
    fix: str = ""


@pages("/reviews", "/reviews.json")
def reviews_page(
    request: AnyRequest,
    standing: Annotated[str | None, QueryParameter(name="state")] = None,
    mine: FromQuery[bool] = False,  # noqa: FBT002  (a query parameter)
    after: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Show the reviews that are to come, what is due first on top, and those that wait for signatures."""
    app, actor = app_of(request), actor_of(request)
    page = reviews.list_reviews(app, actor, state=standing or "planned", mine=mine, after=after)
    held = reviews.list_reviews(app, actor, state="held", mine=mine, limit=_WAITING).rows
    context = {
        "chosen": {"state": standing, "mine": mine},
        "held": held if not standing and not after else (),
    }
    return show(request, "reviews.html", page, context=context)


@pages("/reviews/{review_id:str}")
def review_page(request: AnyRequest, review_id: FromPath[str]) -> Response[bytes]:
    """Show one review, or its calendar entry where the address ends in `.ics`."""
    if review_id.endswith(".ics"):
        name, site = review_id.removesuffix(".ics"), str(request.base_url).rstrip("/")
        return answer_calendar(calendars.one(app_of(request), actor_of(request), name, site))
    return show_review(request, plain_id(review_id))


@pages("/reviews/new")
def new_page(request: AnyRequest, subject: FromQuery[str] = "") -> Response[bytes]:
    """Show the plan that the subject asks for, to be changed and kept."""
    values: dict[str, str] = {"subject": subject}
    if subject:
        values |= _shown(reviews.propose(app_of(request), actor_of(request), subject))
    return _form(request, PlanForm(values=values, subject=subject))


@forms("/reviews/new", status=200)
def plan(request: AnyRequest, data: Form) -> Response[Any]:
    """Plan a review; with a mistake the form comes back as it was."""
    subject = text_in(data, "subject")
    try:
        kept = reviews.plan(app_of(request), actor_of(request), subject, _plan_in(data))
    except HardwonError as error:
        form = PlanForm(values=data, subject=subject, problem=error.message, fix=error.fix)
        return _form(request, form, status_of(error))
    return Redirect(path_of(kept.id), status_code=303)


@pages("/reviews/{review_id:str}/edit")
def edit_page(request: AnyRequest, review_id: FromPath[str]) -> Response[bytes]:
    """Show a review's plan, to be changed."""
    stored = reviews.get_review(app_of(request), actor_of(request), review_id).review
    return _form(request, PlanForm(values=_shown(stored), subject=stored.subject, review=stored))


@forms("/reviews/{review_id:str}/edit", status=200)
def edit(request: AnyRequest, review_id: FromPath[str], data: Form) -> Response[Any]:
    """Keep a changed plan; with a mistake or a conflict the form comes back as it was."""
    app, actor = app_of(request), actor_of(request)
    stored = reviews.get_review(app, actor, review_id).review
    try:
        given = msgspec.structs.replace(_plan_in(data), zone=stored.zone)
        reviews.reschedule(app, actor, review_id, given, number_in(data, "expected"))
    except HardwonError as error:
        form = PlanForm(
            values=data, subject=stored.subject, review=stored, problem=error.message, fix=error.fix
        )
        return _form(request, form, status_of(error))
    return Redirect(path_of(review_id), status_code=303)


def show_review(
    request: AnyRequest,
    review_id: str,
    values: Mapping[str, str] | None = None,
    error: HardwonError | None = None,
) -> Response[bytes]:
    """Return a review's page; after a mistake with what was typed, and what was wrong with it."""
    app, actor = app_of(request), actor_of(request)
    page = reviews.get_review(app, actor, review_id)
    review = page.review
    missing = [name for name in PERSPECTIVES if name not in {seat.perspective for seat in review.seats}]
    context = {
        "values": values or {},
        "error": error,
        "live": is_live(review),
        "late": days_late(review, app.today()),
        "missing": missing,
        "awaited": awaited(review),
        "mine": _may_sign(review, actor),
        "points": _points(review),
    }
    return show(request, "review.html", page, status=status_of(error) if error else 200, context=context)


def _may_sign(review: Review, actor: Actor) -> set[str]:
    """Return the perspectives for which the actor may sign now."""
    if review.began_at is None or review.state not in {"planned", "held"}:
        return set()
    stands_in = "review" in permissions_of(actor)
    return {
        seat.perspective
        for seat in review.seats
        if seat.person == actor.id or (seat.person is None and stands_in)
    }


def _points(review: Review) -> list[tuple[Any, str]]:
    """Return the agenda, each point with when it begins, or after how many minutes."""
    at, spent = review.began_at or review.starts_at, 0
    points = []
    for point in review.agenda:
        starts = f"{at + timedelta(minutes=spent):%H:%M}" if at else f"+{spent} min"
        points.append((point, starts))
        spent += point.minutes
    return points


def _form(request: AnyRequest, form: PlanForm, status: int = 200) -> Response[bytes]:
    context = {"perspectives": PERSPECTIVES, "kinds": get_args(ReviewKind)}
    return show(request, "review_form.html", form, status=status, context=context)


def _plan_in(data: Mapping[str, str]) -> ReviewPlan:
    """Return what a form says of a review. Raises InputError naming the field that does not fit."""
    seats = [
        {"perspective": name, "person": text_in(data, f"person_{name}") or None}
        for name in PERSPECTIVES
        if data.get(f"ask_{name}")
    ]
    values = {
        "title": text_in(data, "title"),
        "kind": data.get("kind") or None,
        "starts_at": moment_in(data, "starts_at"),
        "minutes": text_in(data, "minutes") or "60",
        "place": text_in(data, "place"),
        "facilitator": text_in(data, "facilitator") or None,
        "seats": seats,
        "agenda": _agenda_in(text_in(data, "agenda")),
    }
    return checked(values, ReviewPlan)


def _agenda_in(text: str) -> list[dict[str, str]] | None:
    """Return the points in a text, one a line: minutes | point | what is asked. None where there is none."""
    points = []
    for row in filter(str.strip, text.splitlines()):
        minutes, _, rest = row.partition("|")
        title, _, said = rest.partition("|")
        if not minutes.strip().isdigit() or not title.strip():
            raise InputError(f"{row!r} is no point.", fix="Write it like: 10 | What happened | Who saw it?")
        points.append({"minutes": minutes.strip(), "title": title.strip(), "ask": said.strip()})
    return points or None


def _shown(review: Review) -> dict[str, str]:
    """Return a review's plan as its form shows it."""
    shown = {
        "subject": review.subject,
        "title": review.title,
        "kind": review.kind,
        "starts_at": f"{review.starts_at:%Y-%m-%d %H:%M}" if review.starts_at else "",
        "minutes": str(review.minutes),
        "place": review.place,
        "facilitator": review.facilitator or "",
        "agenda": "\n".join(
            " | ".join(filter(None, (str(point.minutes), point.title, point.ask))) for point in review.agenda
        ),
        "expected": str(review.revision),
    }
    for seat in review.seats:
        shown |= {f"ask_{seat.perspective}": "yes", f"person_{seat.perspective}": seat.person or ""}
    return shown
