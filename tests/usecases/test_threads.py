"""Threads: seen by whom their artifact is seen now; told to whom it concerns; settled by those who may."""

from __future__ import annotations

import msgspec
import pytest

from hardwon.domain.actor import Actor
from hardwon.domain.catalog import Person, Team
from hardwon.domain.errors import ForbiddenError, InputError, NotFoundError, RevisionConflictError, RuleError
from hardwon.domain.note import Note
from hardwon.domain.postmortem import Postmortem
from hardwon.domain.thread import MAX_THREADS, Thread
from hardwon.usecases import artifacts, catalog, histories, inbox, outbox, questions, threads
from hardwon.usecases.app import App
from tests.usecases.conftest import ADMIN, NOW, OUTSIDER, RESPONDER, VIEWER


@pytest.fixture
def postmortem(app: App) -> str:
    """A postmortem that everybody may read."""
    draft = Postmortem(id="new", title="Late", owner="remi", team="search", written_at=NOW, updated_at=NOW)
    kept = artifacts.write(app, ADMIN, draft)
    return artifacts.move(app, ADMIN, kept.id, "in_review", kept.revision).id


@pytest.fixture
def known(app: App) -> None:
    """People and teams by name."""
    for actor in (VIEWER, RESPONDER, OUTSIDER):
        person = Person(id=actor.id, name=actor.name, roles=actor.roles, teams=actor.teams)
        catalog.put(app, ADMIN, person)
    for team in ("search", "risk"):
        catalog.put(app, ADMIN, Team(id=team, name=team))


def narrow(app: App, name: str, scope: str) -> None:
    """Let only that scope see an artifact from now on."""
    stored = artifacts.get_artifact(app, ADMIN, name).artifact
    artifacts.revise(app, ADMIN, msgspec.structs.replace(stored, scope=scope), stored.revision)


def notices_of(app: App, actor: Actor) -> list[str]:
    outbox.deliver(app)
    return [notice.text for notice in inbox.list_notices(app, actor).rows if notice.record.startswith("THR-")]


def test_a_reader_comments_asks_and_is_answered(app: App, postmortem: str) -> None:
    said = threads.comment(app, VIEWER, postmortem, "Clear.", section="impact")
    asked = threads.ask(app, VIEWER, postmortem, "How many?", section="impact")
    threads.ask(app, VIEWER, postmortem, "And all of it?")
    assert (said.kind, asked.kind, asked.author) == ("comment", "question", "vera")
    threads.reply(app, RESPONDER, asked.id, "1,900.")
    found = threads.discuss(app, VIEWER, postmortem)
    assert found.open == 3
    assert [thread.id for thread in found.sections["impact"].threads] == [said.id, asked.id]
    assert found.sections["impact"].threads[1].replies[0].text == "1,900."
    assert found.sections[""].open == 1
    assert not found.writes


def test_a_draft_is_discussed_by_those_who_write(app: App) -> None:
    draft = artifacts.write(app, ADMIN, Note(id="new", title="Raw", written_at=NOW, updated_at=NOW)).id
    with pytest.raises(NotFoundError):
        threads.comment(app, VIEWER, draft, "Early?")
    kept = threads.comment(app, RESPONDER, draft, "Early.")
    assert kept.scope == "draft:everyone"
    with pytest.raises(NotFoundError):
        threads.get_thread(app, VIEWER, kept.id)
    artifacts.move(app, ADMIN, draft, "in_review", 1)
    assert threads.get_thread(app, VIEWER, kept.id).text == "Early."


def test_visibility_follows_the_artifact(app: App, postmortem: str) -> None:
    kept = threads.comment(app, OUTSIDER, postmortem, "Seen.")
    narrow(app, postmortem, "team:search")
    said = set()
    for name in (kept.id, "THR-9999"):
        for ask in (
            lambda name: threads.get_thread(app, OUTSIDER, name),
            lambda name: threads.reply(app, OUTSIDER, name, "Still?"),
            lambda name: threads.resolve(app, OUTSIDER, name, 1),
            lambda name: histories.get_history(app, OUTSIDER, name),
        ):
            with pytest.raises(NotFoundError) as error:
                ask(name)
            said.add(str(error.value).replace(name, "X"))
    assert len(said) == 1
    with pytest.raises(NotFoundError):
        threads.list_threads(app, OUTSIDER, postmortem)
    for ask in (threads.comment, threads.ask, questions.ask):
        with pytest.raises(NotFoundError):
            ask(app, OUTSIDER, postmortem, "Still?")
    assert threads.get_thread(app, RESPONDER, kept.id).text == "Seen."
    narrow(app, postmortem, "everyone")
    assert threads.get_thread(app, OUTSIDER, kept.id).text == "Seen."


@pytest.mark.usefixtures("known")
def test_owner_team_and_who_is_mentioned_are_told_of_what_they_may_see(app: App, postmortem: str) -> None:
    threads.ask(app, ADMIN, postmortem, "@vera @olu @nobody `@risk`: when?", section="impact")
    for actor in (RESPONDER, VIEWER, OUTSIDER):
        assert f"THR-0001: question on {postmortem}, Impact" in notices_of(app, actor)
    narrow(app, postmortem, "team:search")
    threads.comment(app, ADMIN, postmortem, "@olu @risk @remi")
    assert f"THR-0002: comment on {postmortem}" in notices_of(app, RESPONDER)
    assert notices_of(app, OUTSIDER) == [], "what was seen once is not told any more"


@pytest.mark.usefixtures("known")
def test_who_takes_part_is_told_of_replies_but_not_of_their_own(app: App, postmortem: str) -> None:
    asked = threads.ask(app, VIEWER, postmortem, "When?")
    threads.reply(app, OUTSIDER, asked.id, "At noon.")
    assert notices_of(app, VIEWER) == [f"THR-0001: reply on {postmortem}"]
    assert notices_of(app, OUTSIDER) == []
    threads.resolve(app, RESPONDER, asked.id, 2)
    assert notices_of(app, OUTSIDER) == [f"THR-0001: resolved: question on {postmortem}"]


def test_settling_names_the_revision_it_saw(app: App, postmortem: str) -> None:
    asked = threads.ask(app, VIEWER, postmortem, "When?")
    threads.reply(app, RESPONDER, asked.id, "At noon.")
    with pytest.raises(RevisionConflictError):
        threads.resolve(app, VIEWER, asked.id, asked.revision)
    with pytest.raises(ForbiddenError):
        threads.resolve(app, Actor(id="vic", name="Vic", roles=("viewer",)), asked.id, 2)
    done = threads.resolve(app, VIEWER, asked.id, 2)
    assert threads.discuss(app, VIEWER, postmortem).open == 0
    assert threads.list_threads(app, VIEWER, postmortem, state="open").rows == ()
    assert threads.reopen(app, RESPONDER, asked.id, done.revision).state == "open"


def test_what_does_not_fit_is_refused(app: App, postmortem: str) -> None:
    for ask in (threads.comment, threads.ask, questions.ask):
        for given in ({"section": "nowhere", "text": "x"}, {"text": " "}, {"text": "x" * 20_001}):
            with pytest.raises(InputError):
                ask(app, VIEWER, postmortem, **given)
        with pytest.raises(InputError):
            ask(app, VIEWER, "INC-0001", "x")
        with pytest.raises(ForbiddenError):
            ask(app, Actor(id="x", name="X", roles=("service",)), postmortem, "x")
    assert threads.discuss(app, VIEWER, postmortem).open == 0


def test_an_artifact_takes_a_bounded_number_of_threads(app: App, postmortem: str) -> None:
    one = threads.comment(app, VIEWER, postmortem, "One.")
    many = [msgspec.structs.replace(one, id=f"THR-{n:04d}") for n in range(2, MAX_THREADS)]
    with app.store.begin(ADMIN, NOW) as tx:
        for thread in many:
            tx.save(thread, ())
    questions.ask(app, VIEWER, postmortem, "The last.")
    for ask in (threads.comment, questions.ask):
        with pytest.raises(RuleError):
            ask(app, VIEWER, postmortem, "One too many.")
    found: list[Thread] = list(threads.list_threads(app, VIEWER, postmortem, limit=300).rows)
    assert len(found) == 300
