"""`hardwon demo`: the sample workspace, in a folder of its own."""

from __future__ import annotations

import sys
from typing import Final

import click
import platformdirs

from hardwon.bootstrap import open_app
from hardwon.cli.output import line, message
from hardwon.cli.progress import progress_bar
from hardwon.cli.workspace import settings_of
from hardwon.domain.errors import ConflictError
from hardwon.settings import Settings
from hardwon.usecases import audit, indexing, people, samples

MARK: Final = "SAMPLE"
"""The file that marks a workspace as the sample."""
_MARK_TEXT: Final = (
    "This workspace holds Hardwon's sample. `hardwon demo` made it; delete the folder to start anew.\n"
)


@click.command("demo")
@click.option("--host", help="The address to listen on; 127.0.0.1 unless set.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 8321 unless set, 0 for a free one.")
@click.option("--open/--no-open", "open_browser", default=None, help="Open the page; on a terminal it does.")
@click.option("--serve/--no-serve", "serves", default=True, help="Only load the sample.")
@click.pass_context
def command(
    ctx: click.Context, *, host: str | None, port: int | None, open_browser: bool | None, serves: bool
) -> None:
    """Load the sample workspace and serve it.

    It lives in a folder of its own: your workspace is not touched.
    """
    if ctx.obj.workspace is None:
        ctx.obj = ctx.obj._replace(workspace=platformdirs.user_data_path("hardwon") / "demo")
    settings = settings_of(ctx, host=host, port=port, database_url="")
    load_sample(settings, meaning=not serves)
    if not serves:
        line(str(settings.home))
        return
    from hardwon.cli.serving import serve

    on_terminal = sys.stdout.isatty()
    serve(settings, open_browser=on_terminal if open_browser is None else open_browser)


def load_sample(settings: Settings, *, meaning: bool) -> None:
    """Load the sample where the workspace is empty; without a server to follow, its `meaning` too.

    Raises ConflictError where the workspace holds other records.
    """
    mark = settings.home / MARK
    with open_app(settings) as app, progress_bar() as progress:
        loaded = samples.load(app, people.local_owner(app), progress)
        if not loaded and not mark.is_file():
            raise ConflictError(
                f"{settings.home} holds records of its own.",
                fix="Choose an empty folder with --workspace, or leave it out.",
            )
        if loaded:
            mark.write_text(_MARK_TEXT, encoding="utf-8")
            message(f"The sample has {loaded} records. They lie in {settings.home}.")
        if meaning:
            indexing.catch_up(app)
        audit.sequence(app)
