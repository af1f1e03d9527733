"""What speaks for a deployment having to do with an incident, and that time alone says little."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.incident import Incident, Times
from hardwon.domain.tie import Shipped, tie_of

BEGAN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def minutes(number: float) -> datetime:
    return BEGAN + timedelta(minutes=number)


def incident(**more: Any) -> Incident:
    given: dict[str, Any] = {"services": ("ranker",), "environments": ("production",)}
    times = Times(started_at=BEGAN, mitigated_at=minutes(60), resolved_at=minutes(90))
    return Incident(id="INC-0001", title="Slow", times=times, **{**given, **more})


def shipped(name: str = "DEP-0001", at: float = -30, **more: Any) -> Shipped:
    said: dict[str, Any] = {
        "title": "Ship",
        "service": "ranker",
        "environment": "production",
        "version": "",
        "outcome": "succeeded",
        "risk": None,
    }
    return Shipped(id=name, at=minutes(at), **{**said, **more})


def test_the_last_deployment_is_not_suspected_for_its_time_alone() -> None:
    last = shipped("DEP-0002", -1, service="mail", environment=None)
    own = shipped("DEP-0001", -600)
    by_time = tie_of(incident(), last, [own, last], {})
    by_service = tie_of(incident(), own, [own, last], {})
    assert (by_time.confidence, by_time.method) == ("low", "time")
    assert by_time.reasons == ("1 minute before it began", "only the time speaks for it")
    assert by_service.points > by_time.points


def test_each_reason_is_named_and_adds_up() -> None:
    one = shipped(version="7.3.2", outcome="failed", risk="high")
    tie = tie_of(incident(summary="Since 7.3.2 it is slow."), one, [one], {})
    assert tie.reasons == (
        "the same service",
        "version 7.3.2 is named in it",
        "30 minutes before it began",
        "it failed",
        "the same environment, production",
        "its risk was high",
    )
    assert (tie.confidence, tie.relation, tie.points) == ("high", "suspected", 129)


def test_a_version_is_named_as_a_whole_only() -> None:
    one = shipped(version="7.3")
    for text in ("7.3.2 shipped", "17.3 shipped", "v7.30"):
        assert "named" not in " ".join(tie_of(incident(summary=text), one, [one], {}).reasons), text
    assert "version 7.3 is named in it" in tie_of(incident(summary="on 7.3."), one, [one], {}).reasons


def test_what_a_service_calls_counts_less_than_itself_and_another_environment_against_it() -> None:
    calls = {"ranker": ("features",)}
    below = shipped(service="features")
    assert "ranker calls features" in tie_of(incident(), below, [below], calls).reasons
    own, staged = shipped(), shipped(environment="staging")
    points = [tie_of(incident(), one, [one], calls).points for one in (own, below, staged)]
    assert points[0] > points[1] > points[2]


def test_going_back_says_what_was_rolled_back_and_what_mended_it() -> None:
    first, bad = shipped("DEP-0001", -900, version="7.3.1"), shipped("DEP-0002", -40, version="7.3.2")
    back = shipped("DEP-0003", 50, version="7.3.1")
    all_of_them = [first, bad, back]
    ties = {one.id: tie_of(incident(), one, all_of_them, {}) for one in all_of_them}
    assert (ties["DEP-0002"].relation, ties["DEP-0002"].confidence) == ("rolled_back", "high")
    assert "DEP-0003 went back from it" in ties["DEP-0002"].reasons
    assert (ties["DEP-0003"].relation, ties["DEP-0003"].method) == ("fixed", "rollback_event")
    assert ties["DEP-0001"].relation == "suspected"


def test_what_shipped_shortly_before_it_was_mended_may_have_mended_it() -> None:
    near, far = shipped(at=50), shipped(at=10)
    assert tie_of(incident(), near, [near], {}).relation == "fixed"
    assert tie_of(incident(), far, [far], {}).relation == "suspected"


@given(
    st.lists(
        st.builds(
            shipped,
            st.sampled_from(["DEP-0001", "DEP-0002", "DEP-0003"]),
            st.integers(-3_000, 3_000),
            service=st.sampled_from([None, "ranker", "mail"]),
            environment=st.sampled_from([None, "production", "staging"]),
            version=st.text(max_size=8),
            outcome=st.sampled_from(["succeeded", "failed", "rolled_back", "running"]),
            title=st.text(max_size=30),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda one: one.id,
    ),
    st.text(max_size=60),
)
def test_any_history_has_an_answer_that_does_not_depend_on_its_order(
    history: list[Shipped], summary: str
) -> None:
    told = incident(summary=summary)
    ties = {one.id: tie_of(told, one, history, {}) for one in history}
    assert ties == {one.id: tie_of(told, one, list(reversed(history)), {}) for one in history}
    assert all(tie.reasons for tie in ties.values() if tie.points > 0)
