"""The audit trail: canonical entries and the RFC 6962 tree over them.

Hashes follow RFC 6962 section 2.1: leaf = SHA-256(0x00 || entry), node = SHA-256(0x01 || left ||
right), the root of nothing = SHA-256("").
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted")


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to which record, and the revision it led to. Only integers and strings.

    `body_sha256` commits to the revision's encoding without holding its text. Where `salted` is 1 that, the
    `actor`, the `detail` and the name of a `record` that is somebody are salted commitments (`commitment.py`);
    entries of earlier versions hold them plainly.
    """

    at_ms: int
    actor: str
    verb: str
    kind: str
    record: str
    revision: int
    detail: str = ""
    body_sha256: str = ""
    salted: int = 0


class TrailFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What of the trail is asked for; empty asks for all. Days are UTC, the last one included."""

    actor: str = ""
    kind: str = ""
    record: str = ""
    verb: str = ""
    since: date | None = None
    until: date | None = None


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


def inclusion_ranges(index: int, size: int) -> tuple[tuple[int, int], ...]:
    """Return the subtrees, as leaf ranges, that prove leaf `index` (RFC 6962 section 2.1.1), nearest first."""
    start, end = 0, size
    found = []
    while end - start > 1:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < split:
            found.append((split, end))
            end = split
        else:
            found.append((start, split))
            start = split
    return tuple(reversed(found))


def consistency_ranges(old: int, new: int) -> tuple[tuple[int, int], ...]:
    """Return the subtrees that prove that the tree of `new` leaves goes on from that of `old` (section 2.1.2)."""
    start, end = 0, new
    found = []
    while 0 < old < end:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if old <= split:
            found.append((split, end))
            end = split
        else:
            found.append((start, split))
            start = split
    if start:
        found.append((start, end))
    return tuple(reversed(found))


def inclusion_path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the audit path of leaf `index`, nearest sibling first."""
    return tuple(root_of(leaves[start:end]) for start, end in inclusion_ranges(index, len(leaves)))


def consistency_path(leaves: Sequence[bytes], old: int) -> tuple[bytes, ...]:
    """Return the proof that these leaves go on from the first `old` of them."""
    return tuple(root_of(leaves[start:end]) for start, end in consistency_ranges(old, len(leaves)))


def starts_of(size: int) -> tuple[int, ...]:
    """Return where each perfect subtree of a frontier of `size` leaves starts, largest first."""
    starts, start = [], 0
    for bit in reversed(range(size.bit_length())):
        if size >> bit & 1:
            starts.append(start)
            start += 1 << bit
    return tuple(starts)


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


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Tell whether the path proves that the tree of `new` goes on from that of `old` (RFC 9162)."""
    if not 0 < old < new:
        return old <= new and not path and (old == 0 or old_root == new_root)
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
