"""Postmortems written section by section, and the standard they must meet."""

from __future__ import annotations

import threading

import msgspec
import pytest

from hardwon.domain.actor import Actor
from hardwon.domain.catalog import Person
from hardwon.domain.errors import ForbiddenError, InputError, NotFoundError, RuleError, SectionConflictError
from hardwon.domain.incident import Impact, Times
from hardwon.domain.postmortem import SECTION_TITLES, Postmortem, mark_of, text_of
from hardwon.usecases import artifacts, catalog, histories, inbox, incidents, outbox, postmortems, standards
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from hardwon.usecases.postmortems import SectionText
from tests.usecases.conftest import ADMIN, NOW, OUTSIDER, RESPONDER, VIEWER


@pytest.fixture
def incident(app: App) -> str:
    """A SEV2 incident that was resolved."""
    new = NewIncident(title="Search is slow", severity=2, summary="The index was old.", team="search")
    return incidents.declare(app, RESPONDER, new).id


def write(app: App, name: str, text: str, base: str = "", **more: object) -> postmortems.SavedSection:
    return postmortems.write_section(
        app, RESPONDER, name, "rollback", SectionText(text=text, base=base), **more
    )


def test_it_begins_once_with_what_is_known(app: App, incident: str) -> None:
    first = postmortems.begin(app, RESPONDER, incident)
    assert (first.incident, first.state, first.owner) == (incident, "draft", RESPONDER.id)
    assert text_of(first, "summary") == "The index was old."
    assert postmortems.begin(app, ADMIN, incident).id == first.id
    with pytest.raises(ForbiddenError):
        postmortems.begin(app, VIEWER, incident)


def test_sections_are_saved_apart_and_keep_their_order(app: App, incident: str) -> None:
    name = postmortems.begin(app, RESPONDER, incident).id
    for section in ("rollback", "context"):
        postmortems.write_section(app, RESPONDER, name, section, SectionText(text=section))
    kept = postmortems.get_postmortem(app, RESPONDER, name)
    assert [section.name for section in kept.sections] == ["summary", "context", "rollback"]
    assert kept.revision == 3


def test_a_text_that_stands_is_no_new_revision(app: App, incident: str) -> None:
    name = postmortems.begin(app, RESPONDER, incident).id
    saved = write(app, name, "Four minutes.")
    again = write(app, name, "Four minutes.", "a mark of nothing")
    assert (again.revision, again.mark) == (saved.revision, saved.mark)


def test_who_is_mentioned_is_told_once_and_only_of_what_they_may_see(app: App, incident: str) -> None:
    for name, roles in (("rosa", ("reviewer",)), ("vic", ("viewer",))):
        catalog.put(app, ADMIN, Person(id=name, name=name, roles=roles))
    name = postmortems.begin(app, RESPONDER, incident).id
    first = write(app, name, "Ask @rosa and @vic, not `@code`.")
    write(app, name, "Ask @rosa and @vic again.", first.mark)
    outbox.deliver(app)
    told = {
        who: [notice.record for notice in inbox.list_notices(app, Actor(id=who, name=who, roles=roles)).rows]
        for who, roles in (("rosa", ("reviewer",)), ("vic", ("viewer",)), ("code", ("reviewer",)))
    }
    assert told == {"rosa": [name], "vic": [], "code": []}, "a draft is for those who may write"


def test_who_was_second_gets_both_texts(app: App, incident: str) -> None:
    name = postmortems.begin(app, RESPONDER, incident).id
    write(app, name, "Mine.")
    with pytest.raises(SectionConflictError) as caught:
        postmortems.write_section(app, ADMIN, name, "rollback", SectionText(text="Yours."))
    assert caught.value.theirs == "Mine."
    merged = SectionText(text="Mine. Yours.", base=mark_of("Mine."))
    assert postmortems.write_section(app, ADMIN, name, "rollback", merged).revision == 3
    old = histories.get_revision(app, RESPONDER, name, 2)
    assert isinstance(old, Postmortem)
    assert text_of(old, "rollback") == "Mine."


def test_many_writers_lose_nothing(app: App, incident: str) -> None:
    name = postmortems.begin(app, RESPONDER, incident).id
    names = [section for section in SECTION_TITLES if section != "summary"]
    errors: list[Exception] = []

    def work(section: str) -> None:
        base = ""
        for number in range(6):
            try:
                text = f"{section} {number}"
                base = postmortems.write_section(
                    app, RESPONDER, name, section, SectionText(text=text, base=base)
                ).mark
            except Exception as error:  # noqa: BLE001  (any error fails the test)
                errors.append(error)

    threads = [threading.Thread(target=work, args=(section,)) for section in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    kept = postmortems.get_postmortem(app, RESPONDER, name)
    assert {section.name: section.text for section in kept.sections if section.name != "summary"} == {
        section: f"{section} 5" for section in names
    }
    assert kept.revision == 1 + 6 * len(names)


def test_what_cannot_be_written_is_said(app: App, incident: str) -> None:
    name = postmortems.begin(app, RESPONDER, incident).id
    with pytest.raises(InputError, match="summary"):
        postmortems.write_section(app, RESPONDER, name, "nonsense", SectionText(text="x"))
    with pytest.raises(NotFoundError):
        postmortems.write_section(app, RESPONDER, "PM-9999", "rollback", SectionText(text="x"))
    with pytest.raises(ForbiddenError):
        postmortems.write_section(app, VIEWER, name, "rollback", SectionText(text="x"))
    hidden = incidents.declare(app, RESPONDER, NewIncident(title="Secret", scope="team:search")).id
    secret = postmortems.begin(app, RESPONDER, hidden).id
    with pytest.raises(NotFoundError):
        postmortems.write_section(app, OUTSIDER, secret, "rollback", SectionText(text="x"))


def test_publishing_waits_for_the_standard(app: App, incident: str) -> None:
    name = postmortems.begin(app, RESPONDER, incident).id
    lacks = {demand.code for demand in standards.get_standing(app, RESPONDER, incident).missing}
    assert {"section:rollback", "action", "postmortem"} <= lacks
    assert "section:summary" not in lacks
    with pytest.raises(RuleError, match="Write Rollback considerations"):
        artifacts.move(app, ADMIN, name, "published", 1)
    write(app, name, "Four minutes.")
    lacks = {demand.code for demand in standards.get_standing(app, RESPONDER, incident).missing}
    assert "section:rollback" not in lacks
    moved = artifacts.move(app, ADMIN, name, "published", 2, exception="The team was dissolved.")
    assert moved.state == "published"
    told = histories.get_history(app, ADMIN, name)[0].detail
    assert "exception: The team was dissolved." in told


def test_closing_waits_for_the_standard(app: App, incident: str) -> None:
    with pytest.raises(RuleError, match="Publish the postmortem"):
        incidents.advance(app, RESPONDER, incident, "closed", 1)
    with pytest.raises(ForbiddenError):
        incidents.advance(app, RESPONDER, incident, "closed", 1, exception="No time.")
    assert incidents.advance(app, ADMIN, incident, "closed", 1, exception="No time.").status == "closed"


def test_a_small_incident_owes_nothing(app: App) -> None:
    small = incidents.declare(app, RESPONDER, NewIncident(title="A typo", severity=5))
    assert standards.get_standing(app, RESPONDER, small.id).demanded == 0
    assert incidents.advance(app, RESPONDER, small.id, "closed", 1).status == "closed"


def test_a_team_owns_its_standard(app: App, incident: str) -> None:
    rules = app.settings.home / "standard.toml"
    rules.write_text('[[rules]]\nname = "any incident"\nwhen = "severity > 0"\ndemands = ["resolved"]\n')
    standing = standards.get_standing(app, RESPONDER, incident)
    assert ([demand.code for demand in standing.missing], standing.because) == (["resolved"], "any incident")
    stored = incidents.get_incident(app, RESPONDER, incident).incident
    times = Times(started_at=NOW, resolved_at=NOW)
    incidents.revise(
        app, RESPONDER, msgspec.structs.replace(stored, times=times, impact=Impact(text="None")), 1
    )
    page = standards.get_standard(app, RESPONDER)
    assert page.kept == "file"
    assert [tried.standing.missing for tried in page.tried] == [()]


@pytest.mark.parametrize(
    "rule",
    [
        'when = "severity > "\ndemands = ["resolved"]',
        'when = "severity + 1"\ndemands = ["resolved"]',
        'when = "colour == 1"\ndemands = ["resolved"]',
        'when = "severity > 0"\ndemands = ["cake"]',
        'when = "severity > 0"\ndemands = []',
    ],
)
def test_a_broken_standard_is_refused_with_the_fix(app: App, incident: str, rule: str) -> None:
    (app.settings.home / "standard.toml").write_text(f'[[rules]]\nname = "x"\n{rule}\n')
    with pytest.raises(InputError) as caught:
        standards.get_standing(app, RESPONDER, incident)
    assert caught.value.fix
