"""Reviews over HTTP: planned, held, signed and closed; each write names the revision it is based on."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, Router, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter
from msgspec import Meta

from hardwon.api.body import expect_zones
from hardwon.api.histories import history_routes
from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit, Word, page
from hardwon.api.revision import expected_revision, with_etag
from hardwon.domain.planning import ReviewPlan
from hardwon.domain.review import Perspective, Review, ReviewState, Verdict
from hardwon.domain.text import Line, Name
from hardwon.usecases import decisions, reviews
from hardwon.usecases.decisions import Promised
from hardwon.usecases.reviews import ReviewPage

AnyRequest = Request[Any, Any, Any]
Number = Annotated[int, PathParameter(ge=1, le=1_000)]
Text = Annotated[str, Meta(min_length=1, max_length=2_000)]


class NewReview(ReviewPlan, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plan of a review of `subject`, an incident or a deployment; only the subject is needed."""

    subject: Name


class ReviewStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens to a review; a cancelled one needs a reason, as does one closed without a signature."""

    step: Literal["begin", "end", "close", "cancel"]
    because: Line = ""


class SaidText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question, or an answer."""

    text: Text


class NewDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was decided; with an owner and a day it becomes an action at once."""

    text: Text
    owner: Name | None = None
    due_on: date | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of whom a perspective is asked; None: of nobody in particular."""

    person: Name | None = None


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the asker signs; a dissent needs its reason as `note`."""

    verdict: Verdict
    note: Line = ""


@get("/", sync_to_thread=True)
def list_reviews(  # noqa: PLR0913, PLR0917  (the query's parameters)
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    in_state: Annotated[ReviewState | None, QueryParameter(name="state")] = None,
    subject: Word = None,
    mine: FromQuery[bool] = False,  # noqa: FBT002  (a query parameter)
    overdue: FromQuery[bool] = False,  # noqa: FBT002  (a query parameter)
    limit: Limit = 50,
    after: After = None,
) -> Response[dict[str, Any]]:
    """List reviews, what is due first on top."""
    rows = reviews.list_reviews(
        app, actor, state=in_state, subject=subject, mine=mine, overdue=overdue, limit=limit, after=after
    )
    return page(request, rows)


@get("/{review_id:str}", sync_to_thread=True)
def get_review(app: OpenApp, actor: Asker, review_id: FromPath[str]) -> Response[ReviewPage]:
    """Read a review with its subject and the actions that came of it."""
    found = reviews.get_review(app, actor, review_id)
    return with_etag(found.review, found)


@post("/", sync_to_thread=True)
def plan_review(app: OpenApp, actor: Asker, data: JSONBody[NewReview]) -> Response[Review]:
    """Plan a review; what is left out follows from its subject."""
    expect_zones(data)
    return with_etag(reviews.plan(app, actor, data.subject, data), status=201, location="/api/v1/reviews")


@put("/{review_id:str}/plan", sync_to_thread=True)
def reschedule_review(
    request: AnyRequest, app: OpenApp, actor: Asker, review_id: FromPath[str], data: JSONBody[ReviewPlan]
) -> Response[Review]:
    """Change the plan of a review that has not begun. Needs If-Match."""
    expect_zones(data)
    return with_etag(reviews.reschedule(app, actor, review_id, data, expected_revision(request)))


@patch("/{review_id:str}", sync_to_thread=True)
def step_review(
    request: AnyRequest, app: OpenApp, actor: Asker, review_id: FromPath[str], data: JSONBody[ReviewStep]
) -> Response[Review]:
    """Begin, end, close or cancel a review. Needs If-Match."""
    expected = expected_revision(request)
    if data.step == "close":
        return with_etag(reviews.close(app, actor, review_id, expected, because=data.because))
    if data.step == "cancel":
        return with_etag(reviews.cancel(app, actor, review_id, data.because, expected))
    take = reviews.begin if data.step == "begin" else reviews.end
    return with_etag(take(app, actor, review_id, expected))


@post("/{review_id:str}/questions", sync_to_thread=True)
def ask_question(
    request: AnyRequest, app: OpenApp, actor: Asker, review_id: FromPath[str], data: JSONBody[SaidText]
) -> Response[Review]:
    """Write down a question. Needs If-Match."""
    return with_etag(reviews.ask(app, actor, review_id, data.text, expected_revision(request)), status=201)


@put("/{review_id:str}/questions/{number:int}", sync_to_thread=True)
def answer_question(
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    review_id: FromPath[str],
    number: Number,
    data: JSONBody[SaidText],
) -> Response[Review]:
    """Write down the answer to a question. Needs If-Match."""
    expected = expected_revision(request)
    return with_etag(reviews.answer(app, actor, review_id, number, data.text, expected))


@post("/{review_id:str}/decisions", sync_to_thread=True)
def write_decision(
    request: AnyRequest, app: OpenApp, actor: Asker, review_id: FromPath[str], data: JSONBody[NewDecision]
) -> Response[Review]:
    """Write down a decision, and its action where it has an owner and a day. Needs If-Match."""
    promised = Promised(owner=data.owner, due_on=data.due_on) if data.owner and data.due_on else None
    expected = expected_revision(request)
    kept = decisions.decide(app, actor, review_id, data.text, expected, promised=promised)
    return with_etag(kept, status=201)


@post("/{review_id:str}/decisions/{number:int}/action", sync_to_thread=True)
def promise_decision(
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    review_id: FromPath[str],
    number: Number,
    data: JSONBody[Promised],
) -> Response[Review]:
    """Turn a decision into an open action. Needs If-Match."""
    expected = expected_revision(request)
    kept = decisions.decide_to_action(app, actor, review_id, number, data, expected)
    return with_etag(kept, status=201)


@put("/{review_id:str}/seats/{perspective:str}", sync_to_thread=True)
def ask_perspective(
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    review_id: FromPath[str],
    perspective: FromPath[Perspective],
    data: JSONBody[Asked],
) -> Response[Review]:
    """Ask a perspective of a person. Needs If-Match."""
    expected = expected_revision(request)
    return with_etag(reviews.invite(app, actor, review_id, perspective, data.person, expected))


@put("/{review_id:str}/signatures/{perspective:str}", sync_to_thread=True)
def sign_review(
    request: AnyRequest,
    app: OpenApp,
    actor: Asker,
    review_id: FromPath[str],
    perspective: FromPath[Perspective],
    data: JSONBody[Signature],
) -> Response[Review]:
    """Sign from a perspective in the asker's own name. Needs If-Match."""
    expected = expected_revision(request)
    return with_etag(reviews.sign(app, actor, review_id, perspective, data.verdict, data.note, expected))


router = Router(
    "/reviews",
    route_handlers=[
        list_reviews,
        get_review,
        plan_review,
        reschedule_review,
        step_review,
        ask_question,
        answer_question,
        write_decision,
        promise_decision,
        ask_perspective,
        sign_review,
        *history_routes("review"),
    ],
    tags=["Reviews"],
)
