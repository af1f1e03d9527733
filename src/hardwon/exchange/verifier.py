"""Checks what a Hardwon workspace gave out, without Hardwon: one file, nothing but Python 3.10 itself.

    python verify.py EXPORT_OR_PROOF --key KEY [--checkpoint OLD [--keep]] [--witness KEY]

EXPORT_OR_PROOF is the folder of `hardwon export`, or a file that `hardwon audit prove` wrote. KEY is what
`hardwon audit key` printed, kept where the workspace's owner cannot change it. OLD is a checkpoint, or a
file of many, that was put aside earlier; the trail must still begin with what was signed then. --keep adds
what was verified to OLD, so that a machine which does this again and again is a witness. With --witness the
checkpoint must bear the signature of that witness too: `hardwon audit key --witness`, asked there.

Read it before you trust it. Trees and proofs are those of RFC 6962 and RFC 9162, signatures those of RFC
8032 (Ed25519), notes and proofs those of c2sp.org/signed-note, tlog-checkpoint, tlog-proof, tlog-witness,
tlog-cosignature.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

# --- Ed25519, RFC 8032 section 5.1: points in extended coordinates (X, Y, Z, T), x = X/Z, y = Y/Z, x*y = T/Z ---

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME
Point = tuple[int, int, int, int]


def add(one: Point, two: Point) -> Point:
    """Return the sum of two points (section 5.1.4)."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % PRIME
    b = (one[1] + one[0]) * (two[1] + two[0]) % PRIME
    c = 2 * one[3] * two[3] * CURVE % PRIME
    d = 2 * one[2] * two[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def times(count: int, point: Point) -> Point:
    """Return the point added to itself `count` times."""
    total: Point = (0, 1, 1, 0)
    while count:
        if count & 1:
            total = add(total, point)
        point = add(point, point)
        count >>= 1
    return total


def decode_point(data: bytes) -> Point:
    """Return the point that 32 bytes stand for (section 5.1.3). Raises ValueError for none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(CURVE * y * y + 1, PRIME - 2, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if len(data) != 32 or y >= PRIME or (x * x - square) % PRIME or (not x and sign):  # noqa: PLR2004
        raise ValueError("a key or a signature is no point of the curve")
    if x & 1 != sign:
        x = PRIME - x
    return x, y, 1, x * y % PRIME


BASE = decode_point((4 * pow(5, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little"))


def is_signed(public: bytes, data: bytes, signature: bytes) -> bool:
    """Tell whether the owner of the public key signed the data (section 5.1.7)."""
    try:
        key, first = decode_point(public), decode_point(signature[:32])
    except ValueError:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    digest = hashlib.sha512(signature[:32] + public + data).digest()
    left = times(scalar, BASE)
    right = add(first, times(int.from_bytes(digest, "little") % ORDER, key))
    same = all((left[axis] * right[2] - right[axis] * left[2]) % PRIME == 0 for axis in (0, 1))
    return same and scalar < ORDER and len(signature) == 64  # noqa: PLR2004


# --- Trees: RFC 6962 section 2.1, and the checks of RFC 9162 section 2.1 ---


def leaf(entry: bytes) -> bytes:
    """Return an entry's leaf hash."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The right edge of a tree that grows leaf by leaf: the roots of its perfect subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self.edge: list[bytes] = []

    def append(self, hashed: bytes) -> None:
        """Put one more leaf hash into the tree."""
        size, self.size = self.size, self.size + 1
        while size & 1:
            hashed = node(self.edge.pop(), hashed)
            size >>= 1
        self.edge.append(hashed)

    def root(self) -> bytes:
        """Return the root as it stands."""
        if not self.edge:
            return hashlib.sha256(b"").digest()
        value = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            value = node(left, value)
        return value


def includes(index: int, size: int, path: list[bytes], hashed: bytes, root: bytes) -> bool:
    """Tell whether the path leads from leaf `index` to the root of the tree of `size` (section 2.1.3.2)."""
    if index >= size:
        return False
    place, last = index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            hashed = node(sibling, hashed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            hashed = node(hashed, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and hashed == root


def goes_on(old: Note, new: Note, path: list[bytes]) -> bool:
    """Tell whether the path proves that the newer tree begins with the older one (section 2.1.4.2)."""
    if not 0 < old.size < new.size:
        return old.size <= new.size and not path and (old.size == 0 or old.root == new.root)
    if old.size & (old.size - 1) == 0:
        path = [old.root, *path]
    if not path:
        return False
    place, last = old.size - 1, new.size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node(sibling, before), node(sibling, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node(after, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old.root and after == new.root


# --- Notes and keys: c2sp.org/signed-note, c2sp.org/tlog-checkpoint ---


CLOCK = "%Y-%m-%d %H:%M UTC"
Entry = dict[str, Any]
Place = tuple[str, str, int]  # a kind, a record and the number of its revision


class Note(NamedTuple):
    """A checkpoint whose signature held: so many entries, and the root over them."""

    size: int
    root: bytes
    text: str = ""


def number(text: str) -> int:
    """Return a number as a checkpoint writes it. Raises ValueError for any other form."""
    if not text.isascii() or not text.isdigit() or str(int(text[:20])) != text:
        raise ValueError(f"{text[:40]!r} is no number")
    return int(text)


def hashed(text: str) -> bytes:
    """Return a hash as a line of base64. Raises ValueError for anything else."""
    value = base64.b64decode(text, validate=True)
    if len(value) != 32:  # noqa: PLR2004
        raise ValueError("a hash has another length")
    return value


def read_key(key: str, kind: bytes, command: str) -> tuple[str, bytes, bytes]:
    """Return a key's name, the four bytes it is known by, and its public bytes. Raises ValueError."""
    name, identity, coded = key.strip().split("+", 2)
    public = base64.b64decode(coded, validate=True)
    known = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    if public[:1] != kind or known.hex() != identity:
        raise ValueError(f"the key cannot be read: give what `{command}` printed")
    return name, known, public[1:]


def read_note(body: str, lines: str, key: str) -> Note:
    """Return a note that this key signed in its own name. Raises ValueError for any other."""
    name, known, public = read_key(key, b"\x01", "hardwon audit key")
    origin, size, root = body.split("\n")[:3]
    for line in lines.strip("\n").split("\n"):
        mark, signer, signature = line.split(" ")
        raw = base64.b64decode(signature, validate=True)
        if (mark, signer, origin, raw[:4]) == ("\u2014", name, name, known):
            if is_signed(public, f"{body}\n".encode(), raw[4:]):
                return Note(number(size), hashed(root), f"{body}\n\n{lines}".rstrip("\n") + "\n")
            raise ValueError(f"the signature under the checkpoint of {size} entries is not the key's")
    raise ValueError(f"the checkpoint of {origin} is not signed by {name}")


def read_notes(text: str, key: str) -> list[Note]:
    """Return all the notes of a file that holds one after the other."""
    apart = re.sub(r"(?m)^(\u2014 .*)\n+(?!\u2014 )(?=.)", r"\1\n\n", text)
    parts = apart.strip("\n").split("\n\n")
    if len(parts) % 2:
        raise ValueError("the file holds no signed checkpoint")
    return [read_note(body, lines, key) for body, lines in zip(parts[::2], parts[1::2], strict=True)]


def check_witness(note: Note, key: str) -> str:
    """Return when a witness signed the note too. Raises ValueError where it did not."""
    name, known, public = read_key(key, b"\x04", "hardwon audit key --witness")
    body, _, lines = note.text.partition("\n\n")
    for line in lines.strip("\n").split("\n"):
        _, signer, signature = line.split(" ")
        raw = base64.b64decode(signature, validate=True)
        at = int.from_bytes(raw[4:12], "big")
        if (signer, raw[:4]) == (name, known) and is_signed(
            public, f"cosignature/v1\ntime {at}\n{body}\n".encode(), raw[12:]
        ):
            return f"{name} saw it at {time.strftime(CLOCK, time.gmtime(at))}, and that it goes on from all before"
    raise ValueError(f"the witness {name} did not sign the checkpoint of {note.size} entries")


# --- What is checked ---


def check_proof(text: str, key: str, held: list[Note]) -> tuple[list[str], Note]:
    """Return what a file of `hardwon audit prove` proves, and its checkpoint. Raises ValueError if it does not."""
    proof, body, lines = text.split("\n\n", 2)
    head, note = proof.split("\n"), read_note(body, lines, key)
    if head[0].startswith("old "):
        path = [hashed(line) for line in head[1:]]
        size = max((old.size for old in held), default=-1)
        if number(head[0][4:]) != size:
            raise ValueError(f"it starts at {head[0][4:]} entries: with --checkpoint, give one of so many")
        if not all(goes_on(old, note, path) for old in held if old.size == size):
            raise ValueError(f"the trail of {note.size} entries does not go on from that of {size}")
        return [f"the trail of {note.size} entries goes on from that of {size}"], note
    kind, extra, index = head[:3]
    if kind != "c2sp.org/tlog-proof@v1" or not extra.startswith("extra ") or not index.startswith("index "):
        raise ValueError("that is no proof of an entry")
    entry, _, opening = base64.b64decode(extra[6:], validate=True).partition(b"\n")
    path = [hashed(line) for line in head[3:]]
    if not includes(number(index[6:]), note.size, path, leaf(entry), note.root):
        raise ValueError("the entry is not in the trail that was signed")
    for old in held:
        if old.size != note.size:
            raise ValueError(f"one proof does not lead to {old.size} entries: ask for `prove --since`")
        if old.root != note.root:
            raise ValueError(f"two different trails of {old.size} entries were signed")
    told = f"this is entry {index[6:]} of the {note.size} that were signed"
    return [entry.decode(), *opened(entry, opening), told], note


def commit(salt: str, value: str) -> str:
    """Return the commitment to a value: SHA-256(salt || value), with a salt of 16 bytes and no other."""
    if len(salt) != 32:  # noqa: PLR2004
        return ""
    return hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest()


def opened(entry: bytes, opening: bytes) -> list[str]:
    """Return what an entry commits to, as the proof opens it. Raises ValueError for what it does not commit to."""
    said, found = json.loads(entry), []
    for field, (value, salt) in json.loads(opening or b"{}").items():
        if commit(salt, value) != said[field]:
            raise ValueError(f"the {field} is not the one that the entry commits to")
        found.append(f"{field}: {value}")
    return found


def lines_of(folder: Path, pattern: str) -> list[bytes]:
    """Return the lines of the export's trail in files of that name, in order."""
    files = sorted((folder / "trail").glob(pattern))
    return [line for file in files for line in file.read_bytes().split(b"\n") if line]


def check_openings(folder: Path, trail: list[bytes]) -> tuple[dict[str, str], dict[int, str], list[str]]:
    """Return whom pseudonyms stand for, the entries' details, what was erased. Raises ValueError for what differs."""
    told = [json.loads(line) for line in trail]
    erased = {(entry["kind"], entry["record"]) for entry in told if entry["verb"] == "erased"}
    known = [json.loads(line) for line in lines_of(folder, "names.jsonl")]
    for one in known:
        holds = commit(one["salt"], one["name"]) if one["salt"] else one["pseudonym"]
        if holds != one["pseudonym"] or not (one["salt"] or ("name", holds) in erased):
            raise ValueError(f"{one['name']} is not the name that its pseudonym stands for")
    names = {one["pseudonym"]: one["name"] for one in known}
    details = {one["entry"]: one for one in map(json.loads, lines_of(folder, "details.jsonl"))}
    gone, blank = sum(not one["salt"] for one in known), 0
    for place, entry in enumerate(told):
        if not entry.get("salted"):
            continue
        if entry["actor"] not in names:
            raise ValueError(f"nothing tells who wrote entry {place}")
        held = details.get(place)
        if held and commit(held["salt"], held["detail"]) != entry["detail"]:
            raise ValueError(f"the detail of entry {place} is not the one that it commits to")
        if entry["detail"] and not held:
            blank += 1
            if ("entry", leaf(trail[place]).hex()) not in erased:
                raise ValueError(f"the detail of entry {place} is gone, and no entry says that it was erased")
    found = f"{gone} names and {blank} details were erased, and entries say so"
    said = {place: one["detail"] for place, one in details.items()}
    return names, said, [found] if gone or blank else []


def check_roots(trail: list[bytes], notes: list[Note]) -> None:
    """Raise ValueError where the trail is not what a note says it was at that size."""
    tree = Tree()
    said: dict[int, list[bytes]] = {}
    for note in notes:
        said.setdefault(note.size, []).append(note.root)
        if note.size > len(trail):
            raise ValueError(f"{note.size} entries were signed and {len(trail)} are there: the trail was cut")
    for entry in trail:
        tree.append(leaf(entry))
        if any(root != tree.root() for root in said.get(tree.size, ())):
            raise ValueError(f"the first {tree.size} entries are not those that were signed")


def members(text: str, at: int) -> dict[str, tuple[int, int]]:
    """Return where each member of the JSON object at `at` stands in the text; its end stands under ""."""
    found, decode = {}, json.JSONDecoder().raw_decode
    while text[at] != "}":
        name, colon = decode(text, at + 1)
        _, end = decode(text, colon + 1)
        found[name], at = (colon + 1, end), end
    return {**found, "": (at, at + 1)}


def revisions(text: str) -> list[tuple[int, tuple[str, str]]]:
    """Return the number and the exact bytes' digests of each revision in a record's file, without and with its salt."""
    found = []
    at, end = members(text, 0)["revisions"]
    while at < end - 1 and text[at + 1] == "{":
        places = members(text, at + 1)
        body, salt = (
            text[slice(*places["body"])],
            json.loads(text[slice(*places.get("salt", (0, 0)))] or '""'),
        )
        plain = hashlib.sha256(body.encode()).hexdigest()
        found.append((int(text[slice(*places["number"])]), (plain, commit(salt, body))))
        at = places[""][1]
    return found


def said_of(
    trail: list[bytes], names: dict[str, str], details: dict[int, str], told: list[str]
) -> dict[Place, Entry]:
    """Return what the trail says of each revision; `told` gets those that an erasure rewrote since."""
    said: dict[Place, Entry] = {}
    for number, entry in enumerate(map(json.loads, trail)):
        if not entry["body_sha256"]:
            continue
        if entry.get("salted"):
            entry |= {"actor": names.get(entry["actor"], ""), "detail": details.get(number, "")}
        record = names.get(entry["record"], entry["record"]) if entry["kind"] == "person" else entry["record"]
        place = (entry["kind"], record, entry["revision"])
        if entry["verb"] != "erased":
            if said.setdefault(place, entry)["body_sha256"] != entry["body_sha256"]:
                raise ValueError(f"two entries say what revision {place[2]} of {place[1]} is")
        elif place in said:
            said[place] = {**said[place], "body_sha256": entry["body_sha256"], "salted": 1, "detail": ""}
            why = f"{time.strftime(CLOCK, time.gmtime(entry['at_ms'] // 1000))} by {entry['actor']}: {entry['detail']}"
            told.append(f"revision {place[2]} of {record} was rewritten at {why}")
    return said


def check_writer(one: Entry, revision: dict[str, str], where: str) -> None:
    """Raise ValueError where a revision names another writer, time or deed than its entry does."""
    at = round(datetime.fromisoformat(revision["at"]).timestamp() * 1000)
    same = (at, revision["by"], revision["verb"]) == (one["at_ms"], one["actor"], one["verb"])
    same = same and one["detail"] in {"", revision.get("detail", "")}
    kept = one["verb"] == "imported" and one["detail"] in {"", f"{revision['verb']} by {revision['by']}"}
    if not same and not kept:
        raise ValueError(f"who wrote {where}, and when, is not what the trail says")


def check_records(folder: Path, said: dict[Place, Entry]) -> None:
    """Compare every revision of the export with the entry that commits to it."""
    for file in sorted(folder.glob("*/*.json")):
        text = file.read_text("utf-8")
        stored = json.loads(text)
        name = stored["record"]["id"]
        for (count, digests), revision in zip(revisions(text), stored["revisions"], strict=True):
            one = said.pop((stored["kind"], name, count), None)
            if one is None or digests[bool(one.get("salted"))] != one["body_sha256"]:
                raise ValueError(f"revision {count} of {name} is not what the trail says was written")
            check_writer(one, revision, f"revision {count} of {name}")
        newest = json.loads(text[slice(*members(text, 0)["record"])])
        last = stored["revisions"][-1]["body"]
        same = newest.get("schema_version") == last.get("schema_version")
        if same and any(newest.get(field) != value for field, value in last.items()):
            raise ValueError(f"{name} is not what its newest revision says")
    if said:
        kind, name, count = next(iter(said))
        raise ValueError(f"revision {count} of {kind} {name} is missing")


def check_files(folder: Path) -> int:
    """Compare every file with the manifest, and return how many there are."""
    listed = json.loads((folder / "manifest.json").read_bytes())["files"]
    for file in listed:
        if ".." in file["path"].split("/") or file["path"].startswith("/"):
            raise ValueError("the manifest names a file outside the export")
        if hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest() != file["sha256"]:
            raise ValueError(f"{file['path']} is not the file that the manifest lists")
    return len(listed)


def check_export(folder: Path, key: str, held: list[Note]) -> tuple[list[str], Note]:
    """Return what holds of an export, and its checkpoint. Raises ValueError for what does not."""
    note = read_notes((folder / "trail" / "checkpoint.txt").read_text("utf-8"), key)[-1]
    trail = lines_of(folder, "[0-9]*.jsonl")
    check_roots(trail, [note, *held])
    rewritten: list[str] = []
    names, details, erased = check_openings(folder, trail)
    check_records(folder, said_of(trail, names, details, rewritten))
    found = [f"{note.size} entries are those that were signed, root {note.root.hex()}", *erased]
    found += [f"LOOK: {one}" for one in rewritten]
    if len(trail) > note.size:
        found.append(f"{len(trail) - note.size} entries came later and are signed by nobody yet")
    found.append(f"every revision is the one its entry names, {check_files(folder)} files are those listed")
    if held:
        largest = max(old.size for old in held)
        found.append(f"it goes on from what was put aside, {len(held)} checkpoints up to {largest} entries")
    return found, note


def main() -> int:
    """Check, say what holds, and leave with 0; or say what does not, and leave with 1."""
    parser = argparse.ArgumentParser(description="Check an export or a proof of a Hardwon workspace.")
    parser.add_argument("path", type=Path, metavar="EXPORT_OR_PROOF")
    parser.add_argument("--key", required=True, help="what `hardwon audit key` printed")
    parser.add_argument("--checkpoint", type=Path, metavar="OLD", help="checkpoints that were put aside")
    parser.add_argument("--keep", action="store_true", help="add the checkpoint to OLD once it is verified")
    parser.add_argument("--witness", metavar="KEY", help="the key of a witness that must have signed it too")
    given = parser.parse_args()
    if given.keep and not given.checkpoint:
        parser.error("--keep goes with --checkpoint")
    try:
        held = read_notes(given.checkpoint.read_text("utf-8"), given.key) if given.checkpoint else []
        if given.path.is_dir():
            found, note = check_export(given.path, given.key, held)
        else:
            found, note = check_proof(given.path.read_text("utf-8"), given.key, held)
        if given.witness:
            found.append(check_witness(note, given.witness))
        if given.keep and note.size > max(old.size for old in held):
            with given.checkpoint.open("a", encoding="utf-8") as stream:
                stream.write(f"\n{note.text}")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OSError) as error:
        sys.stdout.write(f"NOT VERIFIED: {error}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in found) + "VERIFIED\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
