"""The check: what applies, what is still open, and silence when nothing does."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from hardwon.domain.action import Action
from hardwon.domain.check import CheckQuestion
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import InputError, NotFoundError, TooLargeError
from hardwon.domain.lesson import Lesson
from hardwon.domain.search import Signature
from hardwon.usecases import actions, artifacts, checks, deployments, incidents, indexing
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.usecases.conftest import ADMIN, NOW, OUTSIDER, VIEWER

QUESTION = CheckQuestion(
    title="Ranker v8: new embedder",
    text="Deploy ranker v8 with the new embedder; the vector index stays.",
    files=("ranker/model.lock",),
    services=("ranker",),
)


@pytest.fixture
def story(app: App) -> App:
    """One incident with an overdue promise and a published lesson, among unrelated ones."""
    incident = incidents.declare(
        app,
        ADMIN,
        NewIncident(
            title="Ranker served random results with a new embedder over the old index",
            summary="A new embedder version went out while the vector index stayed old.",
            services=("ranker",),
            severity=2,
        ),
    )
    for number in range(12):
        incidents.declare(
            app,
            ADMIN,
            NewIncident(title=f"Certificate {number} expired at the gateway", services=("gateway",)),
        )
    lesson = artifacts.write(
        app,
        ADMIN,
        Lesson(
            id="new",
            title="Ship the embedder and its index as one version",
            claim="Refuse to start the ranker when the embedder and the vector index differ.",
            services=("ranker",),
            applies=Signature(services=("ranker",), files=("ranker/model.lock",)),
            incidents=(incident.id,),
            written_at=NOW,
            updated_at=NOW,
        ),
    )
    artifacts.move(app, ADMIN, lesson.id, "published", 1)
    actions.promise(
        app,
        ADMIN,
        Action(
            id="new",
            title="Compare embedder and index version at start",
            incident=incident.id,
            due_on=(NOW - timedelta(days=40)).date(),
            written_at=NOW,
            updated_at=NOW,
        ),
    )
    indexing.catch_up(app)
    return app


def test_the_lesson_and_the_promise_come_back_with_reasons(story: App) -> None:
    answer = checks.check(story, VIEWER, QUESTION)
    assert answer.verdict == "warn"
    assert [finding.id for finding in answer.lessons] == ["LES-0001"]
    assert {"service", "file"} <= {reason.kind for reason in answer.lessons[0].reasons}
    assert answer.actions[0].note == "40 days overdue, no owner, promised after INC-0001"
    assert answer.summary.startswith("One lesson applies, one promise is open")
    assert answer.risk_points == sum(factor.points for factor in answer.risk_factors)
    assert (answer.risk_band, answer.risk, answer.risk_known) == ("unknown", 0, 0)


def test_an_unrelated_change_passes_in_silence(story: App) -> None:
    quiet = CheckQuestion(title="Correct a typo in the office map", files=("docs/map.svg",))
    answer = checks.check(story, VIEWER, quiet)
    assert answer.verdict == "pass"
    assert (answer.lessons, answer.actions, answer.incidents) == ((), (), ())


def test_the_same_question_has_the_same_answer(story: App) -> None:
    assert checks.check(story, VIEWER, QUESTION) == checks.check(story, VIEWER, QUESTION)


def test_a_stored_deployment_is_a_question(story: App) -> None:
    planned = deployments.record(
        story,
        ADMIN,
        Deployment(id="new", title=QUESTION.title, description=QUESTION.text, service="ranker"),
    )
    indexing.catch_up(story)
    answer = checks.check(story, VIEWER, CheckQuestion(deployment=planned.id))
    assert [finding.id for finding in answer.lessons] == ["LES-0001"]
    with pytest.raises(NotFoundError):
        checks.check(story, VIEWER, CheckQuestion(deployment="DEP-0404"))


def test_a_teams_rules_decide(story: App) -> None:
    path = story.settings.home / checks.RULES_FILE
    path.write_text(
        'revision = 7\n[[rules]]\nwhen = "overdue_actions > 0"\n'
        'verdict = "block"\nbecause = "a promise is overdue"\n'
    )
    answer = checks.check(story, VIEWER, QUESTION)
    assert (answer.verdict, answer.because) == ("block", ("a promise is overdue",))
    assert answer.rules_revision == 7
    path.write_text('[[rules]]\nwhen = "boom > 0"\nverdict = "block"\nbecause = "x"\n')
    with pytest.raises(InputError, match="boom"):
        checks.check(story, VIEWER, QUESTION)


def test_empty_and_giant_questions_are_refused(story: App) -> None:
    with pytest.raises(InputError, match="no change"):
        checks.check(story, VIEWER, CheckQuestion(text=" \n"))
    with pytest.raises((TooLargeError, InputError)):
        checks.check(story, VIEWER, msgspec.structs.replace(QUESTION, text="x " * 600_000))


def test_what_the_asker_may_not_see_does_not_speak(app: App) -> None:
    hidden = NewIncident(
        title="Ranker leaked partner data with a new embedder",
        services=("ranker",),
        scope="team:search",
    )
    incidents.declare(app, ADMIN, hidden)
    indexing.catch_up(app)
    assert checks.check(app, OUTSIDER, QUESTION).incidents == ()
