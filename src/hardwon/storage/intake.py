"""Taking deliveries in: one writer, many at once in one commit, nothing acknowledged before it is on the disk."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from itertools import compress
from typing import Final, NamedTuple

from hardwon.domain.actor import system
from hardwon.domain.errors import BusyError, UnavailableError
from hardwon.storage.deliveries import Delivery, put_deliveries, put_refused
from hardwon.storage.store import Store

_WAITING: Final = 10_000
"""Deliveries that may wait for the disk; one more is told to come again."""
_ROOM_FOR_REFUSED: Final = 1_000
"""Where more wait than that, what is refused goes unnoted: forgeries must not crowd out what is genuine."""
_TOGETHER: Final = 256
_JOIN: Final = 10.0
_LULL: Final = 0.1


class _Given(NamedTuple):
    delivery: Delivery
    answer: Future[bool]


class _Refused(NamedTuple):
    source: str
    why: str


class Intake:
    """Writes deliveries from one thread, as many together as came while the last commit was under way."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        """Write to the store; the thread starts with the first delivery."""
        self._store, self._clock = store, clock
        self._queue: queue.Queue[_Given | _Refused | None] = queue.Queue(_WAITING)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._last = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether a delivery came within the last tenth of a second: whoever reads them gives way."""
        return time.monotonic() - self._last < _LULL

    def put(self, delivery: Delivery) -> Future[bool]:
        """Return what will be true once the delivery is kept, false once it is known to be kept already.

        Raises BusyError where too many wait, UnavailableError after the end.
        """
        self._start()
        self._last = time.monotonic()
        answer: Future[bool] = Future()
        try:
            self._queue.put_nowait(_Given(delivery, answer))
        except queue.Full:
            raise BusyError(
                "Too many deliveries wait for the disk.", fix="Send it again in a moment."
            ) from None
        return answer

    def refuse(self, source: str, why: str) -> None:
        """Note soon that a delivery was refused and why, without its content."""
        self._start()
        if self._queue.qsize() < _ROOM_FOR_REFUSED:
            self._queue.put_nowait(_Refused(source, why))

    def close(self) -> None:
        """Write what was given and end the thread."""
        with self._starting:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join(_JOIN)

    def _start(self) -> None:
        with self._starting:
            if self._closed:
                raise UnavailableError("Hardwon is stopping.", fix="Send it again in a moment.")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="hardwon-intake", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            first = self._queue.get()
            given = [first]
            while len(given) < _TOGETHER and given[-1] is not None:
                try:
                    given.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            self._write(
                [one for one in given if isinstance(one, _Given)],
                Counter(one for one in given if isinstance(one, _Refused)),
            )
            if given[-1] is None:
                return

    def _write(self, given: list[_Given], refused: Counter[_Refused]) -> None:
        """Keep them in one commit, then answer each; where the commit fails all are told so."""
        if not given and not refused:
            return
        asked = [one.answer.set_running_or_notify_cancel() for one in given]  # who left is not answered
        try:
            with self._store.begin(system(), self._clock()) as tx:
                fresh = put_deliveries(tx, [one.delivery for one in given])
                for note, times in refused.items():
                    put_refused(tx, note.source, note.why, times)
        except Exception as error:  # noqa: BLE001  (whoever waits must be told)
            for one in compress(given, asked):
                one.answer.set_exception(error)
        else:
            for one, is_fresh in compress(zip(given, fresh, strict=True), asked):
                one.answer.set_result(is_fresh)
