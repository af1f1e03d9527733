"""Histories of every kind of record."""

from __future__ import annotations

import msgspec
import pytest

from hardwon.domain.action import Action
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import InputError, NotFoundError
from hardwon.domain.timeline import TimelineEntry
from hardwon.usecases import actions, deployments, histories, incidents
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import NOW, RESPONDER, VIEWER


def test_an_incident_shows_what_changed_in_it(app: App) -> None:
    entry = TimelineEntry(text="Pager", at=NOW, kind="detection", human_factor="tired")
    first = incidents.declare(app, RESPONDER, NewIncident(title="Search is slow", timeline=(entry,)))
    changed = msgspec.structs.replace(first, title="Search is down", summary="One\nTwo")
    incidents.revise(app, RESPONDER, changed, first.revision)
    page = histories.open_history(app, RESPONDER, first.id)
    assert [row.revision for row in page.revisions] == [2, 1]
    assert not page.restorable
    assert ("-", "title: Search is slow") in page.comparison.lines
    assert ("+", "title: Search is down") in page.comparison.lines
    assert ("+", "summary: One") in page.comparison.lines
    assert ("+", "  Two") in page.comparison.lines
    assert any("human factor: tired" in line for _, line in page.comparison.lines)
    assert histories.get_revision(app, RESPONDER, first.id, 1) == first


def test_marked_fields_stay_hidden_in_old_revisions(app: App) -> None:
    entry = TimelineEntry(text="Pager", at=NOW, kind="detection", human_factor="tired")
    first = incidents.declare(app, RESPONDER, NewIncident(title="Search is slow", timeline=(entry,)))
    lines = histories.open_history(app, VIEWER, first.id).comparison.lines
    assert any("Pager" in line for _, line in lines)
    assert not any("tired" in line for _, line in lines)


def test_who_may_not_see_a_record_may_not_see_its_history(app: App) -> None:
    hidden = incidents.declare(app, RESPONDER, NewIncident(title="Secret", scope="team:search"))
    for number in (1, 2):
        with pytest.raises(NotFoundError):
            histories.get_revision(app, VIEWER, hidden.id, number)
    with pytest.raises(NotFoundError):
        histories.open_history(app, VIEWER, hidden.id)


def test_deployments_and_actions_have_one_too(app: App) -> None:
    shipped = deployments.record(app, RESPONDER, Deployment(id="new", title="ranker 8", version="8"))
    promised = actions.promise(
        app, RESPONDER, Action(id="new", title="Alert on age", written_at=NOW, updated_at=NOW)
    )
    actions.move(app, RESPONDER, promised.id, "in_progress", promised.revision)
    assert histories.open_history(app, RESPONDER, shipped.id).title == "ranker 8"
    lines = histories.open_history(app, RESPONDER, promised.id).comparison.lines
    assert ("+", "state: in_progress") in lines


@pytest.mark.parametrize(("record", "error"), [("search", InputError), ("INC-9999", NotFoundError)])
def test_what_is_not_there_has_no_history(app: App, record: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        histories.open_history(app, RESPONDER, record)
