"""Serving a workspace: one socket, one server, and the worker in a thread beside it."""

from __future__ import annotations

import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import uvicorn

from hardwon.asgi import create_asgi
from hardwon.bootstrap import open_app
from hardwon.cli.output import line, message
from hardwon.cli.patience import PatientProtocol
from hardwon.domain.errors import HardwonError, UnavailableError
from hardwon.logs.setup import is_json, set_up
from hardwon.settings import Settings
from hardwon.usecases import audit, people, sign_in
from hardwon.usecases.app import App
from hardwon.worker.loop import run as run_worker

LOG: Final = logging.getLogger("hardwon.serve")
_DRAIN: Final = 1.0
"""Seconds in which a load balancer sees that this server stops, before it stops listening."""
_REQUESTS: Final = 5
_SWITCH: Final = 0.0005
"""Seconds after which a busy thread lets others run: at Python's own 5 ms the worker slowed every request down."""
_WORKER: Final = 3
"""Seconds that requests and the worker's round may take to end: with the second before, under ten."""


@contextmanager
def background_work(app: App) -> Iterator[None]:
    """Run the worker in a thread while the block runs, and wait for its last round."""
    stop = threading.Event()
    thread = threading.Thread(target=run_worker, args=(app, stop), name="hardwon-worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=_WORKER)
        _sign(app)


class _Server(uvicorn.Server):
    """Says that it is not ready before it stops listening; a second SIGTERM, or Ctrl-C, stops it at once."""

    stopping = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        if sig != signal.SIGTERM:
            super().handle_exit(sig, frame)
        elif self.stopping:
            self.should_exit = True
        else:
            self.stopping = True
            timer = threading.Timer(_DRAIN, setattr, args=(self, "should_exit", True))
            timer.daemon = True
            timer.start()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises UnavailableError where the address cannot be had.

    What it accepts sends without Nagle's delay: asyncio sees to that only for sockets that name
    their protocol, and an answer's body waited 40 ms for the acknowledgement of its head.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.create_server((host, port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnavailableError(
            f"Nothing can listen on {host}:{port}: {reason}.", fix="Choose another --port or --host."
        ) from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def serve(settings: Settings, *, open_browser: bool = False) -> None:
    """Serve the workspace until SIGTERM or Ctrl-C, then finish what is under way.

    Raises WorkspaceLockedError where another process serves it, UnavailableError.
    """
    set_up(settings.log_level, settings.log_format)
    sys.setswitchinterval(_SWITCH)
    with listen(settings.host, settings.port) as sock, open_app(settings, serve=True) as app:
        address = address_of(sock)
        asgi = create_asgi(app)
        config = uvicorn.Config(
            asgi,
            http=PatientProtocol,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=_REQUESTS,
            server_header=False,
        )
        with background_work(app):
            line(address)
            _greet(app, address)
            if not is_json():
                message("Stop with Ctrl-C.")
            if open_browser:
                open_page(address)
            gc.collect()
            gc.freeze()  # what is loaded stays: looking through it again and again takes a tenth of a second each time
            server = _Server(config)
            asgi.state["stopping"] = lambda: server.stopping
            server.run(sockets=[sock])


def _sign(app: App) -> None:
    """Sign the trail as it stands at the end."""
    try:
        audit.sequence(app)
        audit.checkpoint(app, at_once=True)
    except HardwonError as error:
        LOG.error("the last checkpoint could not be signed: %s", error)  # noqa: TRY400


def _greet(app: App, address: str) -> None:
    """Print the owner's one-time link where people sign in and nobody can yet."""
    if not app.settings.has_accounts:
        return
    if is_json():
        LOG.warning("Where nobody can sign in yet, `hardwon person invite` makes the owner's link.")
        return
    secret = sign_in.first_link(app, people.local_owner(app))
    if secret is not None:
        message("Nobody can sign in yet. Set the owner's password, once, within three days:")
        message(f"{app.settings.base_url.rstrip('/') or address}/invitation/{secret}")


def address_of(sock: socket.socket) -> str:
    """Return the address a browser on this machine can open."""
    host, port = sock.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104  (read, not bound)
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def open_page(address: str) -> None:
    """Open the address in the person's browser, once the server has had a moment to start."""
    import webbrowser

    timer = threading.Timer(0.7, webbrowser.open, args=(address,))
    timer.daemon = True
    timer.start()
