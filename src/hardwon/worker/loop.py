"""The loop that keeps derived things up: each round calls one use case after the other."""

from __future__ import annotations

import logging
import threading
from typing import Final

from hardwon.domain.errors import HardwonError
from hardwon.usecases import (
    audit,
    capture,
    deadlines,
    dispatching,
    indexing,
    outbox,
    questions,
    retention,
    upkeep,
    witnessing,
)
from hardwon.usecases.app import App

LOG: Final = logging.getLogger("hardwon.worker")
INTERVAL: Final = 0.5
"""Seconds between rounds while there is nothing to do."""
_SLICE: Final = 2.0
"""Seconds of embedding in one round, so that new words never wait longer."""
_LONGEST: Final = 30.0


def run(app: App, stop: threading.Event) -> None:
    """Work until `stop` is set. A failed round is logged and tried again, ever more slowly."""
    wait = INTERVAL
    while not stop.is_set():
        try:
            busy = work_once(app)
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
    capture.settle_quiet(app)
    upkeep.ask_owners(app)
    questions.publish(app)
    deadlines.plan_due(app)
    deadlines.remind(app)
    retention.apply(app)
    outbox.deliver(app)
    sent = dispatching.dispatch(app)
    state = indexing.catch_up(app, seconds=_SLICE)
    audit.checkpoint(app)
    witnessing.hand_out(app)
    return more or sent or bool(placed) or (state.writable and state.pending_vectors > 0)
