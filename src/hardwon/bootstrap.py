"""The only wiring: settings -> engine -> store -> index -> App."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from hardwon.recall.index import Index
from hardwon.recall.meaning import load_model
from hardwon.settings import Settings
from hardwon.storage.aside import set_aside
from hardwon.storage.disk import make_folder
from hardwon.storage.engine import open_engine, said_plainly
from hardwon.storage.intake import Intake
from hardwon.storage.migration import HEAD, current_version, is_known
from hardwon.storage.sources import Doors
from hardwon.storage.store import Store
from hardwon.storage.workspace import hold_workspace
from hardwon.usecases import indexing, templates, terms
from hardwon.usecases.app import App


def utc_now() -> datetime:
    """Return the time, aware UTC."""
    return datetime.now(UTC)


@contextmanager
def open_app(
    settings: Settings, *, serve: bool = False, clock: Callable[[], datetime] = utc_now
) -> Iterator[App]:
    """Open the workspace, bring its database up to this version, and close it at the end.
    A new workspace is given its templates and its glossary.

    `serve` holds the workspace for a server: on SQLite there is one. The word index is caught up
    on opening unless another process keeps it; vectors are the worker's.

    Raises WorkspaceLockedError, UnsafeStoreError, UnavailableError.
    """
    make_folder(settings.home)
    with hold_workspace(settings.home, needed=serve and not settings.database_url):
        store = Store(open_engine(settings.database))
        try:
            _bring_up(store, settings, clock())
            model = load_model(threads=settings.embed_threads) if settings.meaning else None
            index = Index.open(settings.index_folder, model)
            intake, doors = Intake(store, clock), Doors(store, settings.home)
            app = App(store=store, index=index, clock=clock, settings=settings, intake=intake, doors=doors)
            try:
                templates.bring_in(app)
                terms.bring_in(app)
                indexing.catch_up(app, vectors=False)
                yield app
            finally:
                intake.close()
                index.close()
        finally:
            store.close()


def _bring_up(store: Store, settings: Settings, now: datetime) -> None:
    """Take the schema to this version; one of an earlier version is copied first, unless that is not wanted."""
    with said_plainly():
        version = current_version(store.engine)
    if version == HEAD:
        return
    if version is not None and settings.upgrade_copy and is_known(version):
        set_aside(store.engine, version, settings.home / "before-upgrade", now)
    store.migrate()
