"""Words: compared as people spell them, one term each, reworded wherever they stand."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.factor import Factor
from hardwon.domain.search import Signature
from hardwon.domain.term import Term, check_alone, merge, rename, reword, words_of
from hardwon.domain.vocabulary import other_words, vocabulary_of
from tests.storage.samples import NOW, incident, lesson

DRIFT = Term(
    id="TRM-0001",
    title="Data drift",
    word="data_drift",
    axis="factor",
    synonyms=("covariate shift",),
    written_at=NOW,
    updated_at=NOW,
)
SHIFT = msgspec.structs.replace(DRIFT, id="TRM-0002", title="Input shift", word="input_shift", synonyms=())


def test_a_word_belongs_to_one_term():
    assert check_alone(SHIFT, [DRIFT]) is SHIFT
    twice = msgspec.structs.replace(SHIFT, synonyms=("Covariate-Shift",))
    with pytest.raises(RuleError, match="belongs to TRM-0001"):
        check_alone(twice, [DRIFT])
    assert check_alone(twice, [msgspec.structs.replace(DRIFT, state="merged")]) is twice
    with pytest.raises(InputError):
        check_alone(msgspec.structs.replace(SHIFT, word="-"), [])


def test_a_renamed_word_stays_as_a_synonym_and_a_merged_one_too():
    renamed = rename(DRIFT, "input_drift", NOW)
    assert (renamed.word, renamed.title, renamed.synonyms) == (
        "input_drift",
        "input drift",
        ("covariate shift", "data_drift"),
    )
    kept, gone = merge(DRIFT, SHIFT, NOW)
    assert kept.synonyms == ("covariate shift", "input_shift")
    assert (gone.state, gone.became) == ("merged", DRIFT.id)
    for refused in (
        lambda: merge(DRIFT, DRIFT, NOW),
        lambda: merge(DRIFT, gone, NOW),
        lambda: merge(DRIFT, msgspec.structs.replace(SHIFT, axis="tag"), NOW),
        lambda: rename(gone, "x", NOW),
        lambda: rename(DRIFT, "data_drift", NOW),
        lambda: rename(msgspec.structs.replace(DRIFT, axis="service"), "x", NOW),
    ):
        with pytest.raises(RuleError):
            refused()


def test_a_record_is_reworded_wherever_it_carries_the_word():
    told = incident(factors=(Factor(text="a", code="data_drift"), Factor(text="b", code="other")))
    assert [f.code for f in reword(told, "factor", "data_drift", "drift").factors] == ["drift", "other"]
    kept = lesson(applies=Signature(factors=("data_drift", "drift")), tags=("a",))
    assert reword(kept, "factor", "data_drift", "drift").applies.factors == ("drift",)
    assert reword(kept, "tag", "a", "b").tags == ("b",)
    assert reword(kept, "tag", "nothing", "b") is kept


@given(st.text(max_size=60))
def test_nobody_hears_other_words_than_those_of_the_glossary(text):
    known = {word for term in (DRIFT, SHIFT) for word in words_of(term)}
    assert set(other_words(text, vocabulary_of([DRIFT, SHIFT]))) <= known
    assert other_words(text, {}) == ()


@pytest.mark.parametrize(
    "text", ["covariate shift", "a Covariate-Shift in prod", "what is covariate  shift?"]
)
def test_a_phrase_is_heard_however_it_is_typed(text):
    assert other_words(text, vocabulary_of([DRIFT, SHIFT])) == ("data drift",)
