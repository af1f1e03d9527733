"""Write everything the asker may see into a folder that lives well in git and comes back whole."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hardwon.domain.access import authorise, scopes_of
from hardwon.domain.actor import Actor
from hardwon.domain.errors import ForbiddenError, UnavailableError
from hardwon.exchange.exporting import ExportReport, write
from hardwon.storage import checkpoints
from hardwon.storage.audit_log import sequence
from hardwon.storage.keys import open_key
from hardwon.storage.names import iterate_names
from hardwon.storage.proofs import iterate_lines
from hardwon.storage.queries.records import iterate_histories
from hardwon.usecases.app import App, Progress, no_progress


def export(app: App, actor: Actor, folder: Path, progress: Progress = no_progress) -> ExportReport:
    """Write every record with all its revisions and files to `folder`; only an admin sees them all.

    The trail goes with them, signed, so that whoever holds the export can check it offline. Sessions,
    tokens and jobs are left out. Raises ForbiddenError, InputError for a folder that
    holds something else.
    """
    authorise(actor, "administer")
    if scopes_of(actor) is not None:
        raise ForbiddenError("An export holds everything.", fix="Ask an admin to make it.")
    now = app.now()
    sequence(app.store, now)
    with suppress(UnavailableError):  # a trail that may not be signed is exported with what was signed last
        key = open_key(app.settings.home)
        checkpoints.sign(app.store, key, now, at_once=True, anchor=app.settings.anchor)
    with app.store.read(None) as reading:
        signed = checkpoints.newest(reading)
        return write(
            folder,
            iterate_histories(reading),
            attachments=app.settings.attachments,
            trail=iterate_lines(reading),
            names=iterate_names(reading.connection),
            checkpoint=signed.note if signed else "",
            progress=progress,
        )
