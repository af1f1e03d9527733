"""What entries commit to, laid beside them: names, details and revisions; and what was erased of these."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec
from sqlalchemy import select

from hardwon.domain.audit import AuditEntry
from hardwon.domain.commitment import NAMED_FOR_PEOPLE, KeptName, commit, stand_in
from hardwon.storage import tables
from hardwon.storage.findings import Findings
from hardwon.storage.names import iterate_names
from hardwon.storage.store import Reading

ERASED: Final = "erased"
"""The verb of an entry that something was erased: a `name`, an `entry`'s detail, or text of a revision."""
_ENTRY: Final = msgspec.json.Decoder(AuditEntry)
_PLAIN: Final = ("actor", "record", "detail")
_SAID: Final = ("at_ms", "verb", "kind", "revision")


class Line(msgspec.Struct, frozen=True):
    """One row of the trail: its place or number, its bytes, and the columns beside them."""

    key: int
    entry: bytes
    leaf: bytes
    at_ms: int
    actor: str
    verb: str
    kind: str
    record: str
    revision: int
    detail: str
    salt: bytes | None


LINE: Final = tuple(tables.audit.c[name] for name in Line.__struct_fields__[1:])
"""The columns of a line, its key left out."""


class Openings:
    """The names behind the trail's pseudonyms, and what was erased, read once before the trail is."""

    def __init__(self, reading: Reading, found: Findings) -> None:
        """Read both; a name that is not its pseudonym's is a finding."""
        self.rewritten: dict[tuple[str, str, int], str] = {}
        self.erasures: list[str] = []
        self._erased: set[tuple[str, str]] = set()
        self._read_erasures(reading)
        self._names: dict[str, str] = {}
        for known in iterate_names(reading.connection):
            self._names[known.name] = known.pseudonym
            if not self._holds(known):
                found.add(f"the name {known.name} is not the one that its pseudonym stands for")

    def _read_erasures(self, reading: Reading) -> None:
        table = tables.audit
        columns = (table.c.entry, table.c.record, table.c.actor, table.c.detail)
        query = select(*columns).where(table.c.verb == ERASED).order_by(table.c.id)
        for row in reading.connection.execute(query):
            try:
                entry = _ENTRY.decode(row.entry)
            except msgspec.DecodeError:
                continue
            if entry.verb == ERASED:
                self._erased.add((entry.kind, entry.record))
            if entry.verb == ERASED and entry.body_sha256:
                self.rewritten[entry.kind, row.record, entry.revision] = entry.body_sha256
                told = f"revision {entry.revision} of {row.record} was rewritten"
                at = datetime.fromtimestamp(entry.at_ms / 1000, UTC)
                self.erasures.append(
                    f"{told} at {at:%Y-%m-%d %H:%M} UTC by {row.actor}: {row.detail or 'no reason'}"
                )

    def _holds(self, known: KeptName) -> bool:
        if known.salt is not None:
            return commit(known.salt, known.name.encode()) == known.pseudonym
        return known.name == stand_in(known.pseudonym) and ("name", known.pseudonym) in self._erased

    def fit(self, line: Line, entry: AuditEntry) -> bool:
        """Tell whether the columns beside an entry are what it says and commits to."""
        if any(getattr(line, name) != getattr(entry, name) for name in _SAID):
            return False
        if not entry.salted:
            return all(getattr(line, name) == getattr(entry, name) for name in _PLAIN)
        record = self._names.get(line.record) if line.kind in NAMED_FOR_PEOPLE else line.record
        if self._names.get(line.actor) != entry.actor or record != entry.record:
            return False
        if line.salt is not None:
            return commit(line.salt, line.detail.encode()) == entry.detail
        return not line.detail and (not entry.detail or ("entry", line.leaf.hex()) in self._erased)
