"""A process that tells other systems what happened, until it is killed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hardwon.bootstrap import open_app
from hardwon.domain.actor import system
from hardwon.settings import Settings
from hardwon.storage import dispatches
from hardwon.usecases import dispatching, outbox
from hardwon.usecases.app import App

_SEND_ALL = dispatching._send_all


def careless(app: App, parcel: Any, until: float) -> Any:
    """Note that everything was sent, then send it."""
    with app.store.begin(system(), app.now()) as tx:
        for one in parcel.given:
            dispatches.settle_sent(tx, one, 204)
    return _SEND_ALL(app, parcel, until)


def main(home: str, minutes: str, mode: str) -> None:
    """Send as if it were so many minutes later: by then whoever was killed holds nothing any more.

    The `careless` one notes that it sent before it does.
    """
    if mode == "careless":
        dispatching._send_all = careless
    settings = Settings(home=Path(home), meaning=False, egress_allow="127.0.0.1")
    late = timedelta(minutes=int(minutes))
    with open_app(settings, clock=lambda: datetime.now(UTC) + late) as app:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            outbox.deliver(app)
            if not dispatching.dispatch(app):
                break
