"""A review: the debrief of an incident or a deployment, and what was decided in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from hardwon.domain.access import EVERYONE
from hardwon.domain.errors import ForbiddenError, InputError, RuleError
from hardwon.domain.moment import Moment
from hardwon.domain.text import Line, Name, Prose, Title

ReviewKind = Literal["incident", "launch", "rollback", "near_miss", "success"]
ReviewState = Literal["planned", "held", "closed", "cancelled"]
Perspective = Literal["product", "security", "reliability", "data", "support"]
Verdict = Literal["agrees", "dissents"]
Minutes = Annotated[int, Meta(ge=1, le=480)]
MOST: Final = 200
"""Questions, and decisions, that one review holds."""


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """Whose view is asked: a perspective, who brings it, and how they signed (None: not yet)."""

    perspective: Perspective
    person: Name | None = None
    verdict: Verdict | None = None
    note: Line = ""
    signed_at: Moment | None = None


class AgendaItem(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the agenda: what is asked, and the minutes it may take."""

    title: Title
    ask: Line = ""
    minutes: Minutes = 5


class ReviewQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question raised in the review and the answer, empty while there is none."""

    text: Line
    answer: Line = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided, when and by whom it was written down, and the action that came of it."""

    text: Line
    at: Moment
    by: Name
    action: Name | None = None


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """The debrief of `subject`, an incident or a deployment; `due_on` is the day it must be held by."""

    id: Name
    title: Title
    kind: ReviewKind = "incident"
    subject: Name
    state: ReviewState = "planned"
    due_on: date
    starts_at: Moment | None = None
    zone: Line = "UTC"
    minutes: Minutes = 60
    place: Line = ""
    facilitator: Name | None = None
    team: Name | None = None
    seats: tuple[Seat, ...] = ()
    agenda: tuple[AgendaItem, ...] = ()
    questions: tuple[ReviewQuestion, ...] = ()
    decisions: tuple[Decision, ...] = ()
    notes: Prose = ""
    began_at: Moment | None = None
    ended_at: Moment | None = None
    cancelled_because: Line = ""
    closed_because: Line = ""
    written_at: Moment
    updated_at: Moment
    source: Line = "typed"
    source_id: Line = ""
    scope: Line = EVERYONE
    revision: int = 1
    schema_version: int = 1


def is_live(review: Review) -> bool:
    """Tell whether people sit in it: it began and has not ended."""
    return review.state == "planned" and review.began_at is not None


def days_late(review: Review, today: date) -> int:
    """Return by how many days a planned review that did not begin is past its day, 0 where it is not."""
    if review.state != "planned" or review.began_at is not None:
        return 0
    return max(0, (today - review.due_on).days)


def awaited(review: Review) -> tuple[Seat, ...]:
    """Return the seats whose person was asked and has not signed."""
    return tuple(seat for seat in review.seats if seat.person and seat.verdict is None)


def people_of(review: Review) -> tuple[str, ...]:
    """Return who sits in it, each once: the facilitator and the persons of the seats."""
    named = (review.facilitator, *(seat.person for seat in review.seats))
    return tuple(dict.fromkeys(name for name in named if name))


def told_of(review: Review) -> tuple[str, ...]:
    """Return who is told of a review: all who have a part in it, else its team."""
    return people_of(review) or ((review.team,) if review.team else ())


def begin(review: Review, at: datetime) -> Review:
    """Return the review as people sit down. Raises RuleError for one that began or is over."""
    _expect_waiting(review)
    return _changed(review, at, began_at=at)


def end(review: Review, at: datetime) -> Review:
    """Return the review, held. Raises RuleError for one that is not going on."""
    if not is_live(review):
        raise RuleError(f"{review.id} is not going on.", fix="Begin it first.")
    return _changed(review, at, state="held", ended_at=at)


def ask(review: Review, text: str, at: datetime) -> Review:
    """Return the review with one question more; also before it begins.

    Raises RuleError once it is over, InputError for an empty question or one too many.
    """
    _expect_open(review)
    question = ReviewQuestion(text=_said(text, "question"))
    _expect_room(review.questions, "questions")
    return _changed(review, at, questions=(*review.questions, question))


def answer(review: Review, number: int, text: str, at: datetime) -> Review:
    """Return the review with question `number` (from 1) answered.

    Raises RuleError once it is over, InputError for an empty answer or an unknown number.
    """
    _expect_open(review)
    kept = msgspec.structs.replace(_at(review.questions, number, "question"), answer=_said(text, "answer"))
    return _changed(review, at, questions=_with(review.questions, number, kept))


def write_decision(review: Review, text: str, by: str, at: datetime) -> Review:
    """Return the review with one decision more, as it fell.

    Raises RuleError before it began and once it is over, InputError for an empty one or one too many.
    """
    _expect_begun(review)
    decision = Decision(text=_said(text, "decision"), at=at, by=by)
    _expect_room(review.decisions, "decisions")
    return _changed(review, at, decisions=(*review.decisions, decision))


def decision_at(review: Review, number: int) -> Decision:
    """Return decision `number` (from 1), of which no action came yet.

    Raises InputError for an unknown number, RuleError where it has an action or the review is over.
    """
    _expect_begun(review)
    decision: Decision = _at(review.decisions, number, "decision")
    if decision.action:
        raise RuleError(f"{decision.action} came of it already.", fix="Change that action.")
    return decision


def tie_action(review: Review, number: int, action: str, at: datetime) -> Review:
    """Return the review with the action that came of decision `number`. Raises as `decision_at` does."""
    kept = msgspec.structs.replace(decision_at(review, number), action=action)
    return _changed(review, at, decisions=_with(review.decisions, number, kept))


def invite(review: Review, perspective: Perspective, person: str | None, at: datetime) -> Review:
    """Return the review with that perspective asked of a person, or of nobody in particular.

    Raises RuleError once it is over, or where that seat has signed.
    """
    _expect_open(review)
    seat = next((seat for seat in review.seats if seat.perspective == perspective), None)
    if seat is None:
        return _changed(
            review, at, seats=(*review.seats, Seat(perspective=perspective, person=person or None))
        )
    if seat.verdict:
        raise RuleError(f"{perspective} has signed.", fix="Let whoever signed speak for it.")
    asked = msgspec.structs.replace(seat, person=person or None)
    return _changed(review, at, seats=tuple(asked if held is seat else held for held in review.seats))


def sign(
    review: Review,
    perspective: Perspective,
    verdict: Verdict,
    *,
    note: str,
    by: str,
    stands_in: bool,
    at: datetime,
) -> Review:
    """Return the review signed from one perspective, in the name of who signs.

    Only the seat's person signs it; an empty seat is signed by one who may stand in. Who signed may
    change their mind until the review is closed. Raises InputError for a dissent without its reason
    or a perspective nobody asked, ForbiddenError, RuleError before it began and once it is over.
    """
    _expect_begun(review)
    seat = next((seat for seat in review.seats if seat.perspective == perspective), None)
    if seat is None:
        raise InputError(f"{perspective} was not asked in {review.id}.", fix="Add the perspective first.")
    if seat.person != by and (seat.person or not stands_in):
        whose = f"{seat.person} speaks" if seat.person else "Only a reviewer speaks"
        raise ForbiddenError(
            f"{whose} for {perspective} here.", fix="Ask them, or have the seat given to you."
        )
    if verdict == "dissents" and not note.strip():
        raise InputError("A dissent says why.", fix="Write what you do not agree with.")
    signed = Seat(perspective=perspective, person=by, verdict=verdict, note=note.strip(), signed_at=at)
    return _changed(review, at, seats=tuple(signed if held is seat else held for held in review.seats))


def close(review: Review, at: datetime, because: str = "") -> Review:
    """Return the review, closed: it stays as it is.

    Raises RuleError for one that was not held, or where somebody who was asked has not signed and
    no reason is given.
    """
    if review.state != "held":
        raise RuleError(
            f"{review.id} is {spoken_state(review)}.", fix="Only a review that was held is closed."
        )
    if (missing := awaited(review)) and not because.strip():
        names = ", ".join(f"{seat.perspective} ({seat.person})" for seat in missing)
        raise RuleError(f"Not signed yet: {names}.", fix="Wait for them, or say why it is closed without.")
    return _changed(review, at, state="closed", closed_because=because.strip() if missing else "")


def cancel(review: Review, because: str, at: datetime) -> Review:
    """Return the review, cancelled. Raises RuleError once it began, InputError without a reason."""
    _expect_waiting(review)
    return _changed(review, at, state="cancelled", cancelled_because=_said(because, "reason"))


def spoken_state(review: Review) -> str:
    """Return where the review stands, in a word or two."""
    return "going on" if is_live(review) else review.state


def _changed(review: Review, at: datetime, **fields: Any) -> Review:
    return msgspec.structs.replace(review, updated_at=at, **fields)


def _with(items: tuple[Any, ...], number: int, item: Any) -> tuple[Any, ...]:
    return (*items[: number - 1], item, *items[number:])


def _at(items: tuple[Any, ...], number: int, word: str) -> Any:
    if not 1 <= number <= len(items):
        raise InputError(f"There is no {word} {number}.", fix=f"They are numbered 1 to {len(items)}.")
    return items[number - 1]


def _said(text: str, word: str) -> str:
    if not text.strip():
        raise InputError(f"The {word} is empty.", fix="Write it down.")
    return text.strip()


def _expect_room(items: tuple[Any, ...], word: str) -> None:
    if len(items) >= MOST:
        raise InputError(f"A review holds at most {MOST} {word}.", fix="Plan another review.")


def _expect_waiting(review: Review) -> None:
    if review.state != "planned" or review.began_at is not None:
        raise RuleError(f"{review.id} is {spoken_state(review)}.", fix="Plan another review.")


def _expect_open(review: Review) -> None:
    if review.state not in {"planned", "held"}:
        raise RuleError(f"{review.id} is {review.state}; it stays as it is.", fix="Plan another review.")


def _expect_begun(review: Review) -> None:
    _expect_open(review)
    if review.began_at is None:
        raise RuleError(f"{review.id} has not begun.", fix="Begin it first.")
