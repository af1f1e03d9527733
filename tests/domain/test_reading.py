"""Readings: cut at whole words, without code and without people."""

from __future__ import annotations

from datetime import date

from hardwon.domain.incident import Impact
from hardwon.domain.reading import MEASURES, Kept, Promised, brief_of, plain, spell, summary_of
from hardwon.domain.text import clipped
from hardwon.domain.timeline import TimelineEntry
from tests.storage.samples import incident

TODAY = date(2026, 11, 20)


def test_markdown_becomes_plain_words():
    text = (
        "# Why\n\n**Ana** ran `make`, see [the log](https://x.example).\n\n```sh\nrm -rf /\n```\n- one\n- two"
    )
    assert plain(text) == "Why\n\nAna ran make, see the log.\n\none\ntwo"


def test_minutes_are_spelled():
    assert [spell(m) for m in (7, 60, 132, 2_880, 3_000)] == [
        "7 min",
        "1 h",
        "2 h 12 min",
        "2 days",
        "2 days 2 h",
    ]


def test_a_text_is_cut_at_a_sentence_else_at_a_word():
    assert clipped("One. Two. Three is long.", 12) == "One. Two. …"
    assert clipped("word " * 30, 22) == "word word word word …"


def test_a_tighter_page_says_less_and_counts_what_it_leaves_out():
    actions = tuple(Promised(title=f"Do {n}") for n in range(9))
    lessons = tuple(Kept(id=f"LES-{n:04d}", title="Count") for n in range(9))
    of = [
        brief_of(
            incident(summary="A word. " * 300), None, lessons=lessons, actions=actions, as_of=TODAY, measure=m
        )
        for m in MEASURES
    ]
    assert [len(b.actions) + b.more_actions for b in of] == [9] * len(of)
    sizes = [len(b.summary) for b in of]
    assert sizes == sorted(sizes, reverse=True)


def test_a_plain_summary_names_nobody_and_no_command():
    told = incident(
        title="Ana Lopez restarted search",
        summary="Ana Lopez and @remi ran `kubectl delete`; ana.lopez wrote it down.",
        impact=Impact(text="Shops lost orders."),
        timeline=(TimelineEntry(text="Remi rolled back", kind="mitigation"),),
    )
    said = summary_of(told, None, lessons=(), actions=(), people=("Ana Lopez", "ana.lopez", "Remi", "remi"))
    whole = f"{said.title} {said.what} {said.done}"
    assert "Ana" not in whole
    assert "emi" not in whole
    assert said.what == "a colleague and a colleague ran kubectl delete; a colleague wrote it down."
    assert said.hurt == "Shops lost orders."
