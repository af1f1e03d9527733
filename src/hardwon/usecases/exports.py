"""Write everything the asker may see into a folder that lives well in git and comes back whole."""

from __future__ import annotations

from pathlib import Path

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.errors import ForbiddenError
from hardwon.exchange.exporting import ExportReport, write
from hardwon.storage.queries.records import iterate_histories
from hardwon.usecases.app import App, Progress, no_progress


def export(app: App, actor: Actor, folder: Path, progress: Progress = no_progress) -> ExportReport:
    """Write every record with all its revisions and files to `folder`; only an admin sees them all.

    Sessions, tokens and jobs are left out. Raises ForbiddenError, InputError for a folder that
    holds something else.
    """
    authorise(actor, "administer")
    if scopes_of(actor) is not None:
        raise ForbiddenError("An export holds everything.", fix="Ask an admin to make it.")
    with app.store.read(None) as reading:
        return write(
            folder, iterate_histories(reading), attachments=app.settings.attachments, progress=progress
        )
