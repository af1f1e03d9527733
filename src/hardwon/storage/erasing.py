"""Erasing words or a person from all that is kept; the trail goes on to verify, and says what was erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, delete, insert, literal, or_, select, update

from hardwon.domain.audit import AuditEntry
from hardwon.domain.commitment import NAMED_FOR_PEOPLE, commit, fresh_salt, stand_in
from hardwon.domain.erasure import Eraser, Erasure, Found
from hardwon.domain.errors import InputError
from hardwon.domain.record import RecordKind, decode
from hardwon.domain.retention import Pruner
from hardwon.storage import tables
from hardwon.storage.feed import ERASURES
from hardwon.storage.names import forget, pseudonym_of
from hardwon.storage.openings import ERASED
from hardwon.storage.reported import clear_reported, find_reported
from hardwon.storage.rows import TABLES, row_of
from hardwon.storage.sides import advance
from hardwon.storage.trail import Said
from hardwon.storage.transaction import Transaction

_BATCH: Final = 1_000
_TIMES: Final = frozenset({"at", "updated_at", "revision"})
"""Columns of a record's row that no erasing changes."""
_OF_PERSON: Final = (
    (tables.credentials, "person"),
    (tables.identities, "person"),
    (tables.sessions, "person"),
    (tables.invitations, "person"),
    (tables.calendars, "person"),
    (tables.notices, "reader"),
)
_FREE_TEXT: Final = (
    (tables.notices, "id", "text", "record"),
    (tables.questions, "id", "text", "artifact"),
    (tables.tokens, "id", "name", ""),
)
"""Texts outside records, with the key of their row and the column that names the record they are about."""
_ENTRY: Final = msgspec.json.Decoder(AuditEntry)


class _Rewritten(msgspec.Struct, frozen=True):
    """One revision as it is to be kept; `key` is how it is found now."""

    kind: RecordKind
    key: str
    record: str
    number: int
    by: str
    detail: str
    body: bytes | None


def person_stand_in(tx: Transaction, person: str) -> str:
    """Return the name that will stand in for a person."""
    return stand_in(pseudonym_of(tx.connection, person))


def find(connection: Connection, erasure: Erasure) -> Found:
    """Return where an erasure would find something; nothing is changed."""
    eraser = Eraser(erasure)
    touched = [one for one in _revisions(connection, eraser) if one.body is not None]
    details = list(_details(connection, eraser))
    texts = [one for table in _FREE_TEXT for one in _texts(connection, eraser, *table)]
    texts += find_reported(connection, eraser)
    return _found(eraser, [one.key for one in touched], len(touched), details, texts)


def erase(tx: Transaction, erasure: Erasure, reason: str) -> Found:
    """Erase, and return where: every revision that held it is kept anew, with an entry that commits to it.

    Raises InputError where the words stand in an id, a reference or another name, from which they cannot go.
    """
    connection, eraser = tx.connection, Eraser(erasure)
    why = eraser.note(reason)
    with _allowed(tx, why):
        touched = list(_revisions(connection, eraser))
        if eraser.stuck:
            raise InputError(
                f"The words are part of a name in {', '.join(eraser.stuck)}.",
                fix="Give a longer piece of the text, or rename that first.",
            )
        details = list(_details(connection, eraser))
        cleared = _clear_details(connection, details, why)
        said = [_forget_person(connection, erasure, why)] if erasure.person else []
        records = _rewrite(tx, touched, why)
        texts = [*_clear_texts(connection, eraser), *clear_reported(connection, eraser)]
        tx.append([*said, *cleared])
    return _found(eraser, records, sum(one.body is not None for one in touched), details, texts)


def _found(
    eraser: Eraser, records: Sequence[str], revisions: int, details: Sequence[Any], texts: Sequence[Any]
) -> Found:
    names = tuple(sorted(set(records)))
    about = {
        *names,
        *(row.record for row in details if row.kind in TABLES),
        *(about for _, _, about in texts),
    }
    return Found(
        records=names,
        revisions=revisions,
        entries=len(details),
        others=len(texts),
        reached=tuple(sorted(name for name in about if name)),
        stuck=tuple(eraser.stuck),
    )


def prune(tx: Transaction, incident: str, pruner: Pruner, reason: str) -> bool:
    """Let parts of an incident go in all its revisions; tell whether there was anything to let go."""
    kept = tables.revisions
    query = select(kept.c.number, kept.c.by, kept.c.detail, kept.c.body)
    query = query.where(kept.c.kind == "incident", kept.c.record == incident).order_by(kept.c.number)
    touched = [
        _Rewritten("incident", incident, incident, row.number, row.by, row.detail, body)
        for row in tx.connection.execute(query).all()
        if (body := pruner.body(bytes(row.body))) is not None
    ]
    if touched:
        with _allowed(tx, reason):
            _rewrite(tx, touched, reason)
    return bool(touched)


@contextmanager
def _allowed(tx: Transaction, reason: str) -> Iterator[None]:
    """Let what is append-only be changed in the block, by this transaction alone."""
    tx.connection.execute(insert(tables.erasing).values(actor=tx.actor, reason=reason))
    yield
    advance(tx.connection, ERASURES, 1)
    tx.connection.execute(delete(tables.erasing))


def _rewrite(tx: Transaction, touched: Sequence[_Rewritten], reason: str) -> tuple[str, ...]:
    """Keep revisions as they are to be, and their records with what is derived; return the records' ids."""
    said = [_keep(tx.connection, one, reason) for one in touched]
    rewritten = {(one.kind, one.key): one.record for one in touched if one.body is not None}
    for (kind, key), record in rewritten.items():
        _replace(tx, kind, key, record)
    tx.append([one for one in said if one])
    return tuple(sorted(set(rewritten.values())))


def _revisions(connection: Connection, eraser: Eraser) -> Iterator[_Rewritten]:
    """Yield every revision that an erasure changes, in its text or in who wrote it."""
    kept, erasure = tables.revisions, eraser.erasure
    query = select(kept.c.kind, kept.c.record, kept.c.number, kept.c.by, kept.c.detail, kept.c.body)
    ordered = query.order_by(kept.c.kind, kept.c.record, kept.c.number)
    for row in connection.execute(ordered).yield_per(_BATCH):
        own = row.kind == "person" and row.record == erasure.person
        by = erasure.stand_in if erasure.person and row.by == erasure.person else row.by
        detail = eraser.note(row.detail)
        body = eraser.body(row.kind, row.record, bytes(row.body))
        if body is not None or by != row.by or detail != row.detail:
            record = erasure.stand_in if own else row.record
            yield _Rewritten(row.kind, row.record, record, row.number, by, detail, body)


def _keep(connection: Connection, one: _Rewritten, reason: str) -> Said | None:
    """Keep a revision as it is to be; return the entry where its text changed."""
    kept = tables.revisions
    row: dict[str, Any] = {"record": one.record, "by": one.by, "detail": one.detail}
    said = None
    if one.body is not None:
        salt = fresh_salt()
        row |= {"body": one.body, "salt": salt}
        said = Said(ERASED, one.kind, one.record, one.number, reason, commit(salt, one.body))
    same = (kept.c.kind == one.kind, kept.c.record == one.key, kept.c.number == one.number)
    connection.execute(update(kept).where(*same).values(row))
    return said


def _replace(tx: Transaction, kind: RecordKind, key: str, name: str) -> None:
    """Make a record what its newest revision says now, with all that is derived from it."""
    connection, table, kept = tx.connection, TABLES[kind], tables.revisions
    newest = select(kept.c.body).where(kept.c.kind == kind, kept.c.record == name)
    body = bytes(connection.execute(newest.order_by(kept.c.number.desc()).limit(1)).scalar_one())
    record = decode(kind, body)
    row = {column: value for column, value in row_of(record, tx.at).items() if column not in _TIMES}
    connection.execute(update(table).where(table.c.id == key).values({**row, "body": body}))
    tx.derive(key, record)


def _details(connection: Connection, eraser: Eraser) -> Iterator[Any]:
    """Yield entries whose detail is to be erased, and that only commit to it."""
    table = tables.audit
    columns = (table.c.id, table.c.leaf, table.c.kind, table.c.record, table.c.detail)
    query = select(*columns).where(table.c.salt.is_not(None))
    for row in connection.execute(query.order_by(table.c.id)).yield_per(_BATCH):
        if eraser.note(row.detail) != row.detail:
            yield row


def _clear_details(connection: Connection, details: Sequence[Any], reason: str) -> list[Said]:
    table = tables.audit
    for row in details:
        connection.execute(update(table).where(table.c.id == row.id).values(detail="", salt=None))
    return [Said(ERASED, "entry", bytes(row.leaf).hex(), detail=reason) for row in details]


def _forget_person(connection: Connection, erasure: Erasure, reason: str) -> Said:
    """Forget whom a pseudonym stands for, and end every way in; return the entry that says so."""
    person = erasure.person
    known = forget(connection, person)
    table = tables.audit
    named = or_(table.c.actor == person, table.c.kind.in_(NAMED_FOR_PEOPLE) & (table.c.record == person))
    rows = connection.execute(
        select(table.c.id, table.c.entry, table.c.actor, table.c.record).where(named)
    ).all()
    for row in rows:
        if _ENTRY.decode(row.entry).salted:
            actor = known.name if row.actor == person else row.actor
            record = known.name if row.record == person else row.record
            connection.execute(update(table).where(table.c.id == row.id).values(actor=actor, record=record))
    for owned, column in _OF_PERSON:
        connection.execute(delete(owned).where(owned.c[column] == person))
    typed = [f"person:{word.lower()}" for word in (person, *erasure.words)]
    connection.execute(delete(tables.attempts).where(tables.attempts.c.key.in_(typed)))
    return Said(ERASED, "name", known.pseudonym, detail=reason)


def _texts(
    connection: Connection, eraser: Eraser, table: Table, key: str, column: str, about: str
) -> Iterator[tuple[Any, str, str]]:
    """Yield the key, the new text and the record of each row that holds what is erased."""
    record = table.c[about] if about else literal("")
    for row in connection.execute(select(table.c[key], table.c[column], record)).yield_per(_BATCH):
        if (changed := eraser.note(row[1])) != row[1]:
            yield row[0], changed, row[2]


def _clear_texts(connection: Connection, eraser: Eraser) -> list[tuple[Any, str, str]]:
    """Erase from texts that are no records, and from the outbox; return those that held it."""
    cleared = []
    for table, key, column, about in _FREE_TEXT:
        found = list(_texts(connection, eraser, table, key, column, about))
        cleared += found
        for name, changed, _ in found:
            connection.execute(update(table).where(table.c[key] == name).values({column: changed}))
    jobs = tables.jobs
    for row in connection.execute(select(jobs.c.id, jobs.c.key, jobs.c.payload)).all():
        told = msgspec.json.decode(row.payload)
        changed, known = eraser.strings(told), row.key and eraser.note(row.key)
        if changed != told or known != row.key:
            kept = {"payload": msgspec.json.encode(changed), "key": known}
            connection.execute(update(jobs).where(jobs.c.id == row.id).values(kept))
    return cleared
