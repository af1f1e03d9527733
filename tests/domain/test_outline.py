"""A template's outline as text: what is written comes back, what is no outline is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.guide import OUTLINE
from hardwon.domain.outline import Outline, read_outline, with_text, write_outline
from hardwon.domain.template import Template, TemplateSection, retire, reuse, suited
from tests.storage.samples import NOW

WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12)
LINES = st.lists(WORDS, max_size=4).map(" ".join)
SECTIONS = st.builds(
    TemplateSection,
    name=st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
    title=st.lists(WORDS, min_size=1, max_size=3).map(" ".join),
    ask=LINES,
    example=LINES,
    minutes=st.integers(0, 480),
)
TEMPLATE = Template(id="TPL-0001", title="For services", written_at=NOW, updated_at=NOW)


@given(
    st.lists(SECTIONS, max_size=6, unique_by=lambda s: s.name),
    st.lists(LINES.filter(bool), max_size=4).map(tuple),
)
def test_an_outline_comes_back_as_it_was(sections, checklist):
    kept = [s for s in sections if s.title.lower() not in {o.title.lower() for o in OUTLINE}]
    outline = Outline(sections=tuple(kept), checklist=checklist)
    assert read_outline(write_outline(outline)) == outline


def test_a_standard_heading_brings_its_help_and_keeps_its_key():
    section = read_outline("## What went well\n").sections[0]
    assert section == next(s for s in OUTLINE if s.name == "went_well")


def test_a_reworded_heading_keeps_its_key():
    section = read_outline("## How it was noticed {detection}\nWho saw it?").sections[0]
    assert (section.name, section.title, section.ask) == ("detection", "How it was noticed", "Who saw it?")


def test_headings_without_latin_letters_have_keys_of_their_own():
    one, two = read_outline("## Что случилось\n## Почему\n").sections
    assert one.name != two.name
    assert read_outline(write_outline(Outline(sections=(one, two)))).sections == (one, two)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Words first\n## Summary", "before the first heading"),
        ("## Summary\n## Summary", "Two sections"),
        ("\n".join(f"## H{n}" for n in range(61)), "more than anybody"),
        ("## " + "x" * 600, "is no heading|length"),
    ],
)
def test_what_is_no_outline_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        read_outline(text)


def test_a_lesson_begins_from_a_text_that_may_be_anything():
    lesson = Template(id="TPL-0002", title="A lesson", kind="lesson", written_at=NOW, updated_at=NOW)
    assert with_text(lesson, "Words\n").body == "Words\n"


def test_the_template_that_suits_is_the_one_the_tags_ask_for():
    names = {"services": "TPL-0001", "models": "TPL-0002", "security": "TPL-0004"}
    assert suited(("ML",), names) == "TPL-0002"
    assert suited(("leak",), names) == "TPL-0004"
    assert suited((), names) == "TPL-0001"
    assert suited(("ml",), {"own": "TPL-0011"}) == "TPL-0011"
    assert suited((), {}) is None


def test_a_template_is_retired_and_taken_into_use_again():
    retired = retire(TEMPLATE, NOW)
    assert (retired.state, reuse(retired, NOW).state) == ("retired", "in_use")
    with pytest.raises(RuleError):
        retire(retired, NOW)
    with pytest.raises(RuleError):
        reuse(TEMPLATE, NOW)
