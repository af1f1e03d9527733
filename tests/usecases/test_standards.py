"""The minimum standard as a team's own record: tried first, kept with its history, refused when broken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hardwon.domain.errors import ForbiddenError, InputError, RevisionConflictError, RuleError
from hardwon.domain.event import Event
from hardwon.domain.incident import Times
from hardwon.domain.policy import STANDARD
from hardwon.domain.review import Review, Seat
from hardwon.usecases import histories, incidents, standards
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import ADMIN, NOW, RESPONDER, VIEWER

RULES = """
[[rules]]
name = "any incident"
when = "severity > 0"
within_days = 5
demands = ["review", "perspective:security", "resolved"]
"""


@pytest.fixture
def incident(app: App) -> str:
    """A SEV3 that was resolved a day ago."""
    times = Times(started_at=NOW - timedelta(days=2), resolved_at=NOW - timedelta(days=1))
    return incidents.declare(app, RESPONDER, NewIncident(title="Slow", severity=3, times=times)).id


def test_rules_are_tried_without_being_kept(app: App, incident: str) -> None:
    page = standards.try_standard(app, VIEWER, RULES)
    lacks = [d.code for d in page.tried[0].standing.missing]
    assert (page.tried[0].incident.id, lacks) == (incident, ["review", "perspective:security"])
    assert standards.get_standard(app, VIEWER).kept == "shipped"
    assert "review" not in {d.code for d in standards.get_standing(app, VIEWER, incident).missing}


def test_a_team_writes_its_own_and_every_version_is_kept(app: App, incident: str) -> None:
    first = standards.write_standard(app, ADMIN, RULES, 0)
    assert first.revision == 1
    standing = standards.get_standing(app, VIEWER, incident)
    assert standing.because == "any incident"
    assert standing.due_on == (NOW + timedelta(days=4)).date()
    standards.write_standard(app, ADMIN, RULES.replace("5", "6"), 1)
    assert [row.revision for row in histories.get_history(app, VIEWER, STANDARD)] == [2, 1]
    with pytest.raises(RevisionConflictError):
        standards.write_standard(app, ADMIN, RULES, 1)


def test_a_perspective_that_signed_meets_its_demand(app: App, incident: str) -> None:
    standards.write_standard(app, ADMIN, RULES, 0)
    held = Review(
        id="REV-0001",
        title="Slow",
        subject=incident,
        state="held",
        due_on=NOW.date(),
        seats=(Seat(perspective="security", person="ada", verdict="dissents", note="No"),),
        written_at=NOW,
        updated_at=NOW,
    )
    with app.store.begin(ADMIN, NOW) as tx:
        tx.save(held, (Event(verb="created"),))
    assert standards.get_standing(app, VIEWER, incident).missing == ()


def test_who_may_not_and_what_is_broken_changes_nothing(app: App, incident: str) -> None:
    with pytest.raises(ForbiddenError):
        standards.write_standard(app, RESPONDER, RULES, 0)
    for broken in (
        "rules = 3",
        RULES.replace("severity > 0", "severity"),
        RULES.replace("review", "cake"),
        "[" * 9_000,
    ):
        with pytest.raises(InputError) as caught:
            standards.write_standard(app, ADMIN, broken, 0)
        assert caught.value.fix
    with pytest.raises(InputError, match="at most 100 rules"):
        standards.try_standard(app, ADMIN, RULES * 101)
    assert standards.get_standard(app, ADMIN).kept == "shipped"
    (app.settings.home / "standard.toml").write_text(RULES)
    with pytest.raises(RuleError, match=r"standard\.toml holds"):
        standards.write_standard(app, ADMIN, RULES, 0)
    assert standards.get_standing(app, VIEWER, incident).because == "any incident"


@pytest.mark.parametrize(
    "when",
    ["1/0 == 1", "severity/0 == 1", "1 % 0 == 1", "9223372036854775807 + services > 0 && services == 1"],
)
@pytest.mark.usefixtures("incident")
def test_a_rule_that_cannot_be_answered_lets_nothing_pass(app: App, when: str) -> None:
    text = f'revision = 1\n[[rules]]\nname = "odd"\nwhen = "{when}"\ndemands = ["factor"]\n'
    with pytest.raises(InputError, match="cannot be answered"):
        standards.try_standard(app, ADMIN, text)
    with pytest.raises(InputError):
        standards.write_standard(app, ADMIN, text, 0)
