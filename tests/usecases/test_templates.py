"""Templates: brought in once, changed by teams, never breaking what was begun from them."""

from __future__ import annotations

import threading

import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.errors import ForbiddenError, InputError, NotFoundError, RevisionConflictError, RuleError
from hardwon.domain.postmortem import heading_of, text_of
from hardwon.settings import Settings
from hardwon.usecases import artifacts, incidents, postmortems, templates
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from hardwon.usecases.postmortems import SectionText
from hardwon.usecases.templates import GivenTemplate
from tests.usecases.conftest import NOW, OUTSIDER, RESPONDER, VIEWER

OURS = GivenTemplate(
    title="Ours", text="## Summary\n\n## What we told people {told}\nWhom, when?\n\n# Checklist\n- Told"
)


def begun(app: App, template: str = "", **more: object) -> str:
    incident = incidents.declare(app, RESPONDER, NewIncident(title="Search is slow", **more))  # type: ignore[arg-type]
    return postmortems.begin(app, RESPONDER, incident.id, template).id


def names(app: App, postmortem: str) -> list[str]:
    return [section.name for section in postmortems.get_outline(app, RESPONDER, postmortem)]


def test_a_new_workspace_begins_with_templates_of_every_kind(app: App) -> None:
    rows = templates.list_templates(app, VIEWER).rows
    assert {row.kind for row in rows} == {"postmortem", "lesson", "runbook", "note", "drill", "review_agenda"}
    assert templates.bring_in(app) == 0
    assert templates.list_templates(app, VIEWER).rows == rows


def test_several_processes_bring_them_in_once(tmp_path) -> None:
    opened = []

    def work() -> None:
        with open_app(Settings(home=tmp_path, meaning=False), clock=lambda: NOW) as one:
            opened.append(len(templates.list_templates(one, VIEWER).rows))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open_app(Settings(home=tmp_path, meaning=False)) as one:
        assert len(templates.list_templates(one, VIEWER).rows) == 9
    assert len(opened) == 4


def test_an_incident_gets_the_template_its_tags_ask_for(app: App) -> None:
    assert "fairness" in names(app, begun(app, tags=("ml",)))
    assert "containment" in names(app, begun(app, tags=("security",)))
    assert "fairness" not in names(app, begun(app))


def test_what_was_begun_stays_when_its_template_changes_and_goes(app: App) -> None:
    ours = templates.create(app, RESPONDER, OURS)
    name = begun(app, ours.id)
    postmortems.write_section(app, RESPONDER, name, "told", SectionText(text="All shops, at noon."))
    less = GivenTemplate(title="Ours", text="## Other\n")
    changed = templates.revise(app, RESPONDER, ours.id, less, ours.revision)
    templates.move(app, RESPONDER, ours.id, "retired", changed.revision)
    kept = postmortems.get_postmortem(app, RESPONDER, name)
    assert names(app, name) == ["summary", "told"]
    assert text_of(kept, "told") == "All shops, at noon."
    assert heading_of(kept.sections[-1]) == "What we told people"
    postmortems.write_section(app, RESPONDER, name, "summary", SectionText(text="Slow."))
    with pytest.raises(RuleError, match="begins no postmortem"):
        begun(app, ours.id)


def test_a_section_that_no_template_has_is_refused_and_a_standard_one_may_be_added(app: App) -> None:
    name = begun(app, templates.create(app, RESPONDER, OURS).id)
    with pytest.raises(InputError, match="no section"):
        postmortems.write_section(app, RESPONDER, name, "fairness", SectionText(text="x"))
    postmortems.write_section(app, RESPONDER, name, "rollback", SectionText(text="Yes."))
    assert names(app, name) == ["summary", "told", "rollback"]


def test_the_checklist_is_the_documents_own_and_says_who_ticked(app: App) -> None:
    name = begun(app, templates.create(app, RESPONDER, OURS).id)
    ticked = artifacts.tick(app, RESPONDER, name, 0)
    assert (ticked.checklist[0].text, ticked.checklist[0].done_by) == ("Told", RESPONDER.id)
    assert artifacts.tick(app, RESPONDER, name, 0).checklist[0].done_by is None
    with pytest.raises(NotFoundError):
        artifacts.tick(app, RESPONDER, name, 7)
    with pytest.raises(ForbiddenError):
        artifacts.tick(app, VIEWER, name, 0)


def test_who_may_not_write_may_not_change_templates_and_teams_keep_theirs(app: App) -> None:
    with pytest.raises(ForbiddenError):
        templates.create(app, VIEWER, OURS)
    given = GivenTemplate(title="Team's", text="## Summary", scope="team:search")
    kept = templates.create(app, RESPONDER, given)
    with pytest.raises(NotFoundError):
        templates.get_template(app, OUTSIDER, kept.id)
    with pytest.raises(NotFoundError):
        templates.revise(app, OUTSIDER, kept.id, OURS, 1)
    with pytest.raises(RevisionConflictError):
        templates.revise(app, RESPONDER, kept.id, OURS, 7)
    assert kept.id not in {row.id for row in templates.list_templates(app, OUTSIDER).rows}
