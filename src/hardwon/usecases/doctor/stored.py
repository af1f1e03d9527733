"""What the database says: whether it is whole, and what was left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from hardwon.domain.errors import HardwonError
from hardwon.recall.index import Index
from hardwon.settings import Settings
from hardwon.storage import audit_log, inspection
from hardwon.storage.attachments import Kept, is_whole, kept_files
from hardwon.storage.engine import sqlite_version
from hardwon.storage.migration import HEAD, current_version
from hardwon.storage.queries.backlog import measure_backlog
from hardwon.storage.store import Reading, Store
from hardwon.usecases.doctor.symptom import Symptom, found

_DRIFT: Final = timedelta(minutes=2)
_WAITS: Final = timedelta(days=1)
_BACKED_UP: Final = timedelta(days=30)
_SETTLED: Final = timedelta(hours=1)
"""A younger file may belong to a record that is being written."""
_RESTORE: Final = "Restore a backup."


def examine_store(store: Store, settings: Settings, now: datetime) -> Iterator[Symptom]:
    """Yield what is found, up to where nothing more can be read."""
    name = f"SQLite {sqlite_version()}" if store.dialect == "sqlite" else "PostgreSQL"
    yield found("database", f"{name} at {redacted(settings.database)}")
    current = current_version(store.engine)
    text = f"version {current or 'none'}, this Hardwon has {HEAD}"
    if (current or "") > HEAD:
        yield found("schema", "", text, "Upgrade Hardwon, or restore the backup made before the upgrade.")
        return
    fix = "Make a backup, then bring it up: `hardwon doctor --fix`."
    yield found("schema", text, text if current != HEAD else "", fix, "schema")
    if current != HEAD:
        return
    loose = inspection.durability(store)
    fix = "Report it: this Hardwon set them otherwise."
    kept = (
        "WAL, synchronous FULL, foreign keys watched" if store.dialect == "sqlite" else "left to PostgreSQL"
    )
    yield found("durability", kept, "; ".join(loose), fix)
    with store.read(None) as reading:
        for name, look in _LOOKS:
            yield _tried(name, lambda look=look: look(reading, now))  # type: ignore[misc]
        yield _tried("attachments", lambda: _attachments(reading, settings))
        yield _tried("orphans", lambda: _orphans(reading, settings, now))
        yield _tried("index", lambda: index(reading, settings))


def redacted(url: str) -> str:
    """Return a database URL without its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":***@", 1)


def orphans_of(reading: Reading, settings: Settings, now: datetime) -> tuple[Kept, ...]:
    """Return the files, older than an hour, that no revision of any record names."""
    settled = (now - _SETTLED).timestamp()
    kept = [one for one in kept_files(settings.attachments) if one.written_at < settled]
    if not kept:
        return ()
    ever = inspection.named_files(reading).ever
    return tuple(sorted(one for one in kept if one.sha256 not in ever))


def _tried(name: str, look: Callable[[], Symptom]) -> Symptom:
    """Look, and where that fails say so: one broken part must not hide the others."""
    try:
        return look()
    except HardwonError as error:
        return found(name, "", error.message, error.fix)
    except Exception as error:  # noqa: BLE001  (a damaged page fails in many ways)
        return found(name, "", f"it cannot be read ({type(error).__name__})", _RESTORE)


def _integrity(reading: Reading, _now: datetime) -> Symptom:
    problems = inspection.integrity(reading)
    return found("integrity", "every page and key fits", problems[0] if problems else "", _RESTORE)


def _audit(reading: Reading, _now: datetime) -> Symptom:
    report = audit_log.verify(reading)
    wrong = report.problems[0] if report.problems else ""
    return found(
        "audit", f"{report.size} entries verified", wrong, "Compare with your last export or backup."
    )


def _clock(reading: Reading, now: datetime) -> Symptom:
    last = inspection.last_entry(reading)
    if last is None or last <= now + _DRIFT:
        return found("clock", "not behind the trail's last entry")
    wrong = f"it is {_span(last - now)} behind the trail's last entry"
    return found("clock", "", wrong, "Set this machine's clock by the network's time (NTP).")


def _work(reading: Reading, now: datetime) -> Symptom:
    waits = measure_backlog(reading, now)
    if waits.failed:
        jobs = "1 job" if waits.failed == 1 else f"{waits.failed} jobs"
        return found("work", "", f"{jobs} failed for good", "See the log of the server or the worker.")
    age = timedelta(seconds=waits.oldest_seconds)
    wrong = f"the oldest of {waits.jobs} jobs has waited for {_span(age)}" if age > _WAITS else ""
    fix = "Run `hardwon serve` or `hardwon worker`, and see its log."
    return found("work", f"{waits.jobs} jobs wait", wrong, fix)


def _leases(reading: Reading, now: datetime) -> Symptom:
    dead = inspection.dead_leases(reading, now)
    jobs = "1 job is" if dead == 1 else f"{dead} jobs are"
    fix = "Give them back: `hardwon doctor --fix`."
    wrong = f"{jobs} held by a worker that is gone" if dead else ""
    return found("leases", "no job is held by a worker that is gone", wrong, fix, "leases")


def _backup(reading: Reading, now: datetime) -> Symptom:
    last, first = inspection.last_backup(reading), inspection.first_entry(reading)
    fix = "Make one: `hardwon backup FOLDER`."
    if last is not None:
        text = f"the last was made {_span(max(now - last, timedelta()))} ago"
        return found("backup", text, text if now - last > _BACKED_UP else "", fix)
    old = first is not None and now - first > _BACKED_UP
    return found("backup", "none yet", "none was ever made" if old else "", fix)


def _attachments(reading: Reading, settings: Settings) -> Symptom:
    kept = {one.sha256 for one in kept_files(settings.attachments)}
    missing = sorted(inspection.named_files(reading).today - kept)
    bent = [name for name in sorted(kept) if not is_whole(settings.attachments, name)]
    wrong = [f"{len(missing)} missing ({missing[0]})"] if missing else []
    wrong += [f"{len(bent)} changed since ({bent[0]})"] if bent else []
    fix = "Bring the files back from a backup's attachments."
    return found("attachments", f"{len(kept)} files, each as its name says", ", ".join(wrong), fix)


def _orphans(reading: Reading, settings: Settings, now: datetime) -> Symptom:
    loose = orphans_of(reading, settings, now)
    size = sum(one.size for one in loose)
    files = "1 file" if len(loose) == 1 else f"{len(loose)} files"
    wrong = f"{files} of {size:,} bytes that no record names" if loose else ""
    fix = "Move them to attachments/orphans: `hardwon doctor --fix`."
    return found("orphans", "every attached file has its record", wrong, fix, "orphans")


def index(reading: Reading, settings: Settings) -> Symptom:
    """Tell whether the search index holds what the database does; one that lags behind is well."""
    try:
        seen = Index.inspect(settings.index_folder)
    except HardwonError as error:
        return found("index", "", error.message, error.fix, "index")
    if seen is None:
        return found("index", "not built yet: the next command does it")
    count, end = inspection.documents(reading)
    noun = "document" if seen.documents == 1 else "documents"
    text = f"{seen.documents} {noun}"
    wrong = f"{text}, and the database has {count}" if seen.cursor == end and seen.documents != count else ""
    return found("index", text, wrong, "Build it anew: `hardwon reindex`.", "index")


def _span(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for size, noun in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = seconds // size
            return f"{number} {noun}{'' if number == 1 else 's'}"
    return f"{seconds} seconds"


_LOOKS: Final[tuple[tuple[str, Callable[[Reading, datetime], Symptom]], ...]] = (
    ("integrity", _integrity),
    ("audit", _audit),
    ("clock", _clock),
    ("work", _work),
    ("leases", _leases),
    ("backup", _backup),
)
