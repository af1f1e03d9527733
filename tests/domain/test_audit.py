"""Our RFC 6962 tree against another implementation, and against itself."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from hardwon.domain.audit import (
    Frontier,
    append,
    inclusion_path,
    leaf_hash,
    root,
    root_of,
    verify_inclusion,
)

ENTRIES = st.lists(st.binary(max_size=40), min_size=1, max_size=70)


def test_the_empty_tree_hashes_nothing():
    assert root(Frontier()) == hashlib.sha256(b"").digest()


@given(ENTRIES)
def test_the_root_is_that_of_another_implementation(entries):
    peer = InmemoryTree(algorithm="sha256")
    for entry in entries:
        peer.append_entry(entry)
    assert root_of([leaf_hash(entry) for entry in entries]) == peer.get_root()


@given(ENTRIES, st.data())
def test_a_frontier_goes_on_from_where_it_was_stored(entries, data):
    leaves = [leaf_hash(entry) for entry in entries]
    cut = data.draw(st.integers(0, len(leaves)))
    frontier = Frontier()
    for leaf in leaves[:cut]:
        frontier = append(frontier, leaf)
    resumed = Frontier(frontier.size, frontier.hashes)
    for leaf in leaves[cut:]:
        resumed = append(resumed, leaf)
    assert root(resumed) == root_of(leaves)
    assert len(resumed.hashes) == len(leaves).bit_count()


@given(ENTRIES, st.data())
def test_a_path_proves_its_leaf_and_no_other(entries, data):
    leaves = [leaf_hash(entry) for entry in entries]
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, top = inclusion_path(leaves, index), root_of(leaves)
    assert verify_inclusion(leaves[index], index, len(leaves), path, top)
    assert not verify_inclusion(leaf_hash(b"\0other"), index, len(leaves), path, top)
    assert not verify_inclusion(leaves[index], len(leaves), len(leaves), path, top)
    assert not verify_inclusion(leaves[index], index, len(leaves), (*path, top), top)
    for place in range(len(path)):
        broken = [*path[:place], b"\0" * 32, *path[place + 1 :]]
        assert not verify_inclusion(leaves[index], index, len(leaves), broken, top)


@given(ENTRIES, st.data())
def test_a_changed_entry_changes_the_root(entries, data):
    place = data.draw(st.integers(0, len(entries) - 1))
    changed = [*entries[:place], entries[place] + b"x", *entries[place + 1 :]]
    assert root_of([leaf_hash(entry) for entry in entries]) != root_of(
        [leaf_hash(entry) for entry in changed]
    )
