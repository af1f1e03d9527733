"""What is typed into the search: what is a condition, what is a word, and what is said of the rest."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.asked import Asked, read_asked

TODAY = date(2026, 11, 23)


def read(text: str) -> Asked:
    return read_asked(text, TODAY)


def test_conditions_stand_beside_words_and_phrases() -> None:
    asked = read('stale service:ranker env:prod "connection pool" -canary -"dark launch" tag:gpu kind:Lesson')
    assert asked.words == "stale"
    assert asked.phrases == ("connection pool",)
    assert asked.without == ("canary", "dark launch")
    assert asked.filters.services == ("ranker",)
    assert asked.filters.environments == ("prod",)
    assert asked.filters.tags == ("gpu",)
    assert asked.filters.kinds == ("lesson",)
    assert asked.unclear == ()


@pytest.mark.parametrize(
    "text",
    [
        "http://a.example/x",
        "TypeError: x",
        "feature_store.ttl",
        "a-b",
        "10:30",
        "std::bad_alloc",
        "-",
        '"',
        "5 -3",
    ],
)
def test_what_is_no_condition_is_a_word(text: str) -> None:
    asked = read(text)
    assert asked.filters == read("").filters
    assert asked.unclear == ()
    kept = " ".join((asked.words, *asked.without))
    assert all(word in kept or word in '-"' for word in text.replace("-3", "3").split())


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("sev:2", ("2",)),
        ("sev:SEV2", ("2",)),
        ("severity:<=2", ("1", "2")),
        ("sev:<3", ("1", "2")),
        ("sev:>=4", ("4", "5")),
        ("sev:>4", ("5",)),
        ("sev:2..4", ("2", "3", "4")),
        ("sev:1 sev:3", ("1", "3")),
        ("sev:<1", ("none",)),
    ],
)
def test_severities(text: str, severities: tuple[str, ...]) -> None:
    assert read(text).filters.severities == severities


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("before:2026-03-02", None, "2026-03-01"),
        ("before:2026-03", None, "2026-02-28"),
        ("after:2026-03", "2026-04-01", None),
        ("since:2026-03", "2026-03-01", None),
        ("until:2024-02", None, "2024-02-29"),
        ("on:2025", "2025-01-01", "2025-12-31"),
        ("since:30d", "2026-10-24", None),
        ("after:1y before:2026", "2025-11-23", "2025-12-31"),
    ],
)
def test_days(text: str, since: str | None, until: str | None) -> None:
    filters = read(text).filters
    assert (filters.since and filters.since.date().isoformat()) == since
    assert (filters.until and filters.until.date().isoformat()) == until


@pytest.mark.parametrize(
    "text",
    [
        "sev:9",
        "sev:",
        "kind:llama",
        "before:2026-13",
        "after:soon",
        "on:0000",
        "has:friends",
        'service:""',
        "risk:odd",
    ],
)
def test_what_is_not_understood_is_named_and_left_out(text: str) -> None:
    asked = read(f"{text} stale")
    if text == "sev:":
        assert asked.words == "sev: stale"
        return
    assert asked.words == "stale"
    assert len(asked.unclear) == 1
    assert asked.filters == read("").filters


def test_a_space_at_the_end_says_that_the_last_word_is_whole() -> None:
    assert read("stale embed").words == "stale embed"
    assert read("stale embed ").words == "stale embed "


@given(st.text(max_size=300))
def test_nothing_typed_is_an_error(text: str) -> None:
    asked = read(text)
    assert len(asked.words) <= len(text)
