"""The shared life of artifacts: which steps exist, what they need, who sees a draft."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.artifact import TRANSITIONS, move, visible_scope
from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.lesson import Lesson

AT = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 2, tzinfo=UTC)
STATES = sorted(TRANSITIONS)


def lesson(**fields: object) -> Lesson:
    values = {"id": "LES-0001", "title": "Pin both", "written_at": AT, "updated_at": AT}
    return Lesson(**(values | fields))  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(STATES), max_size=12))
def test_a_walk_through_the_lifecycle_takes_only_drawn_steps(steps: list[str]) -> None:
    current = lesson()
    for state in steps:
        if state in TRANSITIONS[current.state]:
            current = move(current, state, LATER, reason="no longer true")  # type: ignore[arg-type]
            assert current.state == state
        else:
            with pytest.raises(RuleError, match="can become"):
                move(current, state, LATER, reason="no longer true")  # type: ignore[arg-type]


def test_retiring_needs_a_reason_and_keeps_the_successor() -> None:
    published = lesson(state="published")
    with pytest.raises(InputError, match="reason"):
        move(published, "retired", LATER, reason="  ")
    retired = move(published, "retired", LATER, reason="replaced", successor="LES-0009")
    assert (retired.retired_because, retired.successor) == ("replaced", "LES-0009")
    assert retired.updated_at == LATER


def test_a_draft_is_scoped_to_those_who_may_write() -> None:
    assert visible_scope(lesson(scope="team:search")) == "draft:team:search"
    assert visible_scope(lesson(scope="team:search", state="published")) == "team:search"
