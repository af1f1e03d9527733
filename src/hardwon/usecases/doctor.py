"""Doctor: is this workspace safe and sound? It only reads."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor
from hardwon.domain.errors import HardwonError
from hardwon.recall.index import Index
from hardwon.recall.meaning import load_model
from hardwon.settings import Settings
from hardwon.storage import audit_log, inspection
from hardwon.storage.engine import filesystem_of, free_bytes, open_engine, sqlite_version
from hardwon.storage.migration import HEAD, current_version
from hardwon.storage.store import Store
from hardwon.usecases.app import App

_LEAST_FREE = 1_000_000_000


class Symptom(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was examined. `fix` is empty where it is well."""

    name: str
    ok: bool
    text: str
    fix: str = ""


def examine(settings: Settings) -> tuple[Symptom, ...]:
    """Return what was found, in order; nothing is changed and no secret is shown."""
    if not settings.home.is_dir():
        text = f"{settings.home} is not there"
        return (Symptom(name="workspace", ok=False, text=text, fix="Make it with `hardwon init`."),)
    found = [_workspace(settings), _free(settings)]
    if not settings.database_url and not settings.database_file.is_file():
        missing = Symptom(
            name="database", ok=False, text="there is none yet", fix="Make it with `hardwon init`."
        )
        return (*found, missing, _model(settings))
    try:
        found += _database(settings)
    except HardwonError as error:
        found.append(Symptom(name="database", ok=False, text=error.message, fix=error.fix))
    found += [_index(settings), _model(settings)]
    return tuple(found)


def examine_as(app: App, actor: Actor) -> tuple[Symptom, ...]:
    """Examine the open workspace for an admin: what is found names folders and settings.

    Raises ForbiddenError.
    """
    authorise(actor, "administer")
    return examine(app.settings)


def redacted(url: str) -> str:
    """Return a database URL without its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":***@", 1)


def _workspace(settings: Settings) -> Symptom:
    kind = filesystem_of(settings.home) or "unknown file system"
    return Symptom(name="workspace", ok=True, text=f"{settings.home} on {kind}")


def _free(settings: Settings) -> Symptom:
    free = free_bytes(settings.home)
    well = free >= _LEAST_FREE
    return Symptom(
        name="disk",
        ok=well,
        text=f"{free / 1e9:.1f} GB free",
        fix="" if well else "Free at least 1 GB: a full disk refuses every write.",
    )


def _database(settings: Settings) -> Iterator[Symptom]:
    store = Store(open_engine(settings.database))
    try:
        name = f"SQLite {sqlite_version()}" if store.dialect == "sqlite" else "PostgreSQL"
        yield Symptom(name="database", ok=True, text=f"{name} at {redacted(settings.database)}")
        current = current_version(store.engine)
        well = current == HEAD
        yield Symptom(
            name="schema",
            ok=well,
            text=f"version {current or 'none'}, this Hardwon has {HEAD}",
            fix="" if well else "Run any command that opens the workspace, e.g. `hardwon init`.",
        )
        if not well:
            return
        with store.read(None) as reading:
            problems = inspection.integrity(reading)
            report = audit_log.verify(reading)
        yield Symptom(
            name="integrity",
            ok=not problems,
            text=problems[0] if problems else "every page and key fits",
            fix="Restore a backup." if problems else "",
        )
        yield Symptom(
            name="audit",
            ok=not report.problems,
            text=report.problems[0] if report.problems else f"{report.size} entries verified",
            fix="Compare with your last export or backup." if report.problems else "",
        )
    finally:
        store.close()


def _index(settings: Settings) -> Symptom:
    try:
        documents = Index.inspect(settings.index_folder)
    except HardwonError as error:
        return Symptom(name="index", ok=False, text=error.message, fix=error.fix)
    if documents is None:
        return Symptom(name="index", ok=True, text="not built yet: the next command does it")
    noun = "document" if documents == 1 else "documents"
    return Symptom(name="index", ok=True, text=f"{documents} {noun}")


def _model(settings: Settings) -> Symptom:
    if not settings.meaning:
        return Symptom(name="meaning", ok=True, text="switched off: recall asks words only")
    if not load_model().available:
        text = "no model installed: recall asks words only"
        return Symptom(name="meaning", ok=True, text=text, fix="Install hardwon[meaning].")
    return Symptom(name="meaning", ok=True, text="all-MiniLM-L6-v2, int8, on this machine")
