"""Incidents: times that make sense, statuses that go forward, the risk that is proposed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hardwon.domain.actor import Actor
from hardwon.domain.errors import InputError, RuleError
from hardwon.domain.factor import Factor
from hardwon.domain.incident import Incident, Times, advance, check_times, occurred_at, risk_of
from hardwon.domain.projection import project
from hardwon.domain.timeline import TimelineEntry, in_order

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def incident(**fields: object) -> Incident:
    return Incident(**({"id": "INC-0001", "title": "Slow"} | fields))  # type: ignore[arg-type]


def test_times_that_run_backwards_are_refused() -> None:
    check_times(Times(started_at=AT, mitigated_at=AT + timedelta(hours=1)))
    check_times(Times(started_at=AT, detected_at=AT - timedelta(hours=1)))
    with pytest.raises(InputError, match="mitigated_at"):
        check_times(Times(started_at=AT, mitigated_at=AT - timedelta(hours=1)))


def test_a_status_only_goes_forward_and_dates_its_step() -> None:
    resolved = advance(incident(), "resolved", AT)
    assert (resolved.status, resolved.times.resolved_at) == ("resolved", AT)
    with pytest.raises(RuleError):
        advance(resolved, "mitigated", AT)
    known = incident(times=Times(resolved_at=AT))
    assert advance(known, "resolved", AT + timedelta(days=1)).times.resolved_at == AT


@pytest.mark.parametrize(
    ("severity", "services", "risk"),
    [
        (None, ("a",), None),
        (1, ("a",), "critical"),
        (2, ("a",), "high"),
        (2, ("a", "b", "c"), "critical"),
        (5, ("a", "b", "c"), "medium"),
        (5, ("a",), "low"),
        (4, ("a", "b", "c"), "medium"),
    ],
)
def test_risk_comes_from_severity_and_reach(
    severity: int | None, services: tuple[str, ...], risk: str | None
) -> None:
    assert risk_of(incident(severity=severity, services=services)) == risk


def test_entries_without_a_time_stay_where_they_were() -> None:
    first = TimelineEntry(text="first", at=AT)
    untimed = TimelineEntry(text="then")
    last = TimelineEntry(text="last", at=AT + timedelta(minutes=5))
    assert [e.text for e in in_order((last, first, untimed))] == ["first", "then", "last"]


def test_it_occurred_at_the_first_time_known() -> None:
    assert occurred_at(incident()) is None
    entry = TimelineEntry(text="x", at=AT)
    assert occurred_at(incident(timeline=(entry,))) == AT
    early = AT - timedelta(days=1)
    assert occurred_at(incident(timeline=(entry,), times=Times(detected_at=early))) == early


def test_a_viewer_does_not_see_human_factors_or_internal_notes() -> None:
    full = incident(
        timeline=(TimelineEntry(text="x", human_factor="tired after a night shift", author="kim"),),
        factors=(Factor(text="f", note="names a vendor"),),
    )
    seen = project(full, Actor(id="v", name="V", roles=("viewer",)))
    assert (seen.timeline[0].human_factor, seen.timeline[0].author) == ("", None)
    assert seen.factors[0].note == ""
    assert project(full, Actor(id="r", name="R", roles=("responder",))) == full
