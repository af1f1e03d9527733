"""What people do in a review: begin and end it, ask, decide, promise, sign, close."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
from litestar import Response
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Meta

from hardwon.domain.errors import HardwonError, InputError, NotFoundError
from hardwon.domain.review import Perspective, Review, Verdict
from hardwon.domain.text import Line, Name
from hardwon.usecases import decisions, reviews
from hardwon.usecases.decisions import Promised
from hardwon.web.fields import Form, checked, day_in, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms
from hardwon.web.reviews import show_review
from hardwon.web.view import AnyRequest, path_of

_STEPS: Final = ("begin", "end", "close", "cancel")


class SignatureForm(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody signs."""

    perspective: Perspective
    verdict: Verdict
    note: Line = ""


class SeatForm(msgspec.Struct, frozen=True, kw_only=True):
    """Of whom a perspective is asked."""

    perspective: Perspective
    person: Name | None = None


class Said(msgspec.Struct, frozen=True):
    """A line of text."""

    text: Annotated[str, Meta(max_length=2_000)]


@forms("/reviews/{review_id:str}/step", status=200)
def step(request: AnyRequest, review_id: FromPath[str], data: Form) -> Response[Any]:
    """Begin, end, close or cancel a review."""
    app, actor = app_of(request), actor_of(request)

    def take() -> Review:
        name, expected = data.get("step", ""), number_in(data, "expected")
        if name not in _STEPS:
            raise InputError(f"{name!r} is no step.", fix=f"Use one of: {', '.join(_STEPS)}.")
        if name == "begin":
            return reviews.begin(app, actor, review_id, expected)
        if name == "end":
            return reviews.end(app, actor, review_id, expected)
        because = _line(data, "because")
        if name == "close":
            return reviews.close(app, actor, review_id, expected, because=because)
        return reviews.cancel(app, actor, review_id, because, expected)

    return _after(request, review_id, data, take)


@forms("/reviews/{review_id:str}/questions", status=200)
def ask(request: AnyRequest, review_id: FromPath[str], data: Form) -> Response[Any]:
    """Write down a question."""
    app, actor = app_of(request), actor_of(request)
    return _after(
        request, review_id, data, lambda: reviews.ask(app, actor, review_id, _line(data, "question"))
    )


@forms("/reviews/{review_id:str}/questions/{number:int}", status=200)
def answer(request: AnyRequest, review_id: FromPath[str], number: FromPath[int], data: Form) -> Response[Any]:
    """Write down the answer to a question."""
    app, actor = app_of(request), actor_of(request)

    def take() -> Review:
        expected = number_in(data, "expected")
        return reviews.answer(app, actor, review_id, number, _line(data, "answer"), expected)

    return _after(request, review_id, data, take)


@forms("/reviews/{review_id:str}/decisions", status=200)
def decide(request: AnyRequest, review_id: FromPath[str], data: Form) -> Response[Any]:
    """Write down a decision, and its action where somebody takes it on."""
    app, actor = app_of(request), actor_of(request)

    def take() -> Review:
        taken_on = text_in(data, "owner") or text_in(data, "due_on")
        promised = _promised(data) if taken_on else None
        return decisions.decide(app, actor, review_id, _line(data, "decision"), promised=promised)

    return _after(request, review_id, data, take)


@forms("/reviews/{review_id:str}/decisions/{number:int}/action", status=200)
def promise(
    request: AnyRequest, review_id: FromPath[str], number: FromPath[int], data: Form
) -> Response[Any]:
    """Turn a decision into an action."""
    app, actor = app_of(request), actor_of(request)
    return _after(
        request,
        review_id,
        data,
        lambda: decisions.decide_to_action(app, actor, review_id, number, _promised(data)),
    )


@forms("/reviews/{review_id:str}/signatures", status=200)
def sign(request: AnyRequest, review_id: FromPath[str], data: Form) -> Response[Any]:
    """Sign in agreement or in dissent."""
    app, actor = app_of(request), actor_of(request)

    def take() -> Review:
        given = checked({**data, "note": text_in(data, "note")}, SignatureForm)
        return reviews.sign(app, actor, review_id, given.perspective, given.verdict, given.note)

    return _after(request, review_id, data, take)


@forms("/reviews/{review_id:str}/seats", status=200)
def invite(request: AnyRequest, review_id: FromPath[str], data: Form) -> Response[Any]:
    """Ask a perspective of somebody."""
    app, actor = app_of(request), actor_of(request)

    def take() -> Review:
        given = checked({**data, "person": text_in(data, "person") or None}, SeatForm)
        expected = number_in(data, "expected")
        return reviews.invite(app, actor, review_id, given.perspective, given.person, expected)

    return _after(request, review_id, data, take)


def _after(request: AnyRequest, review_id: str, data: Form, take: Callable[[], Review]) -> Response[Any]:
    """Take a step and return to the page; with a mistake the page shows it and what was typed."""
    try:
        take()
    except NotFoundError:
        raise
    except HardwonError as error:
        return show_review(request, review_id, data, error)
    return Redirect(path_of(review_id), status_code=303)


def _line(data: Form, field: str) -> str:
    return checked({"text": text_in(data, field)}, Said).text


def _promised(data: Form) -> Promised:
    owner, due = text_in(data, "owner"), day_in(data, "due_on")
    if not owner or due is None:
        raise InputError("An action needs an owner and a day.", fix="Name both, or leave both out.")
    return checked({"owner": owner, "due_on": due}, Promised)
