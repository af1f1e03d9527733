"""The loop that keeps derived things up: each round calls one use case after the other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from hardwon.domain.errors import HardwonError
from hardwon.usecases import (
    audit,
    calibration,
    capture,
    deadlines,
    dispatching,
    indexing,
    outbox,
    polling,
    questions,
    retention,
    upkeep,
    witnessing,
)
from hardwon.usecases.app import App
from hardwon.usecases.checks import rules

LOG: Final = logging.getLogger("hardwon.worker")
INTERVAL: Final = 0.5
"""Seconds between rounds while there is nothing to do."""
_SLICE: Final = 2.0
"""Seconds of embedding in one round, so that new words never wait longer."""
_BRIEF: Final = 0.1
"""The same while deliveries come: those who send them do not wait for it."""
_LONGEST: Final = 30.0
_JOIN: Final = 1.0
"""Seconds that a poll or a send under way may take to end; one that is cut off is done again."""


def run(app: App, stop: threading.Event) -> None:
    """Work until `stop` is set; sources are asked and destinations told beside it: a slow one keeps nothing waiting."""
    beside = [
        threading.Thread(target=_rounds, args=(app, stop, once), name=f"hardwon-{name}", daemon=True)
        for name, once in (("polls", poll_once), ("dispatch", dispatch_once), ("gates", gate_once))
    ]
    for thread in beside:
        thread.start()
    _rounds(app, stop, work_once)
    for thread in beside:
        thread.join(_JOIN)


def _rounds(app: App, stop: threading.Event, once: Callable[[App], bool]) -> None:
    """Do rounds until `stop` is set. A failed one is logged and tried again, ever more slowly."""
    wait = INTERVAL
    while not stop.is_set():
        try:
            busy = once(app)
        except (HardwonError, OSError) as error:
            LOG.warning("%s", error)
            wait = min(_LONGEST, wait * 2)
        except Exception:
            LOG.exception("a round of background work failed")
            wait = min(_LONGEST, wait * 2)
        else:
            wait = 0.0 if busy else INTERVAL
        stop.wait(wait or 0.001)
        wait = max(wait, INTERVAL)


def work_once(app: App) -> bool:
    """Do one round and tell whether more is waiting."""
    placed = audit.sequence(app)
    more = capture.digest(app)
    capture.settle(app)
    upkeep.fold_log(app)
    upkeep.ask_owners(app)
    questions.publish(app)
    deadlines.plan_due(app)
    deadlines.remind(app)
    retention.apply(app)
    outbox.deliver(app)
    state = indexing.catch_up(app, seconds=_BRIEF if app.intake.is_busy else _SLICE)
    audit.checkpoint(app)
    witnessing.hand_out(app)
    if more or placed or (state.writable and state.pending_vectors > 0):
        return True
    return calibration.measure(app)


def dispatch_once(app: App) -> bool:
    """Send what is due to other systems, and tell whether anything was."""
    return dispatching.dispatch(app)


def gate_once(app: App) -> bool:
    """Answer one gate that waits, and tell whether there was one."""
    return rules.answer_due(app)


def poll_once(app: App) -> bool:
    """Ask one source that is due, and tell whether there was one."""
    return polling.poll_due(app)
