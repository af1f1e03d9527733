"""Taking turns: whoever asked first writes first."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """A lock that is handed over in the order in which it was asked for.

    A plain lock goes to whoever grabs it: a thread that writes one batch after the other takes it again before
    those who wait wake up.
    """

    def __init__(self) -> None:
        """Begin with nobody's turn."""
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def acquire(self, seconds: float) -> bool:
        """Wait for so long, and tell whether it is the caller's turn now."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        if ticket.acquire(timeout=seconds):
            return True
        with self._guard:
            if ticket not in self._waiting:  # it was handed over at the last moment
                return True
            self._waiting.remove(ticket)
            return False

    def release(self) -> None:
        """Hand the turn to whoever has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
