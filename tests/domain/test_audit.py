"""Our RFC 6962 tree against another implementation, and against itself."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from hardwon.domain.audit import (
    Frontier,
    append,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root,
    root_of,
    starts_of,
    verify_consistency,
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


def peer_of(entries) -> InmemoryTree:
    peer = InmemoryTree(algorithm="sha256")
    for entry in entries:
        peer.append_entry(entry)
    return peer


@given(ENTRIES, st.data())
def test_paths_are_those_of_another_implementation(entries, data):
    leaves = [leaf_hash(entry) for entry in entries]
    index = data.draw(st.integers(0, len(leaves) - 1))
    theirs = peer_of(entries).prove_inclusion(index + 1)
    assert sorted(theirs.path[1:]) == sorted(inclusion_path(leaves, index))
    assert theirs.path[0] == leaves[index]


@given(ENTRIES, st.data())
def test_a_tree_goes_on_from_any_of_its_beginnings_and_from_no_other(entries, data):
    leaves = [leaf_hash(entry) for entry in entries]
    old, new = data.draw(st.integers(0, len(leaves))), len(leaves)
    before, after = root_of(leaves[:old]), root_of(leaves)
    path = consistency_path(leaves, old)
    assert verify_consistency(old, new, path, before, after)
    assert not verify_consistency(new + 1, new, path, before, after)
    assert not verify_consistency(old, new, path, before, b"\0" * 32) or old == 0
    assert not verify_consistency(old, new, (*path, after), before, after)
    for place in range(len(path)):
        broken = [*path[:place], b"\0" * 32, *path[place + 1 :]]
        assert not verify_consistency(old, new, broken, before, after)
        assert not verify_consistency(old, new, [*path[:place], *path[place + 1 :]], before, after)
    if 0 < old < new:
        assert not verify_consistency(old, new, path, leaf_hash(b"other"), after)
        assert not verify_consistency(old, new, (), before, after)


@given(ENTRIES)
def test_every_beginning_is_told_from_one_with_another_entry(entries):
    leaves = [leaf_hash(entry) for entry in entries]
    for old in range(1, len(leaves) + 1):
        rewritten = [
            *leaves[: old - 1],
            leaf_hash(b"another entry, longer than any of these ones"),
            *leaves[old:],
        ]
        path, after = consistency_path(rewritten, old), root_of(rewritten)
        assert not verify_consistency(old, len(leaves), path, root_of(leaves[:old]), after)


@given(st.integers(0, 5000))
def test_a_frontier_has_a_subtree_for_each_start(size):
    starts = starts_of(size)
    assert len(starts) == size.bit_count()
    assert list(starts) == sorted(set(starts))
    assert all(start < size for start in starts)
