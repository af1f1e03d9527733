"""Backups: make one while people write, check it, bring it back; copy a database to the other kind."""

from __future__ import annotations

import hashlib
import os
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor
from hardwon.domain.audit import Frontier, append, root
from hardwon.domain.backup import DATABASE, FORMAT, MANIFEST, Manifest, signed_part
from hardwon.domain.errors import InputError, NotFoundError, RuleError
from hardwon.settings import Settings
from hardwon.storage.attachments import keep_attachment, kept_files
from hardwon.storage.audit_log import AuditReport, sequence
from hardwon.storage.audit_log import verify as verify_log
from hardwon.storage.copying import copy_tables, copy_to_file, counts_of, is_sound, opened
from hardwon.storage.disk import make_folder, sync_path
from hardwon.storage.engine import open_engine
from hardwon.storage.keys import is_signed, open_key
from hardwon.storage.migration import HEAD
from hardwon.storage.queries.leaves import leaves_up_to
from hardwon.storage.store import Store
from hardwon.usecases.app import App, Progress, no_progress

_ATTACHMENTS: Final = "attachments"
_SETTINGS: Final = "settings"
_BLOCK: Final = 1 << 20
_MOST: Final = 64 * 1024 * 1024


class Head(NamedTuple):
    """How far the trail had come, as an earlier backup or `hardwon audit verify` said: size and root."""

    size: int
    root: str


def backup(app: App, actor: Actor, folder: Path, progress: Progress = no_progress) -> Manifest:
    """Write a backup into a new folder and return its manifest; whoever writes goes on.

    The folder appears whole or not at all. It holds everything but sessions, links and the secret key.
    Raises ForbiddenError, RuleError for a folder that is there, UnavailableError.
    """
    authorise(actor, "administer")
    if folder.exists():
        raise RuleError(f"{folder} is there already.", fix="Name a folder that is not.")
    make_folder(folder.parent)
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    try:
        sequence(app.store, app.now())
        progress("database", 0, None)
        copy_to_file(app.store, partial / DATABASE)
        _copy_files(app.settings, partial, progress)
        manifest = _manifest(app, partial)
        (partial / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        _sync(partial)
        partial.rename(folder)
        sync_path(folder.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    with app.store.begin(actor, app.now()) as tx:
        tx.audit("backed_up", "workspace", folder.name, f"{manifest.audit_size} {manifest.audit_root}")
    return manifest


def check(folder: Path) -> Manifest:
    """Return a backup's manifest where every file is what was signed; nothing is changed.

    Raises NotFoundError, InputError naming what does not fit.
    """
    manifest = _read(folder)
    if manifest.schema > HEAD:
        raise InputError("A newer Hardwon made this backup.", fix="Upgrade Hardwon first.")
    for name, sha256 in manifest.files.items():
        if _hash(_inside(folder, name)) != sha256:
            raise InputError(f"{name} is not what was backed up.", fix="Take another backup.")
    beside = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if strange := sorted(beside - manifest.files.keys() - {MANIFEST}):
        raise InputError(
            f"{strange[0]} is no part of this backup.", fix="Take it out, or take another backup."
        )
    if not is_sound(folder / DATABASE):
        raise InputError("The database in it is damaged.", fix="Take another backup.")
    return manifest


def restore(settings: Settings, folder: Path, expected: Head | None = None) -> Manifest:
    """Bring a backup back into an empty workspace and return its manifest.

    Nothing is there before all of it is checked, its trail included; the search index is built anew.
    Raises as `check` does, RuleError for a workspace that holds something.
    """
    manifest = check(folder)
    if settings.database_file.exists():
        raise RuleError(f"{settings.home} holds a workspace already.", fix="Name another --workspace.")
    make_folder(settings.home)
    fresh = settings.home / f".{DATABASE}.restoring"
    fresh.unlink(missing_ok=True)
    shutil.copyfile(folder / DATABASE, fresh)
    try:
        with opened(fresh) as store:
            store.migrate()
            _expect_trail(store, manifest, expected)
            if settings.database_url:
                target = Store(open_engine(settings.database_url))
                try:
                    target.migrate()
                    copy_tables(store, target)
                finally:
                    target.close()
        for path in sorted((folder / _ATTACHMENTS).glob("*")):
            keep_attachment(settings.attachments, path, path.name)
        for path in sorted((folder / _SETTINGS).glob("*.toml")):
            shutil.copyfile(path, settings.home / path.name)
            sync_path(settings.home / path.name)
        if not settings.database_url:
            sync_path(fresh)
            fresh.rename(settings.database_file)
        sync_path(settings.home)
    finally:
        for path in settings.home.glob(f".{DATABASE}.restoring*"):
            path.unlink()
    return manifest


def verify(folder: Path, expected: Head | None = None) -> Manifest:
    """Check a backup and its trail and return its manifest.

    With `expected` the trail must reach at least that far and hold that very tree: an older copy that is
    passed off as a newer one is found. Raises as `check` does.
    """
    manifest = check(folder)
    scratch = folder.with_name(f".{folder.name}.{os.getpid()}.checking")
    scratch.mkdir(mode=0o700)
    try:
        shutil.copyfile(folder / DATABASE, scratch / DATABASE)
        with opened(scratch / DATABASE) as store:
            store.migrate()
            _expect_trail(store, manifest, expected)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return manifest


def copy_database(app: App, actor: Actor, url: str) -> int:
    """Copy the workspace's database into an empty one of either kind, and return how many rows.

    Raises ForbiddenError, InputError for a URL that names none, RuleError for one that holds something.
    """
    authorise(actor, "administer")
    sequence(app.store, app.now())
    target = Store(open_engine(url))
    try:
        target.migrate()
        copied = copy_tables(app.store, target)
        with app.store.read(None) as here, target.read(None) as there:
            if (before := verify_log(here)) != (after := verify_log(there)):
                raise InputError(
                    f"The copy's trail has {after.size} entries, not {before.size}.", fix="Try again."
                )
    finally:
        target.close()
    return copied


def _copy_files(settings: Settings, partial: Path, progress: Progress) -> None:
    (partial / _ATTACHMENTS).mkdir()
    names = sorted(kept.sha256 for kept in kept_files(settings.attachments))
    for number, name in enumerate(names, 1):
        keep_attachment(partial / _ATTACHMENTS, settings.attachments / name, name)
        progress("attachments", number, len(names))
    (partial / _SETTINGS).mkdir()
    for path in settings.home.glob("*.toml"):
        shutil.copyfile(path, partial / _SETTINGS / path.name)


def _manifest(app: App, partial: Path) -> Manifest:
    files = {
        path.relative_to(partial).as_posix(): _hash(path)
        for path in sorted(partial.rglob("*"))
        if path.is_file()
    }
    with opened(partial / DATABASE) as store:
        rows = counts_of(store)
        with store.read(None) as reading:
            report = verify_log(reading)
    _fold(partial)
    if report.problems:
        raise InputError(f"The trail does not hold: {report.problems[0]}.", fix="See `hardwon audit verify`.")
    key = open_key(app.settings.home)
    files[DATABASE] = _hash(partial / DATABASE)
    manifest = Manifest(
        version=version("hardwon"),
        schema=HEAD,
        made_at=app.now(),
        rows=rows,
        files=files,
        audit_size=report.size,
        audit_root=report.root,
        public_key=key.public.hex(),
    )
    return msgspec.structs.replace(manifest, signature=key.sign(signed_part(manifest)).hex())


def _read(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not path.is_file() or path.stat().st_size > _MOST:
        raise NotFoundError(f"{folder} is no backup.", fix="Name a folder that `hardwon backup` wrote.")
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        signature, public = bytes.fromhex(manifest.signature), bytes.fromhex(manifest.public_key)
    except (msgspec.DecodeError, ValueError) as error:
        raise InputError(f"The manifest cannot be read: {error}.", fix="Take another backup.") from error
    if manifest.format != FORMAT or not is_signed(public, signed_part(manifest), signature):
        raise InputError("The manifest is not as it was signed.", fix="Take another backup.")
    return manifest


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise InputError(f"{name} is missing.", fix="Take another backup.")
    return path


def _expect_trail(store: Store, manifest: Manifest, expected: Head | None) -> None:
    with store.read(None) as reading:
        report: AuditReport = verify_log(reading)
        if report.problems or (report.size, report.root) != (manifest.audit_size, manifest.audit_root):
            said = report.problems[0] if report.problems else "it has another root than was signed"
            raise InputError(f"The trail in it does not hold: {said}.", fix="Take another backup.")
        if expected is None:
            return
        if expected.size > report.size:
            raise InputError(
                f"It is older than you expect: {report.size} entries, not {expected.size}.",
                fix="Take a newer backup.",
            )
        frontier = Frontier()
        for leaf in leaves_up_to(reading, expected.size):
            frontier = append(frontier, leaf)
        if root(frontier).hex() != expected.root:
            raise InputError("It comes of another history than you expect.", fix="Take another backup.")


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fold(partial: Path) -> None:
    """Remove what looking at the database left beside it."""
    for name in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (partial / name).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        sync_path(path)
