"""The audit trail: canonical entries and the RFC 6962 tree over them.

Hashes follow RFC 6962 section 2.1: leaf = SHA-256(0x00 || entry), node = SHA-256(0x01 || left ||
right), the root of nothing = SHA-256("").
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted")


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to which record, and the revision it led to. Only integers and strings.

    `body_sha256` commits to the revision's encoding without holding its text.
    """

    at_ms: int
    actor: str
    verb: str
    kind: str
    record: str
    revision: int
    detail: str = ""
    body_sha256: str = ""


def canonical(entry: AuditEntry) -> bytes:
    """Return the entry's one byte form: JSON with sorted keys, no spaces, UTF-8."""
    return _ENCODER.encode(entry)


def leaf_hash(data: bytes) -> bytes:
    """Return the RFC 6962 leaf hash of an entry's bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the RFC 6962 hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier(msgspec.Struct, frozen=True):
    """The right edge of a tree of `size` leaves: the roots of its perfect subtrees, largest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()


def append(frontier: Frontier, leaf: bytes) -> Frontier:
    """Return the frontier with one more leaf hash."""
    hashes = [*frontier.hashes, leaf]
    size = frontier.size
    while size & 1:
        right = hashes.pop()
        hashes.append(node_hash(hashes.pop(), right))
        size >>= 1
    return Frontier(frontier.size + 1, tuple(hashes))


def root(frontier: Frontier) -> bytes:
    """Return the tree's root hash."""
    if not frontier.hashes:
        return hashlib.sha256(b"").digest()
    value = frontier.hashes[-1]
    for left in reversed(frontier.hashes[:-1]):
        value = node_hash(left, value)
    return value


def inclusion_path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the audit path of leaf `index` (RFC 6962 section 2.1.1), nearest sibling first."""
    if len(leaves) <= 1:
        return ()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < split:
        return (*inclusion_path(leaves[:split], index), root_of(leaves[split:]))
    return (*inclusion_path(leaves[split:], index - split), root_of(leaves[:split]))


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = append(frontier, leaf)
    return root(frontier)


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Tell whether the path proves leaf `index` in the tree of `size` with that root (RFC 9162)."""
    if index >= size:
        return False
    position, last, value = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            value = node_hash(sibling, value)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            value = node_hash(value, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and value == expected
