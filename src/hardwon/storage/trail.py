"""What every write leaves behind: revisions, audit entries, and events in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, insert

from hardwon.domain.audit import AuditEntry, canonical, leaf_hash
from hardwon.domain.commitment import NAMED_FOR_PEOPLE, commit, fresh_salt
from hardwon.domain.event import Event
from hardwon.domain.record import Record, RecordKind
from hardwon.domain.revision import KeptRevision
from hardwon.domain.sensitivity import withhold
from hardwon.storage import tables
from hardwon.storage.bulk import insert_rows
from hardwon.storage.clock import to_ms
from hardwon.storage.names import pseudonym_of

EVENT: Final = "event"
"""The kind of job that is an event."""
REPEATED: Final = ("at_ms", "actor", "verb", "kind", "record", "revision", "detail")
"""What an entry says or commits to and stands in columns too, plainly, so that the trail can be filtered."""
_ENCODER = msgspec.json.Encoder()


class WaitingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event in the outbox: what happened (`incident.moved`) to which records, and who is told."""

    topic: str
    records: tuple[str, ...]
    revision: int
    by: str
    text: str
    tell: tuple[str, ...] = ()


class Said(NamedTuple):
    """What one entry is to say, plainly; `digest` is the commitment to a revision, or empty."""

    verb: str
    kind: str
    record: str
    revision: int = 0
    detail: str = ""
    digest: str = ""


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
        self._pseudonyms: dict[str, str] = {}

    def keep(self, written: Sequence[Written], event: Event) -> None:
        """Append one revision and the audit entry that commits to it, for each record."""
        revisions, said = [], []
        for kind, record, row in written:
            salt = fresh_salt()
            revisions.append(
                {
                    "kind": kind,
                    "record": record.id,
                    "number": record.revision,
                    "at_ms": self.at_ms,
                    "by": self.actor,
                    "verb": event.verb,
                    "detail": event.detail,
                    "body": row["body"],
                    "salt": salt,
                }
            )
            digest = commit(salt, row["body"])
            said.append(Said(event.verb, kind, record.id, record.revision, event.detail, digest))
        self.connection.execute(insert(tables.revisions), revisions)
        self.append(said)

    def keep_history(self, written: Written, history: Sequence[KeptRevision]) -> None:
        """Append revisions as another workspace wrote them, each with an entry of this one."""
        kind, record, _ = written
        revisions, said = [], []
        for kept in history:
            salt = kept.salt or fresh_salt()
            revisions.append(
                {
                    "kind": kind,
                    "record": record.id,
                    "number": kept.number,
                    "at_ms": to_ms(kept.at),
                    "by": kept.by,
                    "verb": kept.verb,
                    "detail": kept.detail,
                    "body": kept.body,
                    "salt": salt,
                }
            )
            digest, detail = commit(salt, kept.body), f"{kept.verb} by {kept.by}"
            said.append(Said("imported", kind, record.id, kept.number, detail, digest))
        self.connection.execute(insert(tables.revisions), revisions)
        self.append(said)

    def note(self, written: Written, events: Sequence[Event]) -> None:
        """Append entries for further events of a revision that is kept already."""
        kind, record, _ = written
        if events:
            self.append([Said(one.verb, kind, record.id, record.revision, one.detail) for one in events])

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

    def _pseudonym(self, name: str) -> str:
        if name not in self._pseudonyms:
            self._pseudonyms[name] = pseudonym_of(self.connection, name)
        return self._pseudonyms[name]

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

    def append(self, said: Sequence[Said]) -> None:
        """Append entries: each commits to what names somebody or was worded freely, and says the rest."""
        if not said:
            return
        actor = self._pseudonym(self.actor)
        rows = []
        for one in said:
            salt = fresh_salt() if one.detail else None
            somebody = one.kind in NAMED_FOR_PEOPLE
            entry = AuditEntry(
                at_ms=self.at_ms,
                actor=actor,
                verb=one.verb,
                kind=one.kind,
                record=self._pseudonym(one.record) if somebody else one.record,
                revision=one.revision,
                detail=commit(salt, one.detail.encode()) if salt else "",
                body_sha256=one.digest,
                salted=1,
            )
            data = canonical(entry)
            rows.append(
                {
                    "entry": data,
                    "leaf": leaf_hash(data),
                    "at_ms": self.at_ms,
                    "actor": self.actor,
                    "verb": one.verb,
                    "kind": one.kind,
                    "record": one.record,
                    "revision": one.revision,
                    "detail": one.detail,
                    "salt": salt,
                }
            )
        insert_rows(self.connection, tables.audit, rows)
