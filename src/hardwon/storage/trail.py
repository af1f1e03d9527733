"""What every write leaves behind: revisions, audit entries, and events in the outbox."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, insert

from hardwon.domain.audit import AuditEntry, canonical, leaf_hash
from hardwon.domain.event import Event
from hardwon.domain.record import Record, RecordKind
from hardwon.domain.revision import KeptRevision
from hardwon.domain.sensitivity import withhold
from hardwon.storage import tables
from hardwon.storage.clock import to_ms

EVENT: Final = "event"
"""The kind of job that is an event."""
REPEATED: Final = ("at_ms", "actor", "verb", "kind", "record", "revision")
"""What of an entry stands in columns too, so that the trail can be filtered."""
_ENCODER = msgspec.json.Encoder()


class WaitingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event in the outbox: what happened (`incident.moved`) to which records, and who is told."""

    topic: str
    records: tuple[str, ...]
    revision: int
    by: str
    text: str
    tell: tuple[str, ...] = ()


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
        """Put every event into the outbox, with those who should know of it."""
        kind, record, _ = written
        title = getattr(record, "title", None) or getattr(record, "name", record.id)
        waiting = [
            WaitingEvent(
                topic=f"{kind}.{event.verb}",
                records=(record.id,),
                revision=record.revision,
                by=self.actor,
                text=withhold(f"{title}: {event.detail or event.verb}"),
                tell=tuple(reader for reader in dict.fromkeys(event.tell) if reader != self.actor),
            )
            for event in events
        ]
        self._put(waiting, f"{kind}:{record.id}@{record.revision}")

    def tell_many(self, written: Sequence[Written], event: Event) -> None:
        """Put one event per kind for a bulk write; it names all the records and tells nobody."""
        groups: dict[RecordKind, list[Record]] = {}
        for kind, record, _ in written:
            groups.setdefault(kind, []).append(record)
        for kind, records in groups.items():
            topic, first = f"{kind}.{event.verb}", records[0]
            names = tuple(record.id for record in records)
            waiting = WaitingEvent(
                topic=topic, records=names, revision=first.revision, by=self.actor, text=topic
            )
            self._put([waiting], f"{kind}:{first.id}@{first.revision}+{len(names) - 1}")

    def _put(self, events: Sequence[WaitingEvent], name: str) -> None:
        rows = [
            {
                "kind": EVENT,
                "key": f"{name}:{number}",
                "payload": _ENCODER.encode(event),
                "run_at_ms": self.at_ms,
                "state": "waiting",
            }
            for number, event in enumerate(events)
        ]
        if rows:
            self.connection.execute(insert(tables.jobs), rows)

    def _entry(self, event: Event, kind: str, name: str, revision: int, body: bytes | None) -> AuditEntry:
        digest = "" if body is None else hashlib.sha256(body).hexdigest()
        return self._entry_of(event.verb, kind, name, revision, event.detail, digest)

    def _entry_of(
        self, verb: str, kind: str, name: str, revision: int, detail: str, digest: str
    ) -> AuditEntry:
        return AuditEntry(
            at_ms=self.at_ms,
            actor=self.actor,
            verb=verb,
            kind=kind,
            record=name,
            revision=revision,
            detail=detail,
            body_sha256=digest,
        )

    def _append(self, entries: Sequence[AuditEntry]) -> None:
        rows = []
        for entry in entries:
            data = canonical(entry)
            row = {name: getattr(entry, name) for name in REPEATED}
            rows.append({"entry": data, "leaf": leaf_hash(data), **row})
        self.connection.execute(insert(tables.audit), rows)
