"""Actions: seen by whom their incident is seen, and never of an incident nobody may name."""

from __future__ import annotations

import pytest

from hardwon.domain.action import Action
from hardwon.domain.errors import ForbiddenError, NotFoundError
from hardwon.usecases import actions, incidents
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import NOW, OUTSIDER, RESPONDER, VIEWER


def promised(incident: str) -> Action:
    return Action(id="new", title="Warm it", incident=incident, written_at=NOW, updated_at=NOW)


def test_an_action_is_seen_by_whom_its_incident_is_seen(app: App) -> None:
    secret = incidents.declare(app, RESPONDER, NewIncident(title="Secret", scope="team:search")).id
    kept = actions.promise(app, RESPONDER, promised(secret))
    assert kept.scope == "team:search"
    with pytest.raises(NotFoundError):
        actions.get_action(app, OUTSIDER, kept.id)


@pytest.mark.parametrize("actor", [VIEWER, OUTSIDER], ids=lambda actor: actor.id)
def test_what_is_hidden_answers_like_what_is_not_there(app: App, actor) -> None:
    secret = incidents.declare(app, RESPONDER, NewIncident(title="Secret", scope="team:search")).id
    said = []
    for name in (secret, "INC-9999"):
        with pytest.raises((NotFoundError, ForbiddenError)) as advanced:
            incidents.advance(app, actor, name, "resolved", 1)
        with pytest.raises((NotFoundError, ForbiddenError)) as named:
            actions.promise(app, actor, promised(name))
        said.append([str(error.value).replace(name, "X") for error in (advanced, named)])
    assert said[0] == said[1]
