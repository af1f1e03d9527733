"""Observations: noted by whoever may ask, triaged by whoever may write, in one transaction."""

from __future__ import annotations

import msgspec
import pytest

from hardwon.domain.catalog import Service, Team
from hardwon.domain.errors import (
    ForbiddenError,
    InputError,
    NotFoundError,
    RevisionConflictError,
    RuleError,
)
from hardwon.usecases import (
    actions,
    artifacts,
    audit,
    catalog,
    histories,
    home,
    inbox,
    indexing,
    observations,
    outbox,
    search,
)
from hardwon.usecases.app import App
from hardwon.usecases.observations import GivenObservation
from tests.usecases.conftest import ADMIN, OUTSIDER, RESPONDER, VIEWER

GIVEN = GivenObservation(title="The canary watches latency only", services=("ranker",))


def test_a_viewer_notes_in_a_line_and_the_services_team_is_told(app: App) -> None:
    catalog.put(app, ADMIN, Team(id="search", name="Search"))
    catalog.put(app, ADMIN, Service(id="ranker", name="ranker", team="search"))
    kept = observations.note(app, VIEWER, GIVEN)
    assert (kept.id, kept.author, kept.team, kept.state) == ("OBS-0001", VIEWER.id, "search", "noted")
    outbox.deliver(app)
    assert [notice.record for notice in inbox.list_notices(app, RESPONDER).rows] == ["OBS-0001"]
    assert home.get_home(app, RESPONDER).observations == 1
    assert home.get_home(app, VIEWER).observations == 0


def test_its_author_corrects_it_and_another_viewer_does_not(app: App) -> None:
    kept = observations.note(app, VIEWER, GIVEN)
    better = msgspec.structs.replace(GIVEN, text="Seen twice.")
    assert observations.revise(app, VIEWER, kept.id, better, 1).text == "Seen twice."
    other = msgspec.structs.replace(VIEWER, id="vic")
    with pytest.raises(ForbiddenError, match="did not write"):
        observations.revise(app, other, kept.id, GIVEN, 2)
    with pytest.raises(RevisionConflictError):
        observations.revise(app, RESPONDER, kept.id, GIVEN, 1)
    assert observations.revise(app, RESPONDER, kept.id, GIVEN, 2).author == VIEWER.id


@pytest.mark.parametrize("goal", ["lesson", "action"])
def test_what_it_becomes_leads_back(app: App, goal: str) -> None:
    kept = observations.note(app, VIEWER, msgspec.structs.replace(GIVEN, text="Seen twice."))
    make = {"lesson": observations.make_lesson, "action": observations.make_action}[goal]
    with pytest.raises(ForbiddenError):
        make(app, VIEWER, kept.id, 1)
    with pytest.raises(RevisionConflictError):
        make(app, RESPONDER, kept.id, 7)
    made = make(app, RESPONDER, kept.id, 1)
    assert made.id in {"LES-0001", "ACT-0001"}, "what was refused took no number"
    assert (made.owner, made.source_id) == (RESPONDER.id, kept.id)
    found = observations.get_observation(app, VIEWER, kept.id)
    assert (found.state, found.became, found.triaged_by) == ("became", made.id, RESPONDER.id)
    with pytest.raises(RuleError, match="it became"):
        make(app, RESPONDER, kept.id, 2)
    if goal == "lesson":
        assert artifacts.get_artifact(app, RESPONDER, made.id).artifact.state == "draft"
    else:
        assert actions.list_actions(app, VIEWER, unfinished=True).rows[0].id == made.id
    assert [row.verb for row in histories.get_history(app, VIEWER, kept.id)] == ["moved", "created"]


def test_a_dismissed_one_says_why_fades_and_waits_again(app: App) -> None:
    kept = observations.note(app, VIEWER, GIVEN)
    with pytest.raises(RuleError, match="for a reason"):
        observations.dismiss(app, RESPONDER, kept.id, " ", 1)
    observations.dismiss(app, RESPONDER, kept.id, "We do not run it.", 1)
    assert observations.list_observations(app, VIEWER, state="noted").rows == ()
    row = observations.list_observations(app, VIEWER).rows[0]
    assert (row.state, row.because) == ("dismissed", "We do not run it.")
    indexing.catch_up(app)
    assert search.search(app, VIEWER, "canary latency").hits[0].id == kept.id
    assert observations.reopen(app, RESPONDER, kept.id, 2).state == "noted"


def test_another_teams_is_not_there(app: App) -> None:
    kept = observations.note(app, RESPONDER, msgspec.structs.replace(GIVEN, scope="team:search"))
    for actor in (OUTSIDER, VIEWER):
        with pytest.raises(NotFoundError):
            observations.get_observation(app, actor, kept.id)
        assert observations.list_observations(app, actor).rows == ()
        with pytest.raises(ForbiddenError):
            observations.note(app, actor, msgspec.structs.replace(GIVEN, scope="team:search"))
    with pytest.raises(NotFoundError):
        observations.dismiss(app, OUTSIDER, kept.id, "No.", 1)
    assert home.get_home(app, OUTSIDER).observations == 0
    made = observations.make_lesson(app, RESPONDER, kept.id, 1)
    with pytest.raises(NotFoundError):
        artifacts.get_artifact(app, OUTSIDER, made.id)


def test_lists_are_paged_and_filtered_newest_first(app: App) -> None:
    for number in range(5):
        kind = "threat" if number % 2 else "need"
        observations.note(app, VIEWER, GivenObservation(title=f"Thing {number}", kind=kind))
    observations.note(app, VIEWER, GIVEN)
    first = observations.list_observations(app, VIEWER, limit=4)
    rest = observations.list_observations(app, VIEWER, limit=4, after=first.next)
    assert [row.id for row in (*first.rows, *rest.rows)] == [f"OBS-000{n}" for n in range(6, 0, -1)]
    assert rest.next is None
    assert len(observations.list_observations(app, VIEWER, kind="threat").rows) == 2
    assert [row.id for row in observations.list_observations(app, VIEWER, service="ranker").rows] == [
        "OBS-0006"
    ]


def test_a_link_that_is_none_is_refused(app: App) -> None:
    for address in ("javascript:alert(1)", "example.com", "file:///etc/passwd"):
        with pytest.raises(InputError, match="https://"):
            observations.note(app, VIEWER, msgspec.structs.replace(GIVEN, url=address))
    assert observations.list_observations(app, ADMIN).rows == ()
    assert audit.verify(app, ADMIN).problems == ()
