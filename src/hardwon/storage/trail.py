"""What every write leaves behind: revisions, audit entries, events for workers, notices."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, insert

from hardwon.domain.audit import AuditEntry, canonical, leaf_hash
from hardwon.domain.event import Event
from hardwon.domain.record import Record, RecordKind
from hardwon.domain.revision import KeptRevision
from hardwon.storage import tables
from hardwon.storage.clock import to_ms

_ENCODER = msgspec.json.Encoder()


class Written(NamedTuple):
    """A record as it is being written: its kind, and the row with its one encoding."""

    kind: RecordKind
    record: Record
    row: dict[str, Any]


class Trail:
    """Appends to the history of records inside one write."""

    def __init__(self, connection: Connection, actor: str, at: datetime) -> None:
        """Append through `connection` in the name of `actor` at that time."""
        self.connection = connection
        self.actor = actor
        self.at_ms = to_ms(at)

    def keep(self, written: Sequence[Written], event: Event) -> None:
        """Append one revision and the audit entry that commits to it, for each record."""
        revisions = [
            {
                "kind": kind,
                "record": record.id,
                "number": record.revision,
                "at_ms": self.at_ms,
                "by": self.actor,
                "verb": event.verb,
                "detail": event.detail,
                "body": row["body"],
            }
            for kind, record, row in written
        ]
        self.connection.execute(insert(tables.revisions), revisions)
        self._append(
            [
                self._entry(event, kind, record.id, record.revision, row["body"])
                for kind, record, row in written
            ]
        )

    def keep_history(self, written: Written, history: Sequence[KeptRevision]) -> None:
        """Append revisions as another workspace wrote them, each with an entry of this one."""
        kind, record, _ = written
        rows = [
            {
                "kind": kind,
                "record": record.id,
                "number": kept.number,
                "at_ms": to_ms(kept.at),
                "by": kept.by,
                "verb": kept.verb,
                "detail": kept.detail,
                "body": kept.body,
            }
            for kept in history
        ]
        self.connection.execute(insert(tables.revisions), rows)
        self._append(
            [
                self._entry(
                    Event(verb="imported", detail=f"{kept.verb} by {kept.by}"),
                    kind,
                    record.id,
                    kept.number,
                    kept.body,
                )
                for kept in history
            ]
        )

    def note(self, written: Written, events: Sequence[Event]) -> None:
        """Append entries for further events of a revision that is kept already."""
        kind, record, _ = written
        if events:
            self._append([self._entry(event, kind, record.id, record.revision, None) for event in events])

    def note_name(self, verb: str, kind: str, name: str, detail: str) -> None:
        """Append an entry for what is no record (a token, an export)."""
        self._append([self._entry_of(verb, kind, name, 0, detail, "")])

    def tell(self, written: Written, events: Sequence[Event]) -> None:
        """Put notices into the inboxes of those who should know, and a job for every event."""
        kind, record, _ = written
        title = getattr(record, "title", None) or getattr(record, "name", record.id)
        notices = [
            {
                "reader": reader,
                "record": record.id,
                "text": f"{title}: {event.detail or event.verb}",
                "at_ms": self.at_ms,
            }
            for event in events
            for reader in dict.fromkeys(event.tell)
            if reader != self.actor
        ]
        if notices:
            self.connection.execute(insert(tables.notices), notices)
        name = f"{kind}:{record.id}@{record.revision}"
        jobs = [
            self._job(f"{kind}.{event.verb}", f"{name}:{number}", [record.id], record.revision)
            for number, event in enumerate(events)
        ]
        if jobs:
            self.connection.execute(insert(tables.jobs), jobs)

    def tell_many(self, written: Sequence[Written], event: Event) -> None:
        """Put one job per kind for a bulk write; it names all the records."""
        ids: dict[RecordKind, list[str]] = {}
        for kind, record, _ in written:
            ids.setdefault(kind, []).append(record.id)
        jobs = [
            self._job(f"{kind}.{event.verb}", f"{kind}:{names[0]}+{len(names) - 1}", names, 1)
            for kind, names in ids.items()
        ]
        self.connection.execute(insert(tables.jobs), jobs)

    def _job(self, topic: str, key: str, records: list[str], revision: int) -> dict[str, Any]:
        payload = {"records": records, "revision": revision, "by": self.actor}
        return {
            "kind": topic,
            "key": key,
            "payload": _ENCODER.encode(payload),
            "run_at_ms": self.at_ms,
            "state": "waiting",
        }

    def _entry(self, event: Event, kind: str, name: str, revision: int, body: bytes | None) -> bytes:
        digest = "" if body is None else hashlib.sha256(body).hexdigest()
        return self._entry_of(event.verb, kind, name, revision, event.detail, digest)

    def _entry_of(self, verb: str, kind: str, name: str, revision: int, detail: str, digest: str) -> bytes:
        return canonical(
            AuditEntry(
                at_ms=self.at_ms,
                actor=self.actor,
                verb=verb,
                kind=kind,
                record=name,
                revision=revision,
                detail=detail,
                body_sha256=digest,
            )
        )

    def _append(self, entries: Sequence[bytes]) -> None:
        rows = [{"entry": entry, "leaf": leaf_hash(entry)} for entry in entries]
        self.connection.execute(insert(tables.audit), rows)
