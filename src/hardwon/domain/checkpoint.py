"""Checkpoints: what a workspace says, and signs, of its trail: so many entries, and this root.

The text forms are those of C2SP: a checkpoint (c2sp.org/tlog-checkpoint) is a signed note
(c2sp.org/signed-note); a proof that it holds an entry is a c2sp.org/tlog-proof; a proof that it goes on
from an older one is what a c2sp.org/tlog-witness is sent.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from hardwon.domain.errors import InputError

PROOF: Final = "c2sp.org/tlog-proof@v1"
"""The first line of a proof of one entry."""
_ED25519: Final = b"\x01"
_KEY: Final = 32
_HASH: Final = 32
_ID: Final = 4
_DASH: Final = "\u2014 "
_BETWEEN: Final = re.compile(r"^(\u2014 .*)\n+(?!\u2014 )(?=.)", re.MULTILINE)
"""Where a note ends and the next one begins."""
_LARGEST: Final = 2**62
_LINES: Final = 3
_FIX: Final = "Give the text as `hardwon audit checkpoint` printed it."


class Checkpoint(msgspec.Struct, frozen=True):
    """How many entries the trail of `origin` has, and the root of the tree over them."""

    origin: str
    size: int
    root: bytes


class Signature(NamedTuple):
    """One signature line of a note: the signer's name, the id of its key, and the signature."""

    name: str
    key: bytes
    signature: bytes


class SignedCheckpoint(NamedTuple):
    """A checkpoint as it was signed: the bytes that are signed, and by whom."""

    checkpoint: Checkpoint
    signed: bytes
    signatures: tuple[Signature, ...]


class VerifierKey(NamedTuple):
    """With what a signature is checked: the signer's name and the 32 public bytes."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature line names the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_ID]

    def __str__(self) -> str:
        """Return the key as c2sp.org/signed-note writes it: name, id and key."""
        return f"{self.name}+{self.id.hex()}+{_text(_ED25519 + self.public)}"


def key_of(public: bytes) -> VerifierKey:
    """Return the verifier key of a workspace with these public bytes, which give it its name."""
    return VerifierKey(f"hardwon/{hashlib.sha256(public).hexdigest()[:16]}", public)


def read_key(text: str) -> VerifierKey:
    """Read a verifier key as it is printed. Raises InputError for anything else."""
    name, _, rest = text.strip().partition("+")
    id_text, _, key_text = rest.partition("+")
    raw = _bytes(key_text)
    if raw is not None and raw[:1] == _ED25519 and len(raw) == _KEY + 1 and name:
        key = VerifierKey(name, raw[1:])
        if key.id.hex() == id_text:
            return key
    raise InputError("That is no verifier key.", fix="Give what `hardwon audit key` printed.")


def note_of(checkpoint: Checkpoint, key: VerifierKey, sign: Callable[[bytes], bytes]) -> str:
    """Return the checkpoint as a note that `sign` signs in the name of `key`."""
    body = f"{checkpoint.origin}\n{checkpoint.size}\n{_text(checkpoint.root)}\n"
    return f"{body}\n{_DASH}{key.name} {_text(key.id + sign(body.encode()))}\n"


def read_notes(text: str) -> tuple[SignedCheckpoint, ...]:
    """Read one signed checkpoint, or many one after the other, with or without empty lines between.

    Raises InputError for anything else, and for nothing.
    """
    parts = _BETWEEN.sub(r"\1\n\n", text).strip("\n").split("\n\n")
    if len(parts) % 2:
        raise InputError("That is no signed checkpoint.", fix=_FIX)
    return tuple(_read(body, lines) for body, lines in zip(parts[::2], parts[1::2], strict=True))


def _read(body: str, lines: str) -> SignedCheckpoint:
    said = body.split("\n")
    root = _bytes(said[2]) if len(said) >= _LINES else None
    if root is None or len(root) != _HASH or not said[0] or not _is_number(said[1]):
        raise InputError("That is no signed checkpoint.", fix=_FIX)
    signatures = tuple(_signature(line) for line in lines.split("\n"))
    checkpoint = Checkpoint(said[0], int(said[1]), root)
    return SignedCheckpoint(checkpoint, f"{body}\n".encode(), signatures)


def _signature(line: str) -> Signature:
    name, _, text = line.removeprefix(_DASH).partition(" ")
    raw = _bytes(text)
    if not line.startswith(_DASH) or raw is None or len(raw) <= _ID:
        raise InputError("That checkpoint's signature cannot be read.", fix=_FIX)
    return Signature(name, raw[:_ID], raw[_ID:])


def is_signed_by(
    note: SignedCheckpoint, key: VerifierKey, check: Callable[[bytes, bytes, bytes], bool]
) -> bool:
    """Tell whether `key` signed the checkpoint under its own name; `check` takes key, data, signature."""
    return note.checkpoint.origin == key.name and any(
        signature.name == key.name
        and signature.key == key.id
        and check(key.public, note.signed, signature.signature)
        for signature in note.signatures
    )


def inclusion_text(entry: bytes, index: int, path: Sequence[bytes], note: str, opening: bytes = b"") -> str:
    """Return the proof of one entry under a signed checkpoint. As its extra data it carries the entry and, on
    a line of its own, the values and salts that open what the entry commits to.
    """
    extra = b"\n".join((entry, opening)) if opening else entry
    lines = [PROOF, f"extra {_text(extra)}", f"index {index}", *map(_text, path)]
    return "\n".join(lines) + f"\n\n{note}"


def consistency_text(old_size: int, path: Sequence[bytes], note: str) -> str:
    """Return the proof that the signed checkpoint goes on from the tree of `old_size` entries."""
    return "\n".join([f"old {old_size}", *map(_text, path)]) + f"\n\n{note}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and str(int(text[:20])) == text and int(text) <= _LARGEST


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
