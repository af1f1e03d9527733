"""The tree is signed as it grows, never where it was rewritten; proofs come from recorded frontiers."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from hardwon.domain.audit import (
    consistency_path,
    inclusion_path,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from hardwon.domain.checkpoint import is_signed_by, key_of, read_notes
from hardwon.domain.errors import UnavailableError
from hardwon.domain.event import Event
from hardwon.storage import checkpoints, tables
from hardwon.storage.audit_log import sequence, verify
from hardwon.storage.keys import SigningKey, is_signed
from hardwon.storage.proofs import prove_consistency, prove_inclusion, root_at
from tests.storage.samples import ADA, NOW, deployment
from tests.storage.test_audit_log import unguard

KEY = SigningKey(b"k" * 32)


def grow(store, first: int, count: int) -> None:
    with store.begin(ADA, NOW) as tx:
        tx.save_many([deployment(first + number) for number in range(count)], Event(verb="imported"))
    sequence(store, NOW)


def newest(store):
    with store.read(None) as reading:
        return checkpoints.newest(reading)


def test_nothing_is_signed_before_there_is_an_entry(store):
    assert not checkpoints.sign(store, KEY, NOW, at_once=True)
    assert newest(store) is None


def test_a_tree_is_signed_once_a_minute_where_it_grew(store, tmp_path):
    anchor = tmp_path / "anchor"
    grow(store, 1, 3)
    assert checkpoints.sign(store, KEY, NOW, anchor=anchor)
    assert not checkpoints.sign(store, KEY, NOW + timedelta(hours=1), anchor=anchor)
    grow(store, 10, 1)
    assert not checkpoints.sign(store, KEY, NOW + timedelta(seconds=59), anchor=anchor)
    assert checkpoints.sign(store, KEY, NOW + timedelta(seconds=60), anchor=anchor)
    notes = read_notes(anchor.read_text("utf-8"))
    assert [note.checkpoint.size for note in notes] == [3, 4]
    assert read_notes(newest(store).note) == (notes[1],)
    for note in notes:
        assert is_signed_by(note, key_of(KEY.public), is_signed)
        assert not is_signed_by(note, key_of(SigningKey(b"o" * 32).public), is_signed)


def test_a_closed_review_is_signed_at_once(store):
    grow(store, 1, 1)
    checkpoints.sign(store, KEY, NOW)
    for detail, signed in (("held", False), ("closed: all agreed", True)):
        with store.begin(ADA, NOW) as tx:
            tx.audit("moved", "review", "REV-0001", detail)
        sequence(store, NOW)
        assert checkpoints.sign(store, KEY, NOW) is signed


def test_a_file_that_cannot_be_written_keeps_the_checkpoint_back(store, tmp_path):
    grow(store, 1, 1)
    with pytest.raises(UnavailableError, match="anchored"):
        checkpoints.sign(store, KEY, NOW, anchor=tmp_path / "nowhere" / "anchor")
    assert newest(store) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET leaf = :other WHERE position = 1; UPDATE audit_tree SET root = frontier",
        "DELETE FROM audit_tree; DELETE FROM audit WHERE position > 2",
    ],
)
def test_a_rewritten_tree_is_not_signed(store, statement):
    grow(store, 1, 4)
    checkpoints.sign(store, KEY, NOW)
    grow(store, 10, 1)
    unguard(store)
    with store.engine.begin() as connection:
        for part in statement.split(";"):
            given = {"other": b"o" * 32} if ":other" in part else {}
            connection.execute(text(part), given)
    with pytest.raises(UnavailableError, match=r"not the one that was signed|missing"):
        checkpoints.sign(store, KEY, NOW + timedelta(hours=1))
    with store.read(None) as reading:
        assert verify(reading).problems


def test_proofs_are_those_of_the_whole_tree(store):
    chance = random.Random(8)
    first = 1
    for count in (1, 2, 5, 40, 1, 1, 1, 17, 64, 3):
        grow(store, first, count)
        first += count
    with store.engine.connect() as connection:
        leaves = [
            bytes(leaf)
            for leaf in connection.scalars(select(tables.audit.c.leaf).order_by(tables.audit.c.position))
        ]
        for size in (*chance.sample(range(1, len(leaves)), 25), len(leaves)):
            top = root_of(leaves[:size])
            assert root_at(connection, size) == top
            for index in {0, size - 1, chance.randrange(size)}:
                path = prove_inclusion(connection, index, size)
                assert path == inclusion_path(leaves[:size], index)
                assert verify_inclusion(leaves[index], index, size, path, top)
            old = chance.randrange(1, size + 1)
            path = prove_consistency(connection, old, size)
            assert path == consistency_path(leaves[:size], old)
            assert verify_consistency(old, size, path, root_of(leaves[:old]), top)
