"""Recomputing the trail: entries against leaves, the tree, the revisions and the records' state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import and_, func, literal, or_, select

from hardwon.domain.audit import AuditEntry, Frontier, append, leaf_hash, root
from hardwon.domain.checkpoint import read_notes
from hardwon.domain.commitment import commit
from hardwon.domain.errors import InputError
from hardwon.storage import tables
from hardwon.storage.findings import Findings
from hardwon.storage.openings import ERASED, LINE, Line, Openings
from hardwon.storage.rows import TABLES
from hardwon.storage.store import Reading

_BATCH: Final = 1_000
_MOST: Final = 100
_ENTRY = msgspec.json.Decoder(AuditEntry)


class Claim(NamedTuple):
    """That the trail of `size` entries had this root, and who says so."""

    size: int
    root: bytes
    who: str


def kept_claims(reading: Reading, found: Findings) -> list[Claim]:
    """Return what the kept checkpoints say."""
    table, claims = tables.checkpoints, []
    for size, note in reading.connection.execute(select(table.c.size, table.c.note)):
        try:
            said = read_notes(note)[0].checkpoint
        except InputError:
            found.add(f"the checkpoint of {size} entries cannot be read")
            continue
        if said.size != size:
            found.add(f"the checkpoint of {size} entries was replaced by one of {said.size}")
        claims.append(Claim(said.size, said.root, "the checkpoint"))
    return claims


def check_entries(reading: Reading, found: Findings, claims: Sequence[Claim]) -> tuple[Frontier, int]:
    """Recompute the tree over the placed entries, and compare what is claimed of it.

    Returns its frontier and how many revisions the entries commit to.
    """
    frontier, committed = Frontier(), 0
    said: dict[int, list[Claim]] = {}
    recorded, openings = _recorded(reading), Openings(reading, found)
    for claim in (*recorded, *claims):
        said.setdefault(claim.size, []).append(claim)
    for lines in _placed(reading):
        for line in lines:
            if line.key != frontier.size:
                found.add(f"position {frontier.size} is missing: an entry was removed or moved")
                return frontier, committed
            leaf = leaf_hash(line.entry)
            if leaf != line.leaf:
                found.add(f"entry {line.key} was changed after it was written")
            frontier = append(frontier, leaf)
            _compare_root(frontier, said.get(frontier.size, ()), found)
            if found.full:
                return frontier, committed
        committed += _check_revisions(reading, lines, openings, found)
    _compare_size(frontier.size, recorded, claims, found)
    return frontier, committed


def _compare_root(frontier: Frontier, said: Sequence[Claim], found: Findings) -> None:
    for claim in said:
        if claim.root != root(frontier):
            found.add(f"{claim.who} of {claim.size} entries has another root: they were rewritten")


def _compare_size(size: int, recorded: Sequence[Claim], claims: Sequence[Claim], found: Findings) -> None:
    largest = max((claim.size for claim in recorded), default=0)
    if largest != size:
        found.add(f"{largest} entries were recorded, {size} are there")
    for claim in claims:
        if claim.size > size:
            found.add(f"{claim.who} is of {claim.size} entries, {size} are there: the trail was cut")


def check_waiting(reading: Reading, found: Findings) -> tuple[int, int]:
    """Check entries that wait for their place; return how many, and how many revisions they name."""
    table = tables.audit
    openings = Openings(reading, Findings())
    last, waiting, committed = 0, 0, 0
    while not found.full:
        query = (
            select(table.c.id, *LINE)
            .where(table.c.position.is_(None), table.c.id > last)
            .order_by(table.c.id)
            .limit(_BATCH)
        )
        lines = [Line(*row) for row in reading.connection.execute(query)]
        for line in lines:
            if leaf_hash(line.entry) != line.leaf:
                found.add("an entry that waits for its place was changed")
        committed += _check_revisions(reading, lines, openings, found)
        waiting += len(lines)
        if len(lines) < _BATCH:
            break
        last = lines[-1].key
    return waiting, committed


def check_states(reading: Reading, found: Findings, committed: int) -> None:
    """Check that every revision has its entry, and every record is what its newest revision says."""
    if found.full:
        return
    kept = tables.revisions
    there = int(reading.connection.scalar(select(func.count()).select_from(kept)) or 0)
    if there > committed:
        found.add(f"{there - committed} revisions have no entry")
    for kind, table in TABLES.items():
        if table is tables.artifacts and kind != "note":
            continue
        name = table.c.kind if table is tables.artifacts else literal(kind)
        query = (
            select(table.c.id)
            .outerjoin(
                kept,
                and_(
                    kept.c.kind == name,
                    kept.c.record == table.c.id,
                    kept.c.number == table.c.revision,
                ),
            )
            .where(or_(kept.c.body.is_(None), kept.c.body != table.c.body))
            .limit(_MOST)
        )
        for record in reading.connection.scalars(query):
            found.add(f"{record} is not what its newest revision says")
    _check_newest(reading, found)


def _check_newest(reading: Reading, found: Findings) -> None:
    """Find records whose state was set back or dropped while later revisions stand."""
    kept = tables.revisions
    for kind, table in TABLES.items():
        query = (
            select(kept.c.record)
            .outerjoin(table, table.c.id == kept.c.record)
            .where(
                kept.c.kind == kind,
                or_(table.c.id.is_(None), kept.c.number > table.c.revision),
            )
            .distinct()
            .limit(_MOST)
        )
        for record in reading.connection.scalars(query):
            found.add(f"{kind} {record} is older than its newest revision, or gone")


def _recorded(reading: Reading) -> list[Claim]:
    tree = tables.audit_tree
    rows = reading.connection.execute(select(tree.c.size, tree.c.root))
    return [Claim(row.size, bytes(row.root), "the recorded tree") for row in rows]


def _placed(reading: Reading) -> Iterator[list[Line]]:
    table = tables.audit
    last = -1
    while True:
        query = (
            select(table.c.position, *LINE)
            .where(table.c.position > last)
            .order_by(table.c.position)
            .limit(_BATCH)
        )
        lines = [Line(*row) for row in reading.connection.execute(query)]
        if lines:
            yield lines
        if len(lines) < _BATCH:
            return
        last = lines[-1].key


class _Expected(NamedTuple):
    """What an entry says of a revision: its commitment, and the line it stands in."""

    digest: str
    salted: bool
    line: Line


def _check_revisions(reading: Reading, lines: Sequence[Line], openings: Openings, found: Findings) -> int:
    """Compare what entries say and commit to with what is kept; return how many revisions they name."""
    expected: dict[tuple[str, str, int], _Expected] = {}
    count = 0
    for line in lines:
        try:
            entry = _ENTRY.decode(line.entry)
        except msgspec.DecodeError:
            found.add("an entry cannot be read")
            continue
        if not openings.fit(line, entry):
            found.add(f"the columns beside an entry about {line.record} say something else")
        if entry.body_sha256 and entry.verb != ERASED:
            count += 1
            key = (line.kind, line.record, line.revision)
            rewritten = openings.rewritten.get(key)
            said = _Expected(rewritten or entry.body_sha256, bool(rewritten or entry.salted), line)
            if expected.setdefault(key, said).digest != said.digest:
                found.add(f"two entries say what revision {line.revision} of {line.record} is")
    for kind in {kind for kind, _, _ in expected}:
        _compare(reading, kind, expected, found)
    for _, record, number in expected:
        found.add(f"revision {number} of {record} is gone")
    return count


def _compare(
    reading: Reading, kind: str, expected: dict[tuple[str, str, int], _Expected], found: Findings
) -> None:
    """Compare the revisions of one kind, and take those that are there out of `expected`."""
    keys = [key for key in expected if key[0] == kind]
    numbers = [number for _, _, number in keys]
    kept = tables.revisions
    query = select(kept).where(
        kept.c.kind == kind,
        kept.c.record.in_(sorted({record for _, record, _ in keys})),
        kept.c.number.between(min(numbers), max(numbers)),
    )
    for row in reading.connection.execute(query):
        said = expected.pop((kind, row.record, row.number), None)
        if said is None:
            continue
        if digest_of(row.body, row.salt, salted=said.salted) != said.digest:
            found.add(f"revision {row.number} of {row.record} is not what was written")
        if not _tells_alike(said.line, row):
            found.add(f"who wrote revision {row.number} of {row.record}, and when, was changed")


def _tells_alike(line: Line, row: Any) -> bool:
    """Tell whether a revision names its writer, time, verb and detail as its entry does; one that was imported keeps
    those of where it came from, which its entry's detail names. What was erased beside the entry cannot be compared.
    """
    if line.verb == "imported":
        same = not line.detail or row.verb == "imported" or line.detail == f"{row.verb} by {row.by}"
        return same or (row.by == line.actor and row.detail == line.detail)
    if (row.at_ms, row.verb, row.by) != (line.at_ms, line.verb, line.actor):
        return False
    return row.detail == line.detail or not line.detail


def digest_of(body: bytes, salt: bytes | None, *, salted: bool) -> str:
    """Return what an entry says of a revision; entries of earlier versions commit without a salt."""
    if salted:
        return commit(bytes(salt or b""), body)
    return hashlib.sha256(body).hexdigest()


def check_outside(reading: Reading, found: Findings, known: int) -> None:
    """Find entries at no place of the tree, and an erasure that left its door open."""
    table = tables.audit
    there = int(reading.connection.scalar(select(func.count()).select_from(table)) or 0)
    if there != known:
        found.add(f"{there - known} entries stand outside the tree")
    if reading.connection.scalar(select(func.count()).select_from(tables.erasing)):
        found.add("the door that erasing opens was left open: what is append-only can be changed")
