"""How long the server waits for a request: who sends it byte by byte does not hold a connection for good."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE: Final = 30.0
"""Seconds in which a request's head has to be there, and its body but for what `RATE` allows."""
RATE: Final = 8 * 1024
"""Bytes a second at which a large body may come."""
_UNFINISHED: Final = (h11.IDLE, h11.SEND_BODY)


class PatientProtocol(H11Protocol):
    """Closes a connection whose request takes too long to arrive; answers are not hurried."""

    patience = PATIENCE

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()
        self._look()

    def data_received(self, data: bytes) -> None:
        """Count what came, for a large body may take its time."""
        self._received += len(data)
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self._wait()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._timer.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._since, self._received = self.loop.time(), 0

    def _look(self) -> None:
        late = self.loop.time() - self._since > self.patience + self._received / RATE
        if late and self.conn.their_state in _UNFINISHED:
            self.transport.close()
        self._timer: Any = self.loop.call_later(self.patience / 4, self._look)
