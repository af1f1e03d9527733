"""Gates: the check asked by what waits for it, answered within a time, and kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from typing import Final

import msgspec

from hardwon.domain.access import EVERYONE, authorise
from hardwon.domain.actor import Actor
from hardwon.domain.check import CheckAnswer, CheckQuestion
from hardwon.domain.errors import BusyError, InputError, UnavailableError
from hardwon.domain.gate import GateKind, KeptCheck, kept_of, lets_on, told
from hardwon.domain.place import address_of
from hardwon.exchange.webhooks.flagger import gate_question
from hardwon.exchange.webhooks.payload import Payload
from hardwon.storage.checks import put_check
from hardwon.usecases.app import App
from hardwon.usecases.checks.asking import check

LOG: Final = logging.getLogger("hardwon.gates")
_AT_ONCE: Final = 8
_SLOTS: Final = threading.BoundedSemaphore(_AT_ONCE)
"""Checks for gates under way at once, those included that nobody waits for any more."""
_SCORES: Final = {"pass": 0, "warn": 1, "block": 2, "unchecked": 2}
Ask = Callable[[App, Actor, CheckQuestion], CheckAnswer]


class Gated(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate is told: `go` says whether the change may go on, `score` is 0 to pass, 1 to warn, 2 to block or
    where nobody answered; `text` says why in three lines, and `check` where the answer is kept.
    """

    go: bool
    verdict: str
    score: int
    summary: str
    text: str
    check: str | None
    answer: CheckAnswer


def ask(app: App, actor: Actor, gate: GateKind, question: CheckQuestion, *, fail_on: str = "") -> Gated:
    """Answer a gate within `gate_seconds`, by the settings or a stricter `fail_on`, and keep the answer.

    Raises ForbiddenError, InputError, NotFoundError, TooLargeError for a question that cannot be asked; what cannot be
    answered in time is an answer, `unchecked`.
    """
    authorise(actor, "ask")
    return settle(app, actor, gate, question, answer_in_time(app, actor, question), fail_on=fail_on)


def ask_flagger(app: App, actor: Actor, body: bytes) -> Gated:
    """Answer Flagger, whose canary waits. Raises ForbiddenError, InputError for what is none of its webhooks."""
    authorise(actor, "ask")
    try:
        question = gate_question(Payload(msgspec.json.decode(body)))
    except (ValueError, RecursionError) as error:
        raise InputError(f"The body is no JSON: {error}.", fix="Let Flagger send it.") from error
    return ask(app, actor, "flagger", question)


def answer_in_time(app: App, actor: Actor, question: CheckQuestion, how: Ask = check) -> CheckAnswer:
    """Return the check's answer, or that there was none in time.

    Raises ForbiddenError, InputError, NotFoundError, TooLargeError.
    """
    if not _SLOTS.acquire(blocking=False):
        return _unchecked("too many gates ask at once")
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hardwon-gate")

    def answer() -> CheckAnswer:
        try:
            return how(app, actor, question)
        finally:
            _SLOTS.release()

    try:
        return pool.submit(answer).result(app.settings.gate_seconds)
    except LateError:
        return _unchecked(f"no answer within {app.settings.gate_seconds} seconds")
    except (UnavailableError, BusyError) as error:
        return _unchecked(error.message)
    finally:
        pool.shutdown(wait=False)


def settle(
    app: App,
    actor: Actor,
    gate: GateKind,
    question: CheckQuestion,
    answer: CheckAnswer,
    *,
    fail_on: str = "",
    scope: str = EVERYONE,
) -> Gated:
    """Decide by the settings, keep the answer, and return what the gate is told."""
    strict = "warn" if "warn" in {fail_on, app.settings.gate_fail_on} else "block"
    went = lets_on(answer, "warn" if strict == "warn" else "block", fail_open=app.settings.gate_fail_open)
    kept = kept_of(gate, actor, question, answer, app.now(), went=went)
    saved = _keep(app, actor, msgspec.structs.replace(kept, scope=scope))
    name = saved.id if saved else None
    where = address_of(app.settings.base_url, name) if name else ""
    said = f"Kept as {name}: {where}" if where else f"Kept as {name}." if name else "It could not be kept."
    return Gated(
        go=went,
        verdict=answer.verdict,
        score=_SCORES[answer.verdict],
        summary=answer.summary,
        text=told(answer, went=went, where=said),
        check=name,
        answer=answer,
    )


def _keep(app: App, actor: Actor, kept: KeptCheck) -> KeptCheck | None:
    """Keep an answer; a store that takes no write keeps no gate waiting."""
    try:
        with app.store.begin(actor, app.now()) as tx:
            return put_check(tx, kept)
    except (UnavailableError, BusyError) as error:
        LOG.warning("an answer to a gate could not be kept: %s", error)
        return None


def _unchecked(why: str) -> CheckAnswer:
    return CheckAnswer(verdict="unchecked", summary=f"It was not checked: {why}"[:2_000])
