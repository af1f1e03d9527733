"""Marks in text: what is hidden stays hidden, whatever stands around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.sensitivity import WITHHELD, withhold

AROUND = st.text(st.sampled_from("ab \n`[]:~x"), max_size=30)


@given(AROUND, AROUND, st.sampled_from(["internal", "restricted", "Internal", "RESTRICTED"]))
def test_no_surrounding_brings_a_passage_out(before, after, mark):
    assert "SECRET" not in withhold(f"{before}[[{mark}: SECRET]]{after}")
    assert "SECRET" not in withhold(f"{before}\n```{mark}\nSECRET\n```\n{after}")
    assert "SECRET" not in withhold(f"{before}\n~~~ {mark}\nSECRET {after}")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("It hit [[internal: Acme]] first.", f"It hit {WITHHELD} first."),
        ("a [[internal: never closed", f"a {WITHHELD}"),
        ("a\n```restricted\nkey\n", f"a\n{WITHHELD}"),
        ("a [[restricted: two\nlines]] b", f"a {WITHHELD} b"),
        ("Our internal docs [see](x)", "Our internal docs [see](x)"),
        ("```python\ninternal = 1\n```", "```python\ninternal = 1\n```"),
    ],
)
def test_what_is_marked_is_withheld_and_nothing_else(text, seen):
    assert withhold(text) == seen


def test_each_mark_is_hidden_for_itself():
    text = "[[internal: a]] [[restricted: b]]"
    assert withhold(text, frozenset({"restricted"})) == f"[[internal: a]] {WITHHELD}"
    assert withhold(text, frozenset()) == text


def test_a_long_text_of_half_marks_is_read_at_once():
    assert withhold("internal [[" * 30_000).startswith("internal")
    assert withhold("```internal\n" * 30_000) == WITHHELD


@pytest.mark.parametrize(
    "text",
    [
        "[[internal: customer [[restricted: X]] said Y]] and Z",
        "[[internal: oops, and [[restricted: X]] later",
        "````internal\nY\n```restricted\nX\n```\nY\n````",
    ],
)
def test_what_is_restricted_within_what_is_internal_stays_restricted(text: str) -> None:
    for_engineers = withhold(text, frozenset({"restricted"}))
    assert "X" not in for_engineers
    for_everyone = withhold(text)
    assert "X" not in for_everyone
    assert "Y" not in for_everyone


@pytest.mark.parametrize(
    "text",
    [
        "[[internal: see arr[idx[0]] key X]] after",
        "- ```restricted\n  X\n  ```\nafter",
        "> ```restricted\n> X\n> ```\nafter",
        "    ```restricted\n    X\n    ```\nafter",
        "1. > ```internal\n   > X\n   > ```\nafter",
        "``` {.restricted}\nX\n```\nafter",
        "[[\ninternal: X]] after",
        "[[\u00a0internal: X]] after",
        "~~~~ restricted\nX\n~~~\nX\n~~~~\nafter",
    ],
)
def test_a_mark_is_read_wherever_markdown_would_read_it(text: str) -> None:
    shown = withhold(text)
    assert "X" not in shown
    assert shown.endswith("after")
