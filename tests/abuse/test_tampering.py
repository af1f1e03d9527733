"""Ten thousand ways to tamper with a trail: each that touches what was signed outside is found, none is invented.

Three verifiers that share no code judge each case: the domain's tree, the program of one file, and (one
case in five) pymerkle. `HARDWON_SEED` repeats a run; the seed is printed.
"""

from __future__ import annotations

import json
import os
import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from pymerkle import InmemoryTree
from sqlalchemy import delete, insert, select

from hardwon.bootstrap import open_app
from hardwon.domain.actor import Actor
from hardwon.domain.audit import AuditEntry, Frontier, append, canonical, leaf_hash, root, root_of
from hardwon.domain.checkpoint import Checkpoint, key_of, note_of
from hardwon.exchange import verifier
from hardwon.settings import Settings
from hardwon.storage import tables
from hardwon.storage.audit_log import sequence
from hardwon.storage.keys import SigningKey
from hardwon.storage.names import iterate_names
from hardwon.storage.trail import REPEATED
from hardwon.usecases import audit
from hardwon.usecases.app import App
from tests.fresh import fresh
from tests.storage.test_audit_log import unguard

CASES, REWRITES = 10_000, 120
KEY = SigningKey(b"k" * 32)
ADMIN = Actor(id="ada", name="Ada", roles=("admin",))
Trail = list[bytes]
Verdict = Callable[[Trail, list[tuple[int, bytes]]], bool]
"""Tells whether a trail is still what was signed of it: sizes and roots."""


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("HARDWON_SEED") or secrets.randbits(32))
    print(f"HARDWON_SEED={seed}")  # noqa: T201  (how the run is repeated)
    return random.Random(seed)


@pytest.fixture
def app(tmp_path) -> Iterator[App]:
    now = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    with open_app(Settings(home=fresh(tmp_path, now), meaning=False), clock=lambda: now) as opened:
        yield opened


def entry(number: int, actor: str = "ada") -> bytes:
    made = AuditEntry(
        at_ms=1_795_000_000_000 + number,
        actor=actor,
        verb="granted",
        kind="token",
        record=f"token-{number}",
        revision=0,
    )
    return canonical(made)


def trail_of(size: int) -> Trail:
    return [entry(number) for number in range(size)]


def flip(trail: Trail, chance: random.Random) -> None:
    at = chance.randrange(len(trail))
    data = bytearray(trail[at])
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    trail[at] = bytes(data)


def remove(trail: Trail, chance: random.Random) -> None:
    del trail[chance.randrange(len(trail))]


def slip_in(trail: Trail, chance: random.Random) -> None:
    trail.insert(chance.randrange(len(trail) + 1), entry(chance.randrange(10**6), "mallory"))


def swap(trail: Trail, chance: random.Random) -> None:
    one, two = chance.sample(range(len(trail)), 2)
    trail[one], trail[two] = trail[two], trail[one]


def cut(trail: Trail, chance: random.Random) -> None:
    del trail[chance.randrange(len(trail)) :]


def double(trail: Trail, chance: random.Random) -> None:
    at = chance.randrange(len(trail))
    trail.insert(at, trail[at])


def reorder(trail: Trail, chance: random.Random) -> None:
    start = chance.randrange(len(trail) - 2)
    part = trail[start : start + chance.randint(3, 9)]
    trail[start : start + len(part)] = [part[-1], *part[:-1]]


def replace(trail: Trail, chance: random.Random) -> None:
    trail[chance.randrange(len(trail))] = entry(chance.randrange(10**6), "mallory")


MUTATIONS = (flip, remove, slip_in, swap, cut, double, reorder, replace)


def by_the_domain(trail: Trail, signed: list[tuple[int, bytes]]) -> bool:
    said = dict(signed)
    frontier, seen = Frontier(), 0
    for line in trail:
        frontier = append(frontier, leaf_hash(line))
        if frontier.size in said:
            seen += 1
            if root(frontier) != said[frontier.size]:
                return False
    return seen == len(said)


def by_the_file(trail: Trail, signed: list[tuple[int, bytes]]) -> bool:
    try:
        verifier.check_roots(trail, [verifier.Note(*note) for note in signed])
    except ValueError:
        return False
    return True


def by_pymerkle(trail: Trail, signed: list[tuple[int, bytes]]) -> bool:
    tree = InmemoryTree(algorithm="sha256")
    for line in trail:
        tree.append_entry(line)
    return all(size <= len(trail) and tree.get_root(size) == top for size, top in signed)


def counts_alone(trail: Trail, signed: list[tuple[int, bytes]]) -> bool:
    return len(trail) >= max(size for size, _ in signed)


def reads_the_front_alone(trail: Trail, signed: list[tuple[int, bytes]]) -> bool:
    return by_the_domain([line[:40] for line in trail], signed)


def signed_at(
    trail: Trail, sizes: list[int], seen: Callable[[bytes], bytes] = bytes
) -> list[tuple[int, bytes]]:
    return [(size, root_of([leaf_hash(seen(line)) for line in trail[:size]])) for size in sizes]


def cases(chance: random.Random, count: int):
    """Yield a name, the sizes that were signed, the trail before and after."""
    for _ in range(count):
        trail = trail_of(chance.randint(12, 60))
        sizes = sorted({chance.randint(4, len(trail)) for _ in range(3)})
        changed = list(trail)
        mutation = chance.choice(MUTATIONS)
        mutation(changed, chance)
        yield mutation.__name__, sizes, trail, changed


def test_whatever_was_signed_and_changed_is_found_and_nothing_else(chance):
    found, spared = Counter[str](), Counter[str]()
    for number, (name, sizes, trail, changed) in enumerate(cases(chance, CASES)):
        signed = signed_at(trail, sizes)
        intact = changed[: sizes[-1]] == trail[: sizes[-1]]
        assert by_the_domain(changed, signed) is intact, (name, sizes, len(trail))
        assert by_the_file(changed, signed) is intact, (name, sizes, len(trail))
        if number % 5 == 0:
            assert by_pymerkle(changed, signed) is intact, (name, sizes, len(trail))
        (spared if intact else found)[name] += 1
    told = f"found {dict(found)}; after the last checkpoint {dict(spared)}"
    print(told)  # noqa: T201  (the figures)
    assert set(found) == {mutation.__name__ for mutation in MUTATIONS}
    assert found.total() > CASES / 2


def test_an_untouched_trail_raises_no_alarm(chance):
    for size in range(1, 200):
        trail = trail_of(size)
        signed = signed_at(trail, sorted({chance.randint(1, size) for _ in range(4)}))
        verdicts = by_the_domain(trail, signed), by_the_file(trail, signed), by_pymerkle(trail, signed)
        assert verdicts == (True, True, True)


@pytest.mark.parametrize(
    ("mutant", "seen"),
    [(counts_alone, bytes), (reads_the_front_alone, lambda line: line[:40])],
)
def test_a_broken_verifier_is_noticed(chance, mutant: Verdict, seen):
    missed = 0
    for _, sizes, trail, changed in cases(chance, 300):
        intact = changed[: sizes[-1]] == trail[: sizes[-1]]
        missed += mutant(changed, signed_at(trail, sizes, seen)) is not intact
    assert missed, "the cases would not tell a broken verifier"


# --- The owner of the database and of the key, who rewrites all of it so that it fits in itself ---


def rewrite(app: App, trail: Trail) -> None:
    """Put another trail in the place of this one: entries, columns, tree and checkpoints, all signed."""
    with app.store.engine.begin() as connection:
        names = {known.pseudonym: known.name for known in iterate_names(connection)}
        details = {
            bytes(row.entry): (row.detail, row.salt)
            for row in connection.execute(
                select(tables.audit.c.entry, tables.audit.c.detail, tables.audit.c.salt)
            )
        }
        for table in (tables.audit, tables.audit_tree, tables.checkpoints):
            connection.execute(delete(table))
        rows = []
        for line in trail:
            told = AuditEntry(**json.loads(line))
            columns = {name: getattr(told, name) for name in REPEATED}
            columns["detail"], columns["salt"] = details.get(line, ("", None))
            columns["actor"] = names.get(told.actor, told.actor)
            rows.append({"entry": line, "leaf": leaf_hash(line), **columns})
        connection.execute(insert(tables.audit), rows)
    sequence(app.store, app.now())
    audit.checkpoint(app, at_once=True)


def fits(line: bytes, names: set[str]) -> bool:
    """Tell whether an entry can be read, and names as its actor somebody the workspace knows."""
    try:
        told = AuditEntry(**json.loads(line))
    except (ValueError, TypeError):
        return False
    return told.salted in {0, 1} and (not told.salted or (told.actor in names and not told.detail))


def test_the_owner_of_all_of_it_is_found_by_what_lies_outside_and_by_nothing_else(app, chance):
    for number in range(30):
        with app.store.begin(ADMIN, app.now()) as tx:
            tx.audit("granted", "token", f"token-{number}")
    audit.sequence(app)
    audit.checkpoint(app, at_once=True)
    outside = audit.get_checkpoint(app, ADMIN)
    signed = verifier.read_notes(outside, audit.get_key(app, ADMIN))[0].size
    unguard(app.store)
    with app.store.engine.connect() as connection:
        query = select(tables.audit.c.entry).order_by(tables.audit.c.position)
        trail = [bytes(line) for line in connection.scalars(query)]
        names = {known.pseudonym for known in iterate_names(connection)}
    ours = [line for line in trail if b'"kind":"token"' in line]
    rest = len(trail) - len(ours)
    assert len(trail) == signed
    for _ in range(REWRITES):
        changed = list(ours)
        chance.choice(MUTATIONS)(changed, chance)
        if changed == ours or not all(fits(line, names) for line in changed):
            continue
        rewrite(app, trail[:rest] + changed)
        assert audit.verify(app, ADMIN).problems == (), "the rewritten trail must fit in itself"
        intact = changed[: len(ours)] == ours
        assert (audit.verify(app, ADMIN, held=outside).problems == ()) is intact
    rewrite(app, trail)
    assert audit.verify(app, ADMIN, held=outside).problems == ()


def test_two_trails_of_one_key_are_told_apart():
    key = key_of(KEY.public)
    one, two = (
        note_of(Checkpoint(key.name, 3, root_of([leaf_hash(line) for line in lines])), key, KEY.sign)
        for lines in (trail_of(3), [*trail_of(2), entry(9)])
    )
    notes = verifier.read_notes(f"{one}\n{two}", str(key))
    with pytest.raises(ValueError, match="not those that were signed"):
        verifier.check_roots(trail_of(3), notes)
