"""What a witness signs: that it saw a checkpoint, and that the trail goes on from all it saw before.

The forms are those of c2sp.org/tlog-cosignature (version 1, Ed25519) and c2sp.org/tlog-witness.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from hardwon.domain.checkpoint import SignedCheckpoint, VerifierKey, read_notes
from hardwon.domain.errors import InputError

_TYPE: Final = b"\x04"
_KEY: Final = 32
_TIME: Final = 8
_ID: Final = 4
_MOST: Final = 64
"""Hashes that a proof holds at most: a tree of 2^63 entries has no longer one."""
_DASH: Final = "\u2014 "
_FIX: Final = "Send what c2sp.org/tlog-witness describes: `old`, the proof, an empty line, the checkpoint."


class WitnessKey(NamedTuple):
    """With what a cosignature is checked: the witness's name and its 32 public bytes."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a cosignature names the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _TYPE + self.public).digest()[:_ID]

    def __str__(self) -> str:
        """Return the key as it is printed and set."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_TYPE + self.public).decode()}"


class ToWitness(NamedTuple):
    """What a witness is asked to sign: a checkpoint, and the proof that it goes on from one of `old` entries."""

    old: int
    path: tuple[bytes, ...]
    note: SignedCheckpoint


def witness_key_of(key: VerifierKey) -> WitnessKey:
    """Return the key under which a workspace is a witness."""
    return WitnessKey(key.name, key.public)


def read_witness_key(text: str) -> WitnessKey:
    """Read a witness's key as it is printed. Raises InputError."""
    name, _, rest = text.strip().partition("+")
    id_text, _, key_text = rest.partition("+")
    raw = _decoded(key_text)
    if name and raw is not None and raw[:1] == _TYPE and len(raw) == _KEY + 1:
        key = WitnessKey(name, raw[1:])
        if key.id.hex() == id_text:
            return key
    raise InputError(
        "That is no witness's key.", fix="Give what `hardwon audit key --witness` printed there."
    )


def request_text(old: int, path: Sequence[bytes], note: str) -> str:
    """Return what a witness is sent."""
    hashes = [base64.b64encode(piece).decode() for piece in path]
    return "\n".join([f"old {old}", *hashes]) + f"\n\n{note}"


def read_request(text: str) -> ToWitness:
    """Read what a witness is sent. Raises InputError."""
    head, _, note = text.partition("\n\n")
    first, *hashes = head.split("\n")
    number = first.removeprefix("old ")
    path = [_decoded(line) for line in hashes]
    known = first.startswith("old ") and number.isascii() and number.isdigit() and len(number) <= 19  # noqa: PLR2004
    if not known or len(path) > _MOST or any(piece is None or len(piece) != _KEY for piece in path):
        raise InputError("That is nothing to witness.", fix=_FIX)
    notes = read_notes(note)
    if len(notes) != 1:
        raise InputError("That is more than one checkpoint.", fix=_FIX)
    return ToWitness(int(number), tuple(piece for piece in path if piece is not None), notes[0])


def cosign(note: SignedCheckpoint, key: WitnessKey, at: int, sign: Callable[[bytes], bytes]) -> str:
    """Return the line by which a witness signs a checkpoint at a time, in seconds since 1970."""
    signature = at.to_bytes(_TIME, "big") + sign(_message(note, at))
    return f"{_DASH}{key.name} {base64.b64encode(key.id + signature).decode()}\n"


def is_cosigned_by(
    note: SignedCheckpoint, line: str, key: WitnessKey, check: Callable[[bytes, bytes, bytes], bool]
) -> bool:
    """Tell whether a line is the witness's signature under this checkpoint; `check` takes key, data, signature."""
    name, _, text = line.strip("\n").removeprefix(_DASH).partition(" ")
    raw = _decoded(text)
    if not line.startswith(_DASH) or raw is None or name != key.name or raw[:_ID] != key.id:
        return False
    at = int.from_bytes(raw[_ID : _ID + _TIME], "big")
    return check(key.public, _message(note, at), raw[_ID + _TIME :])


def _message(note: SignedCheckpoint, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n".encode() + note.signed


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
