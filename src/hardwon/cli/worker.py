"""`hardwon worker`: background work without a server."""

from __future__ import annotations

import signal
import threading

import click

from hardwon.cli.output import message
from hardwon.cli.workspace import open_workspace
from hardwon.logs.setup import is_json, set_up
from hardwon.worker.loop import poll_once, run, work_once


@click.command("worker")
@click.option("--once", is_flag=True, help="Do all that is waiting, then leave.")
@click.pass_context
def command(ctx: click.Context, *, once: bool) -> None:
    """Keep the index and the audit tree up until SIGTERM or Ctrl-C."""
    with open_workspace(ctx) as (app, _):
        set_up(app.settings.log_level, app.settings.log_format)
        if once:
            while poll_once(app):
                pass
            while work_once(app):
                pass
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        if not is_json():
            message("The worker runs. Stop it with Ctrl-C.")
        run(app, stop)
