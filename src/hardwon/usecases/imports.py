"""Bring existing knowledge in: a dry run that says what was understood, then the same for real.

Nothing is lost (what is not recognised stays as text), nothing is kept twice: a record is known by
its (source, source_id).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor
from hardwon.domain.catalog import MAX_OBJECTIVES, Service
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import InputError
from hardwon.domain.event import Event
from hardwon.domain.incident import Incident, occurred_at
from hardwon.domain.record import Record, RecordKind, check_history, encode, kind_of
from hardwon.domain.revision import compare_histories
from hardwon.domain.signal import AlertSignal
from hardwon.domain.source import Source
from hardwon.exchange.draft import Attachment, Draft, Limits, Problem, ReadFile
from hardwon.exchange.importing import read
from hardwon.storage.attachments import keep_attachment
from hardwon.storage.deliveries import Delivery, known_keys, put_deliveries
from hardwon.storage.queries.records import (
    SourceRow,
    find_by_source,
    find_by_source_id,
    get_bodies,
    get_record,
    known_ids,
)
from hardwon.storage.store import Reading
from hardwon.storage.transaction import Transaction
from hardwon.usecases.app import App, Progress, no_progress

_BATCH = 1_000
_EVENTS: Final = "kubernetes"
_FRESH: Final = timedelta(minutes=10)
"""An event that was seen last before that time is over."""
_EMPTY = "Import the export into an empty workspace."
_PLACEHOLDER = "new:"
_QUOTED = b'"new:'
_HAPPENED: Final[dict[Literal["incident", "deployment"], type[Any]]] = {
    "incident": Incident,
    "deployment": Deployment,
}
CATALOGUE = ("team", "person", "service", "environment")
"""Kinds whose ids are names, the same everywhere."""
_FILLED: Final = frozenset({"team", "criticality", "calls", "repository", "tags", "description", "paths"})
"""Fields of services that an import fills in where they are empty: whom one belongs to, say."""


class FileReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file: what was understood, what stayed text and why, what is wrong."""

    path: str
    new: dict[str, int]
    known: int
    continued: int
    understood: tuple[str, ...]
    left: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole import. `written` is false for a dry run."""

    files: tuple[FileReport, ...]
    new: dict[str, int]
    known: int
    problems: int
    written: bool


class _Histories:
    """What became of records that come with their history: known, ahead of ours, or refused."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.further: dict[str, int] = {}
        self.refused: set[str] = set()
        self.problems: list[Problem] = []

    def refuse(self, name: str, problem: Problem) -> None:
        self.refused.add(name)
        self.problems.append(problem)


def run(
    app: App,
    actor: Actor,
    paths: Sequence[Path],
    *,
    mapping: Mapping[str, str] | None = None,
    write: bool = False,
    progress: Progress = no_progress,
) -> ImportReport:
    """Read files and folders; with `write`, keep what they say.

    Each file is kept in transactions of at most 1,000 drafts; a bad file is named and the rest
    goes on. Raises ForbiddenError, InputError for a path that is not there.
    """
    authorise(actor, "import")
    missing = [str(path) for path in paths if not path.exists()]
    if missing or not paths:
        raise InputError(f"There is no {', '.join(missing) or 'path'} to import.", fix="Check the spelling.")
    limits = Limits(file_bytes=app.settings.max_import_bytes)
    reports: list[FileReport] = []
    ids: dict[str, str] = {}
    refused: set[str] = set()
    for number, file in enumerate(read(paths, dict(mapping or {}), limits=limits), 1):
        reports.append(_take(app, actor, file, ids, refused, write=write))
        progress("files", number, None)
    new: Counter[str] = Counter()
    for report in reports:
        new.update(report.new)
    return ImportReport(
        files=tuple(reports),
        new=dict(new),
        known=sum(report.known for report in reports),
        problems=sum(len(report.problems) for report in reports),
        written=write,
    )


def _take(
    app: App, actor: Actor, file: ReadFile, ids: dict[str, str], refused: set[str], *, write: bool
) -> FileReport:
    """Report one file and, with `write`, keep its new drafts in batches.

    `ids` maps placeholders to real ids over the whole import; what was kept by an import that was
    cut short is known, so running it again goes on where it stopped.
    """
    with app.store.read(None) as reading:
        histories = _histories(reading, file, refused)
        known = _known(reading, [draft for draft in file.drafts if not draft.revisions])
        filled = _filled(reading, file)
    refused |= histories.refused
    known |= {name: name for name in histories.known}
    ids.update(known)
    settled = known.keys() | histories.further.keys() | histories.refused
    fresh = [draft for draft in file.drafts if draft.record.id not in settled]
    signals, known_signals = _signals(app, actor, file, write=write)
    if write:
        for attachment in _attachments(file):  # first, so that no record names a file that is not there
            keep_attachment(app.settings.attachments, attachment.path, attachment.sha256)
        for start in range(0, len(fresh), _BATCH):
            _keep(app, actor, fresh[start : start + _BATCH], fresh, ids)
        _continue(app, actor, file, histories.further)
        for record in filled:
            with app.store.begin(actor, app.now()) as tx:
                tx.save(record, (Event(verb="imported", detail="into what stood here"),), record.revision)
    return FileReport(
        path=file.path,
        new=dict(Counter(kind_of(draft.record) for draft in fresh)) | ({"alert": signals} if signals else {}),
        known=len(known) + known_signals,
        continued=len(histories.further) + len(filled),
        understood=file.understood,
        left=file.left,
        problems=(*file.problems, *histories.problems),
    )


def _signals(app: App, actor: Actor, file: ReadFile, *, write: bool) -> tuple[int, int]:
    """Return how many of a file's signals are new and known; with `write`, keep the new ones as deliveries of a source
    of their own, which are read like those of a webhook.
    """
    if not file.signals:
        return 0, 0
    now = app.now()
    sent = dict(_sent(signal, now) for signal in file.signals)
    with app.store.read(None) as reading:
        found = find_by_source(reading, "source", "import", [_EVENTS])
        known = known_keys(reading, found[_EVENTS], list(sent)) if found else frozenset()
    fresh = [key for key in sent if key not in known]
    if write and fresh:
        with app.store.begin(actor, now) as tx:
            name = tx.find_by_source("source", "import", _EVENTS) or _add_source(tx, now)
            put_deliveries(tx, [Delivery(name, key, b"{}", sent[key]) for key in fresh])
    return len(fresh), len(known)


def _sent(signal: AlertSignal, now: datetime) -> tuple[str, bytes]:
    """Return a signal's key and body as it is delivered: what was seen just now fires, the rest has ended."""
    last = signal.ended_at or signal.at or now
    firing = now - last < _FRESH
    told = msgspec.structs.replace(signal, firing=firing, ended_at=None if firing else last)
    key = f"{signal.key} {last:%Y%m%dT%H%M%SZ} {'seen' if firing else 'over'}"
    return key, msgspec.json.encode(told)


def _add_source(tx: Transaction, now: datetime) -> str:
    """Add the source of events that come in files; it has no secret, so nothing can be sent to it."""
    fresh = Source(
        id=tx.next_id("source"),
        title="Kubernetes events from files",
        kind="generic",
        written_at=now,
        updated_at=now,
        source="import",
        source_id=_EVENTS,
    )
    return tx.save(fresh, (Event(verb="created", detail="by an import"),)).id


def _histories(reading: Reading, file: ReadFile, refused: set[str]) -> _Histories:
    """Compare records that come with their history with what stands under their ids.

    `refused` grows by what is another record here: what belongs to one of those is refused too.
    """
    found = _Histories()
    groups: dict[RecordKind, list[Draft]] = {}
    for draft in file.drafts:
        if draft.revisions:
            groups.setdefault(kind_of(draft.record), []).append(draft)
    for kind, group in groups.items():
        standing = get_bodies(reading, kind, [draft.record.id for draft in group])
        for draft in group:
            name = draft.record.id
            try:
                check_history(draft.record, draft.revisions)
            except InputError as error:
                found.refuse(name, Problem(path=file.path, reason=error.message, fix=error.fix))
                continue
            if others := [other for other in refused if f'"{other}"'.encode() in draft.revisions[-1].body]:
                reason = f"{name} belongs to {others[0]}, which is another record in this workspace"
                found.refuse(name, Problem(path=file.path, reason=reason, fix=_EMPTY))
                continue
            theirs = {kept.number: kept.body for kept in draft.revisions}
            ours = standing.get(name)
            lineage = compare_histories(theirs, ours) if ours else None
            if lineage == "another":
                reason = f"{name} is another {kind} in this workspace; it was left as it is"
                found.refuse(name, Problem(path=file.path, reason=reason, fix=_EMPTY))
            elif ours and lineage == "ahead":
                found.further[name] = max(ours)
            elif lineage == "known":
                found.known.add(name)
    return found


def _continue(app: App, actor: Actor, file: ReadFile, further: Mapping[str, int]) -> None:
    """Keep the revisions by which an export is ahead of this workspace."""
    if not further:
        return
    with app.store.begin(actor, app.now()) as tx:
        for draft in file.drafts:
            if draft.record.id in further:
                tx.extend_history(draft.record, draft.revisions, further[draft.record.id])


def _known(reading: Reading, drafts: Sequence[Draft]) -> dict[str, str]:
    """Return the real id of each draft that is stored already, by the draft's own id.

    A draft is known by its source and id there. One that was imported from a file or folder of
    another name is known by its id, title and time; what was read out of it is known with it.
    """
    found: dict[str, str] = {}
    moved = _moved(reading, drafts)
    groups: dict[tuple[RecordKind, str], list[Draft]] = {}
    for draft in drafts:
        source = moved.get((draft.source, _root(draft)), draft.source)
        groups.setdefault((kind_of(draft.record), source), []).append(draft)
    for (kind, source), group in groups.items():
        if kind in CATALOGUE:
            stored = known_ids(reading, kind, [draft.record.id for draft in group])
            found |= {record_id: record_id for record_id in stored}
            continue
        by_source = find_by_source(reading, kind, source, [draft.source_id for draft in group])
        found |= {
            draft.record.id: by_source[draft.source_id] for draft in group if draft.source_id in by_source
        }
    return found


def _filled(reading: Reading, file: ReadFile) -> list[Record]:
    """Return the catalogue's records that stand here with fields empty which the file fills in."""
    found: list[Record] = []
    for draft in file.drafts:
        kind = kind_of(draft.record)
        if draft.revisions or kind != "service" or not known_ids(reading, kind, [draft.record.id]):
            continue
        stored = get_record(reading, Service, draft.record.id)
        if stored.same_as:
            stored = get_record(reading, Service, stored.same_as)
        filled = _filled_in(stored, draft.record)
        if filled != stored:
            found.append(filled)
    return found


def _filled_in(stored: Service, given: Any) -> Service:
    """Return the service with what was empty; an objective is as the file has it that names it."""
    said = {
        name: value
        for name, value in msgspec.structs.asdict(given).items()
        if value and name in _FILLED and not getattr(stored, name)
    }
    named = {one.name: one for one in (*stored.objectives, *given.objectives)}
    objectives = tuple(named.values())[:MAX_OBJECTIVES]
    return msgspec.structs.replace(stored, **said, objectives=objectives)


def _moved(reading: Reading, drafts: Sequence[Draft]) -> dict[tuple[str, str], str]:
    """Return the source under which the same incident or deployment is kept, by its source and id now."""
    moved: dict[tuple[str, str], str] = {}
    for kind, cls in _HAPPENED.items():
        asked = {draft.source_id: draft for draft in drafts if isinstance(draft.record, cls)}
        rows = find_by_source_id(reading, kind, list(asked)) if asked else []
        own = {row.source_id for row in rows if row.source == asked[row.source_id].source}
        for row in rows:
            draft = asked[row.source_id]
            if row.source_id not in own and _same(draft.record, row):
                moved.setdefault((draft.source, row.source_id), row.source)
    return moved


def _same(record: Record, row: SourceRow) -> bool:
    """Tell whether title and time are those of the stored one; who carries no time is known by its title."""
    at = None
    if isinstance(record, Incident):
        at = occurred_at(record)
    elif isinstance(record, Deployment):
        at = record.finished_at or record.started_at
    same_title = getattr(record, "title", "") == row.title
    return same_title and (at is None or abs(at - row.at) < timedelta(milliseconds=1))


def _root(draft: Draft) -> str:
    """Return the id of the row or file a draft was read out of."""
    if isinstance(draft.record, Incident | Deployment):
        return draft.source_id
    return draft.source_id.rpartition("#")[0] or draft.source_id


def _keep(app: App, actor: Actor, batch: Sequence[Draft], file: Sequence[Draft], ids: dict[str, str]) -> None:
    """Write one batch; the first one of a file gives every draft of the file its id."""
    with app.store.begin(actor, app.now()) as tx:
        _number(tx, file, ids)
        history = [draft for draft in batch if draft.revisions]
        plain = [_resolved(draft, ids) for draft in batch if not draft.revisions]
        if plain:
            tx.save_many(plain, Event(verb="imported"))
        for draft in history:
            tx.put_history(draft.record, draft.revisions)


def _number(tx: Transaction, drafts: Sequence[Draft], ids: dict[str, str]) -> None:
    unnumbered: dict[RecordKind, list[str]] = {}
    for draft in drafts:
        own = draft.record.id
        if own.startswith(_PLACEHOLDER) and own not in ids:
            unnumbered.setdefault(kind_of(draft.record), []).append(own)
    for kind, placeholders in unnumbered.items():
        ids.update(zip(placeholders, tx.next_ids(kind, len(placeholders)), strict=True))


def _resolved(draft: Draft, ids: Mapping[str, str]) -> Record:
    """Return the draft's record with every placeholder replaced by the id it stands for."""
    record = draft.record
    if encode(record).count(_QUOTED) > 1:
        plain = _replace(msgspec.to_builtins(record), ids)
        return msgspec.convert(plain, type(record))
    return msgspec.structs.replace(record, id=ids.get(record.id, record.id))


def _replace(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return ids.get(value, value) if value.startswith(_PLACEHOLDER) else value
    if isinstance(value, dict):
        return {key: _replace(item, ids) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replace(item, ids) for item in value]
    return value


def _attachments(file: ReadFile) -> Iterator[Attachment]:
    yield from file.attachments
    for draft in file.drafts:
        yield from draft.attachments
