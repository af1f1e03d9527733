"""Anchors outside: checkpoints are sent to an address and to a witness; and this workspace is one for others.

No audit entry comes of it: two workspaces that witness each other would write entries for ever. The signed
notes are the record.
"""

from __future__ import annotations

from datetime import datetime
from http.client import HTTPException
from typing import Final

from hardwon.domain.access import authorise
from hardwon.domain.actor import Actor, system
from hardwon.domain.audit import verify_consistency
from hardwon.domain.checkpoint import is_signed_by, key_of, read_key, read_notes
from hardwon.domain.cosignature import (
    cosign,
    is_cosigned_by,
    read_request,
    read_witness_key,
    request_text,
    witness_key_of,
)
from hardwon.domain.errors import (
    ForbiddenError,
    NotFoundError,
    RuleError,
    UnavailableError,
    WitnessConflictError,
)
from hardwon.exchange.outbound import Egress, RefusedError, Reply, send
from hardwon.storage import checkpoints, witnesses
from hardwon.storage.checkpoints import StoredCheckpoint
from hardwon.storage.keys import is_signed, open_key
from hardwon.storage.proofs import prove_consistency
from hardwon.storage.sides import advance, stands_at
from hardwon.usecases.app import App

MAX_REQUEST: Final = 64 * 1024
"""Bytes of what a witness is sent at most."""
_EVERY: Final = 60
"""Seconds between two tries."""
_ANCHORED: Final = "anchored"
_TRIED: Final = "anchor_tried"
_OK: Final = 200
_CONFLICT: Final = 409


def get_witness_key(app: App, actor: Actor) -> str:
    """Return the key under which this workspace is a witness. Raises ForbiddenError."""
    authorise(actor, "read")
    return str(witness_key_of(key_of(open_key(app.settings.home).public)))


def witness(app: App, text: str) -> str:
    """Sign another workspace's checkpoint, once it is seen to go on from the one signed last; return the line.

    Whoever holds a key of `witness_for` may ask. Raises InputError, NotFoundError for a workspace that is not
    listed, ForbiddenError for another's signature, WitnessConflictError where the proof starts elsewhere than at
    what was seen last, RuleError where the trail does not go on from that.
    """
    asked = read_request(text)
    said = asked.note.checkpoint
    keys = {
        key.name: key for key in (read_key(one) for one in app.settings.witness_for.split(",") if one.strip())
    }
    key = keys.get(said.origin)
    if key is None:
        raise NotFoundError("This is no witness for that workspace.", fix="List its key under witness_for.")
    if not is_signed_by(asked.note, key, is_signed):
        raise ForbiddenError(
            "The checkpoint is not signed by that workspace.", fix="Send it as it was signed."
        )
    own = open_key(app.settings.home)
    now = app.now()
    with app.store.begin(system(), now) as tx:
        seen = witnesses.seen_of(tx, said.origin)
        size, root = (seen.size, seen.root) if seen else (0, b"")
        if asked.old != size:
            raise WitnessConflictError(size)
        if said.size < 1 or not verify_consistency(size, said.size, asked.path, root, said.root):
            raise RuleError("The trail does not go on from what was seen.", fix="Verify it against a backup.")
        witnesses.put_seen(tx, said)
    return cosign(asked.note, witness_key_of(key_of(own.public)), int(now.timestamp()), own.sign)


def hand_out(app: App) -> bool:
    """Send the newest checkpoint where it was not sent yet, once a minute at most; tell whether something went.

    Raises UnavailableError where it could not be sent, or the witness knows another trail.
    """
    settings, now = app.settings, app.now()
    if not settings.anchor_url and not settings.witness_url:
        return False
    with app.store.read(None) as reading:
        newest = checkpoints.newest(reading)
        connection = reading.connection
        anchored = not settings.anchor_url or (newest and stands_at(connection, _ANCHORED) >= newest.size)
        cosigned = not settings.witness_url or (newest and witnesses.cosigned_size(reading) >= newest.size)
        waits = now.timestamp() - stands_at(connection, _TRIED) < _EVERY
    if newest is None or waits or (anchored and cosigned):
        return False
    _set(app, _TRIED, int(now.timestamp()), now)
    if not anchored:
        _anchor(app, newest)
        _set(app, _ANCHORED, newest.size, now)
    if not cosigned:
        _ask_witness(app, newest)
    return True


def _set(app: App, counter: str, value: int, now: datetime) -> None:
    with app.store.begin(system(), now) as tx:
        advance(tx.connection, counter, value - stands_at(tx.connection, counter))


def _anchor(app: App, newest: StoredCheckpoint) -> None:
    reply = _post(app, app.settings.anchor_url, newest.note)
    if not _OK <= reply.status < _OK + 100:
        raise UnavailableError(
            f"{app.settings.anchor_url} answers {reply.status} to a checkpoint.", fix="Correct anchor_url."
        )


def _ask_witness(app: App, newest: StoredCheckpoint) -> None:
    """Let the witness sign the newest checkpoint, and keep its signature. Raises UnavailableError."""
    address = app.settings.witness_url.rstrip("/") + "/add-checkpoint"
    with app.store.read(None) as reading:
        known = witnesses.cosigned_size(reading)
    reply = _post(app, address, _request(app, known, newest))
    if reply.status == _CONFLICT:
        told = reply.body.decode("ascii", "replace").strip()
        known = int(told[:19]) if told.isdigit() else 0
        if known > newest.size:
            raise UnavailableError(
                f"The witness knows {known} entries of this trail, {newest.size} are here: it was set back.",
                fix="Compare with your backups, and bring the longest one back.",
            )
        reply = _post(app, address, _request(app, known, newest))
    if reply.status != _OK:
        raise UnavailableError(
            f"The witness answers {reply.status}: it did not sign.",
            fix="Let it list this workspace's key (`hardwon audit key`) under witness_for, then verify the trail.",
        )
    line = reply.body.decode("utf-8", "replace")
    if not is_cosigned_by(
        read_notes(newest.note)[0], line, read_witness_key(app.settings.witness_key), is_signed
    ):
        raise UnavailableError("The witness's signature does not hold.", fix="Correct witness_key.")
    with app.store.begin(system(), app.now()) as tx:
        witnesses.put_cosignature(tx, newest.size, line)


def _request(app: App, known: int, newest: StoredCheckpoint) -> str:
    with app.store.read(None) as reading:
        path = prove_consistency(reading.connection, known, newest.size) if known else ()
    return request_text(known, path, newest.note)


def _post(app: App, address: str, text: str) -> Reply:
    egress = Egress(allowed=app.settings.reachable, most=MAX_REQUEST)
    headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "hardwon"}
    try:
        return send("POST", address, egress, body=text.encode(), headers=headers)
    except (RefusedError, OSError, HTTPException) as error:
        raise UnavailableError(
            f"A checkpoint cannot be sent to {address}: {error}.",
            fix="Correct the address, or name its host under egress_allow.",
        ) from error
