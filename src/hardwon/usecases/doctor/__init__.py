"""Doctor: is this workspace safe and sound? Examining only reads; `mending` does what was agreed to."""

from __future__ import annotations

from datetime import datetime

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor
from hardwon.domain.errors import HardwonError
from hardwon.settings import Settings
from hardwon.storage.engine import open_engine, said_plainly
from hardwon.storage.store import Store
from hardwon.usecases.app import App
from hardwon.usecases.doctor import place
from hardwon.usecases.doctor.stored import examine_store, redacted
from hardwon.usecases.doctor.symptom import Mend, Symptom, found

__all__ = ["Mend", "Symptom", "examine", "examine_as", "redacted"]


def examine(settings: Settings, now: datetime) -> tuple[Symptom, ...]:
    """Return what was found, in order; nothing is changed and no secret is shown."""
    if not settings.home.is_dir():
        text = f"{settings.home} is not there"
        return (found("workspace", "", text, "Make it with `hardwon init`."),)
    seen = [place.folder(settings), place.disk(settings), place.key(settings), place.sign_in(settings)]
    if not settings.database_url and not settings.database_file.is_file():
        seen.append(found("database", "", "there is none yet", "Make it with `hardwon init`."))
        return (*seen, place.meaning(settings))
    try:
        store = Store(open_engine(settings.database))
        try:
            with said_plainly():
                seen += examine_store(store, settings, now)
        finally:
            store.close()
    except HardwonError as error:
        circular = "hardwon doctor" in error.fix
        seen.append(found("database", "", error.message, "Restore a backup." if circular else error.fix))
    return (*seen, place.meaning(settings))


def examine_as(app: App, actor: Actor) -> tuple[Symptom, ...]:
    """Examine the open workspace for an admin: what is found names folders and settings.

    Raises ForbiddenError.
    """
    authorise(actor, "administer")
    return examine(app.settings, app.now())
