"""Comparing revisions: nothing of either is left out, however it is shown."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.comparison import compare, shortened, side_by_side
from tests.storage.samples import lesson

LINES = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=30)
OPS = st.lists(st.tuples(st.sampled_from(" -+"), st.text(max_size=3)), max_size=40)


@given(LINES, LINES)
def test_both_revisions_can_be_read_from_the_lines(one, other):
    left, right = (lesson(body="\n".join(["text", *lines])) for lines in (one, other))
    found = compare(left, right, (1, 2))
    again = compare(right, left, (2, 1))
    assert [t for op, t in found.lines if op != "+"] == [t for op, t in again.lines if op != "-"]
    assert [t for op, t in found.lines if op != "-"] == [t for op, t in again.lines if op != "+"]
    assert any(op != " " for op, _ in found.lines) == (one != other)


@given(OPS)
def test_side_by_side_shows_every_line_once(lines):
    pairs = side_by_side(lines)
    assert [a[1] for a, _ in pairs if a[0] == "-"] == [t for op, t in lines if op == "-"]
    assert [b[1] for _, b in pairs if b[0] == "+"] == [t for op, t in lines if op == "+"]


@given(OPS)
def test_shortening_hides_only_what_is_alike(lines):
    shown = shortened(lines)
    assert [line for line in shown if line[0] in "-+"] == [line for line in lines if line[0] in "-+"]
    hidden = sum(int(text.split()[0]) for op, text in shown if op == "…")
    assert hidden + sum(op != "…" for op, _ in shown) == len(lines)


def test_a_book_is_compared_in_a_blink():
    words = [f"line {number % 700} of the book" for number in range(20_000)]
    before = lesson(body="\n".join(words))
    words[10_000] = "one that changed"
    found = compare(before, msgspec.structs.replace(before, body="\n".join(words)), (1, 2))
    assert [text.strip() for op, text in found.lines if op == "+"] == ["one that changed"]
