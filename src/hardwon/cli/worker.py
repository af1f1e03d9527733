"""`hardwon worker`: background work without a server."""

from __future__ import annotations

import logging
import signal
import threading

import click

from hardwon.cli.output import message
from hardwon.cli.workspace import open_workspace
from hardwon.worker.loop import run, work_once


@click.command("worker")
@click.option("--once", is_flag=True, help="Do all that is waiting, then leave.")
@click.pass_context
def command(ctx: click.Context, *, once: bool) -> None:
    """Keep the index and the audit tree up until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    with open_workspace(ctx) as (app, _):
        if once:
            while work_once(app):
                pass
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        message("The worker runs. Stop it with Ctrl-C.")
        run(app, stop)
