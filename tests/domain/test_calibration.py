"""The bar of the check: within budget on what it was measured on, and left alone where too little is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.calibration import ENOUGH, SILENT, calibrate, margin_of
from hardwon.domain.check import applies
from hardwon.domain.search import Hit, Reason

SERVICE = Reason("service", ("ranker",), 0.12)
RECENT = Reason("recent", ("2 days before",), 0.3)


def hit(score: float, *reasons: Reason) -> Hit:
    return Hit("INC-1", "incident", 1, score, reasons)


@given(
    st.lists(st.floats(-1, 0.62), min_size=ENOUGH, max_size=500),
    st.floats(0.002, 0.5),
)
def test_no_more_changes_raise_an_alert_than_the_budget_allows(margins: list[float], budget: float) -> None:
    found = calibrate(margins, budget)
    alerted = sum(margin >= found.shift for margin in margins)
    if found.shift < 0.6:
        assert alerted <= budget * len(margins)
    assert found.alerted == alerted / len(margins)
    assert found.measured == len(margins)
    assert -0.05 <= found.shift <= 0.6


def test_too_few_changes_move_nothing() -> None:
    found = calibrate([0.5] * (ENOUGH - 1), 0.05)
    assert (found.shift, found.measured) == (0.0, 0)


def test_silence_does_not_sink_the_bar_into_noise() -> None:
    assert calibrate([SILENT] * 500, 0.05).shift == -0.05


@pytest.mark.parametrize(
    ("hits", "margin"),
    [
        ((), SILENT),
        ((hit(0.48),), 0.10),
        ((hit(0.48, SERVICE), hit(0.5)), 0.18),
        ((hit(0.40, RECENT),), SILENT),
    ],
)
def test_a_margin_is_what_the_best_answer_passes_the_bar_by(hits: tuple[Hit, ...], margin: float) -> None:
    assert margin_of(hits) == pytest.approx(margin)


def test_the_bar_and_the_margin_agree() -> None:
    for found in (hit(0.37), hit(0.38), hit(0.45, SERVICE), hit(0.29, SERVICE), hit(0.7, RECENT)):
        margin = margin_of([found])
        for shift in (-0.05, 0.0, 0.1, 0.3):
            assert applies(found.score, found.reasons, shift) == (
                margin >= shift - 1e-12 and margin != SILENT
            )
