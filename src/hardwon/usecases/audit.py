"""The audit trail: place new leaves in the tree, sign it, prove what it holds, verify all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources
from typing import NamedTuple

from msgspec import json

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor
from hardwon.domain.audit import AuditEntry, leaf_hash, verify_consistency, verify_inclusion
from hardwon.domain.checkpoint import (
    SignedCheckpoint,
    VerifierKey,
    consistency_text,
    inclusion_text,
    is_signed_by,
    key_of,
    read_key,
    read_notes,
)
from hardwon.domain.errors import InputError, NotFoundError, UnavailableError
from hardwon.storage import checkpoints
from hardwon.storage.audit_check import Claim
from hardwon.storage.audit_log import AuditReport
from hardwon.storage.audit_log import sequence as sequence_leaves
from hardwon.storage.audit_log import verify as verify_log
from hardwon.storage.checkpoints import StoredCheckpoint
from hardwon.storage.keys import is_signed, open_key
from hardwon.storage.proofs import find_entry, prove_consistency, prove_inclusion
from hardwon.storage.store import Reading
from hardwon.usecases.app import App


class _Newest(NamedTuple):
    note: str
    size: int
    root: bytes


def sequence(app: App) -> int:
    """Place committed leaves in the tree and return how many; for the worker and after commands."""
    return sequence_leaves(app.store, app.now())


def checkpoint(app: App, *, at_once: bool = False) -> bool:
    """Sign the tree where it grew: once a minute, when a review was closed, or at once; tell whether it was.

    Raises UnavailableError where the trail is not the one that was signed last, or cannot be anchored.
    """
    settings = app.settings
    key = open_key(settings.home)
    return checkpoints.sign(app.store, key, app.now(), at_once=at_once, anchor=settings.anchor)


def get_checkpoint(app: App, actor: Actor) -> str:
    """Return the newest signed checkpoint. Raises ForbiddenError, NotFoundError before the first."""
    authorise(actor, "read")
    with app.store.read(None) as reading:
        return _newest(reading).note


def get_key(app: App, actor: Actor) -> str:
    """Return the public key that the workspace's checkpoints are checked with. Raises ForbiddenError."""
    authorise(actor, "read")
    return str(_own_key(app))


def get_verifier() -> str:
    """Return the program that checks exports and proofs without Hardwon."""
    return resources.files("hardwon.exchange").joinpath("verifier.py").read_text("utf-8")


def prove(app: App, actor: Actor, name: str) -> str:
    """Return the proof that an entry is in the signed trail: by its number, a record's newest one, or that
    of a revision as `INC-0042@3`.

    Raises ForbiddenError, NotFoundError, UnavailableError where the stored trail proves nothing.
    """
    authorise(actor, "administer")
    record, _, revision = name.rpartition("@") if name.rpartition("@")[2].isdecimal() else (name, "", "")
    with app.store.read(None) as reading:
        found = find_entry(reading, record or name, int(revision[:9]) if record and revision else None)
        newest = _newest(reading)
        if found.position >= newest.size:
            raise NotFoundError(f"The entry about {name} is not signed yet.", fix="Try again in a minute.")
        path = prove_inclusion(reading.connection, found.position, newest.size)
    if not verify_inclusion(leaf_hash(found.entry), found.position, newest.size, path, newest.root):
        raise _rewritten()
    salted = json.decode(found.entry, type=AuditEntry).salted
    opening = json.encode(found.opening) if salted else b""
    return inclusion_text(found.entry, found.position, path, newest.note, opening)


def prove_since(app: App, actor: Actor, held: str) -> str:
    """Return the proof that the signed trail goes on from the last checkpoint in a text.

    Raises ForbiddenError, InputError, UnavailableError where it does not go on from it.
    """
    authorise(actor, "administer")
    old = read_notes(held)[-1].checkpoint
    with app.store.read(None) as reading:
        newest = _newest(reading)
        if old.size > newest.size:
            raise InputError(
                f"That checkpoint is of {old.size} entries; {newest.size} are signed here.",
                fix="Run `hardwon audit verify --checkpoint`: the trail may have been cut.",
            )
        path = prove_consistency(reading.connection, old.size, newest.size)
    if not verify_consistency(old.size, newest.size, path, old.root, newest.root):
        raise _rewritten()
    return consistency_text(old.size, path, newest.note)


def verify(app: App, actor: Actor, *, held: str | None = None, keys: Sequence[str] = ()) -> AuditReport:
    """Recompute the whole trail and name what does not fit.

    `held` are checkpoints put aside earlier: the trail must still begin with what they sign, under one
    of `keys`, else under the workspace's own. Raises ForbiddenError, InputError.
    """
    authorise(actor, "administer")
    own = _own_key(app)
    given = tuple(read_key(text) for text in keys)
    notes = () if held is None else read_notes(held)
    told = list(_unsigned(notes, given or (own,), "the checkpoint you hold"))
    claims = [Claim(note.checkpoint.size, note.checkpoint.root, "the checkpoint you hold") for note in notes]
    with app.store.read(None) as reading:
        kept = tuple(_kept(reading))
        return verify_log(reading, claims, [*told, *_unsigned(kept, (own, *given), "the checkpoint")])


def _kept(reading: Reading) -> Iterator[SignedCheckpoint]:
    """Yield the kept checkpoints that can be read; the others are a finding of the log."""
    for stored in checkpoints.iterate(reading):
        try:
            yield from read_notes(stored.note)
        except InputError:
            continue


def _unsigned(notes: Sequence[SignedCheckpoint], keys: Sequence[VerifierKey], who: str) -> Iterator[str]:
    for note in notes:
        if not any(is_signed_by(note, key, is_signed) for key in keys):
            yield f"{who} of {note.checkpoint.size} entries is not signed by the key"


def _own_key(app: App) -> VerifierKey:
    return key_of(open_key(app.settings.home).public)


def _newest(reading: Reading) -> _Newest:
    stored: StoredCheckpoint | None = checkpoints.newest(reading)
    if stored is None:
        raise NotFoundError(
            "Nothing is signed yet.", fix="Write something, then run `hardwon worker --once`."
        )
    said = read_notes(stored.note)[0].checkpoint
    return _Newest(stored.note, said.size, said.root)


def _rewritten() -> UnavailableError:
    return UnavailableError(
        "The trail is not the one that was signed: there is nothing to prove.",
        fix="Run `hardwon audit verify`, and compare with a backup.",
    )
