"""Artifacts: drafts, steps that need a reviewer, history, comparison, restore."""

from __future__ import annotations

import msgspec
import pytest

from hardwon.domain.actor import Actor
from hardwon.domain.errors import ForbiddenError, NotFoundError, RevisionConflictError
from hardwon.domain.lesson import Lesson
from hardwon.usecases import artifacts, histories, inbox, indexing, outbox, search
from hardwon.usecases.app import App
from tests.usecases.conftest import ADMIN, NOW, RESPONDER, VIEWER

REVIEWER = Actor(id="rae", name="Rae", roles=("reviewer",))


def lesson(title: str = "Ship the model and its index together", **fields: object) -> Lesson:
    values = {"id": "new", "title": title, "written_at": NOW, "updated_at": NOW}
    return Lesson(**(values | fields))  # type: ignore[arg-type]


def test_a_new_lesson_is_a_draft_that_viewers_do_not_see(app: App) -> None:
    kept = artifacts.write(app, RESPONDER, lesson(state="published"))
    assert (kept.id, kept.state) == ("LES-0001", "draft")
    indexing.catch_up(app)
    with pytest.raises(NotFoundError):
        artifacts.get_artifact(app, VIEWER, kept.id)
    assert search.search(app, VIEWER, "index").total == 0
    assert artifacts.list_artifacts(app, VIEWER, "lesson").rows == ()
    artifacts.move(app, REVIEWER, kept.id, "published", 1)
    indexing.catch_up(app)
    assert search.search(app, VIEWER, "index").total == 1
    assert artifacts.get_artifact(app, VIEWER, kept.id).artifact.state == "published"


def test_publishing_needs_a_reviewer(app: App) -> None:
    kept = artifacts.write(app, RESPONDER, lesson())
    with pytest.raises(ForbiddenError):
        artifacts.move(app, RESPONDER, kept.id, "published", 1)


def test_history_compares_and_restores(app: App) -> None:
    kept = artifacts.write(app, RESPONDER, lesson(claim="Pin both."))
    changed = msgspec.structs.replace(kept, claim="Pin one.")
    artifacts.revise(app, RESPONDER, changed, 1)
    comparison = histories.compare(app, RESPONDER, kept.id, 1, 2)
    assert ("-", "claim: Pin both.") in comparison.lines
    assert ("+", "claim: Pin one.") in comparison.lines
    restored = artifacts.restore(app, RESPONDER, kept.id, 1, 2)
    assert isinstance(restored, Lesson)
    assert (restored.claim, restored.revision) == ("Pin both.", 3)
    verbs = [row.verb for row in histories.get_history(app, RESPONDER, kept.id)]
    assert verbs == ["restored", "revised", "created"]
    with pytest.raises(RevisionConflictError):
        artifacts.restore(app, RESPONDER, kept.id, 1, 2)


def test_a_restore_does_not_undo_the_lifecycle(app: App) -> None:
    kept = artifacts.write(app, RESPONDER, lesson())
    artifacts.move(app, REVIEWER, kept.id, "published", 1)
    assert artifacts.restore(app, RESPONDER, kept.id, 1, 2).state == "published"


def test_the_owner_finds_a_step_in_the_inbox(app: App) -> None:
    kept = artifacts.write(app, RESPONDER, lesson(owner="vera"))
    assert inbox.count_unread(app, VIEWER) == 0
    assert outbox.deliver(app) > 0
    assert outbox.deliver(app) == 0
    assert inbox.count_unread(app, VIEWER) == 0, "a viewer sees no draft, and is told of none"
    kept = artifacts.move(app, RESPONDER, kept.id, "in_review", 1)
    outbox.deliver(app)
    assert inbox.count_unread(app, VIEWER) == 2
    notices = inbox.list_notices(app, VIEWER).rows
    assert notices[0].record == kept.id
    assert inbox.read(app, ADMIN, [notices[0].id]) == 0
    assert inbox.read(app, VIEWER, [notice.id for notice in notices]) == 2
    assert inbox.count_unread(app, VIEWER) == 0
