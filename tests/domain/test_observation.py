"""An observation waits until somebody says what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hardwon.domain.errors import RuleError
from hardwon.domain.observation import Observation, action_from, become, dismiss, lesson_from, reopen

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
NOTED = Observation(
    id="OBS-0001",
    title="The canary watches latency only",
    text="Seen twice.",
    url="https://example.com/talk",
    services=("ranker",),
    environments=("prod",),
    tags=("canary",),
    team="search",
    scope="team:search",
    written_at=NOW,
    updated_at=NOW,
)


def test_it_becomes_something_once():
    became = become(NOTED, "LES-0007", "rita", LATER)
    assert (became.state, became.became, became.triaged_by, became.triaged_at) == (
        "became",
        "LES-0007",
        "rita",
        LATER,
    )
    for again in (
        lambda: become(became, "ACT-0001", "rita", LATER),
        lambda: dismiss(became, "No.", "rita", LATER),
        lambda: reopen(became, LATER),
    ):
        with pytest.raises(RuleError, match="it became LES-0007"):
            again()


def test_it_is_dismissed_for_a_reason_and_waits_again():
    with pytest.raises(RuleError, match="for a reason"):
        dismiss(NOTED, "  ", "rita", LATER)
    dismissed = dismiss(NOTED, " We do not run it. ", "rita", LATER)
    assert (dismissed.state, dismissed.because) == ("dismissed", "We do not run it.")
    with pytest.raises(RuleError, match="is dismissed") as refused:
        become(dismissed, "LES-0007", "rita", LATER)
    assert refused.value.fix == "Reopen it first."
    again = reopen(dismissed, LATER)
    assert (again.state, again.because, again.triaged_by) == ("noted", "", None)
    with pytest.raises(RuleError, match="waiting for triage"):
        reopen(again, LATER)


def test_what_it_becomes_says_what_was_seen_where_and_to_whom():
    lesson = lesson_from(NOTED, "LES-0007", "rita", LATER)
    action = action_from(NOTED, "ACT-0007", "rita", LATER)
    assert lesson.body == action.description == "Seen twice.\n\nhttps://example.com/talk"
    assert (lesson.applies.services, lesson.applies.environments) == (("ranker",), ("prod",))
    for made in (lesson, action):
        assert (made.title, made.scope, made.team, made.owner) == (
            NOTED.title,
            "team:search",
            "search",
            "rita",
        )
        assert (made.source, made.source_id) == ("observation", "OBS-0001")
