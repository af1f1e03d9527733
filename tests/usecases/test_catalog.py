"""The catalogue: whom a text may begin to mention."""

from __future__ import annotations

import pytest

from hardwon.domain.actor import Actor
from hardwon.domain.catalog import Person, Team
from hardwon.domain.errors import ForbiddenError
from hardwon.usecases import catalog
from hardwon.usecases.app import App
from tests.usecases.conftest import ADMIN, VIEWER


def suggested(app: App, text: str) -> list[str]:
    return [found.id for found in catalog.suggest_names(app, VIEWER, text)]


def test_people_who_are_here_and_teams_are_suggested_by_id_or_name(app: App) -> None:
    catalog.put(app, ADMIN, Team(id="search", name="Search and ranking"))
    catalog.put(app, ADMIN, Person(id="rosa", name="Rosa Seaver"))
    catalog.put(app, ADMIN, Person(id="ann sea", name="Ann"))
    catalog.put(app, ADMIN, Person(id="seal", name="Gone", active=False))
    assert suggested(app, "SEA") == ["search", "rosa"]
    assert suggested(app, "rank") == ["search"]
    assert suggested(app, "%") == suggested(app, "_") == []
    for number in range(20):
        catalog.put(app, ADMIN, Person(id=f"sea-{number:02}", name="Many"))
    assert len(suggested(app, "sea")) == 8
    with pytest.raises(ForbiddenError):
        catalog.suggest_names(app, Actor(id="x", name="X", roles=()), "sea")
