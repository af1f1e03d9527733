"""Advice on wording: what is worth a second look, and what is not."""

from __future__ import annotations

import pytest

from hardwon.domain.wording import read_wording


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("This was human error.", "blame"),
        ("On-call should have checked the mute list.", "counterfactual"),
        ("They failed to notice the alert.", "counterfactual"),
        ("It was obvious that the index was old.", "hindsight"),
        ("The root cause was a missing index.", "single_cause"),
    ],
)
def test_it_names_the_passage_and_asks(text: str, kind: str) -> None:
    (note,) = read_wording(text)
    assert note.kind == kind
    assert text[note.start : note.end] == note.quote
    assert note.advice.endswith("?")


@pytest.mark.parametrize(
    "text",
    [
        "The job reported success while three partitions were missing, so on-call had no reason to doubt it.",
        "We rolled back at 09:44. Click-through did not move.",
        "The factors were a mute without an end and a mean over partitions.",
        "",
    ],
)
def test_plain_facts_are_left_alone(text: str) -> None:
    assert read_wording(text) == ()


def test_a_long_text_has_few_notes() -> None:
    assert len(read_wording("should have been seen " * 40_000)) == 20
    assert read_wording("had they " * 40_000) == ()
