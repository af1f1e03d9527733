"""The postmortem editor in a real browser: it saves by itself, and never loses a text."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from hardwon.domain.postmortem import Postmortem, text_of
from hardwon.usecases import incidents, people, postmortems
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.browsing import follow

PATH = "/postmortems/PM-0042/edit"
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""A picture of one pixel."""
AREA, STATE, SAVED = "#t-rollback", "#s-rollback [data-state]", "#saved"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one person."""
    opened = browser.new_context()
    yield opened
    opened.close()


@pytest.fixture
def editor(context: BrowserContext, site: str) -> Page:
    """The editor, with a section that is empty."""
    page = context.new_page()
    page.goto(site + PATH)
    page.locator(AREA).fill("")
    page.locator(AREA).blur()
    expect(page.locator(SAVED)).not_to_contain_text("not saved")
    return page


def kept(app: App) -> str:
    """What the server has of the section."""
    written: Postmortem = postmortems.get_postmortem(app, people.local_owner(app), "PM-0042")
    return text_of(written, "rollback")


def test_it_saves_by_itself_and_advises(editor: Page, sample_app: App) -> None:
    editor.locator(AREA).fill("On-call should have checked it.")
    expect(editor.locator(STATE)).to_contain_text("Not saved yet")
    expect(editor.locator(STATE)).to_contain_text("Saved ")
    expect(editor.locator(SAVED)).to_contain_text("All saved")
    expect(editor.locator("#s-rollback [data-notes]")).to_contain_text("What did people see")
    assert kept(sample_app) == "On-call should have checked it."


def test_two_people_keep_both_texts(
    editor: Page, context: BrowserContext, site: str, sample_app: App
) -> None:
    other = context.browser.new_context().new_page()
    other.goto(site + PATH)
    other.locator(AREA).fill("Theirs.")
    expect(other.locator(STATE)).to_contain_text("Saved ")
    editor.locator(AREA).fill("Mine.")
    expect(editor.locator("#s-rollback .dispute")).to_contain_text("Theirs.")
    expect(editor.locator(SAVED)).to_contain_text("1 section not saved")
    assert kept(sample_app) == "Theirs."
    editor.locator("#s-rollback [data-way=both]").click()
    expect(editor.locator(SAVED)).to_contain_text("All saved")
    assert kept(sample_app) == "Theirs.\n\nMine."
    other.context.close()


def test_a_text_outlives_the_network_and_the_page(editor: Page, context: BrowserContext, site: str) -> None:
    context.route("**/sections/**", lambda route: route.abort())
    editor.locator(AREA).fill("Written on a train.")
    expect(editor.locator(STATE)).to_contain_text("kept in this browser")
    expect(editor.locator(SAVED)).to_contain_text("1 section not saved")
    editor.close(run_before_unload=False)
    context.unroute("**/sections/**")
    again = context.new_page()
    again.goto(site + PATH)
    expect(again.locator(AREA)).to_have_value("Written on a train.")
    expect(again.locator(SAVED)).to_contain_text("All saved")


def test_what_is_typed_before_the_script_came_is_saved_too(
    context: BrowserContext, site: str, sample_app: App
) -> None:
    page = context.new_page()
    late: list[Route] = []
    page.route("**/editor.js*", lambda route: late.append(route))  # noqa: PLW0108 - the method takes no attribute
    with page.expect_request("**/editor.js*"):
        page.goto(site + PATH, wait_until="commit")
    page.locator(AREA).fill("Typed on a slow line.")
    late[0].continue_()
    expect(page.locator(STATE)).to_contain_text("Saved ")
    assert kept(sample_app) == "Typed on a slow line."


@pytest.mark.parametrize("scripts", ["on", "off"])
def test_a_tick_in_the_checklist_takes_along_what_was_typed(
    browser: Browser, site: str, sample_app: App, scripts: str
) -> None:
    page = browser.new_context(java_script_enabled=scripts == "on").new_page()
    owner = people.local_owner(sample_app)
    missed = incidents.declare(sample_app, owner, NewIncident(title="A near miss"))
    name = postmortems.begin(sample_app, owner, missed.id).id
    page.goto(f"{site}/postmortems/{name}/edit")
    line = page.locator(".check-line").first
    before = line.get_attribute("aria-pressed")
    text = f"Typed, then ticked with scripts {scripts}."
    page.locator(AREA).fill(text)
    follow(line)
    expect(line).to_have_attribute("aria-pressed", "false" if before == "true" else "true")
    expect(page.locator(AREA)).to_have_value(text)
    written: Postmortem = postmortems.get_postmortem(sample_app, owner, name)
    assert text_of(written, "rollback") == text
    page.context.close()


def test_without_scripts_the_form_saves_and_shows_a_conflict(
    browser: Browser, editor: Page, site: str, sample_app: App
) -> None:
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(site + PATH)
    plain.locator(AREA).fill("From a form.")
    plain.get_by_role("button", name="Save").click()
    assert kept(sample_app) == "From a form."
    editor.locator(AREA).fill("From a script.")
    expect(editor.locator("#s-rollback .dispute")).to_be_visible()
    editor.locator("#s-rollback [data-way=mine]").click()
    expect(editor.locator(SAVED)).to_contain_text("All saved")
    plain.locator(AREA).fill("From a form again.")
    plain.get_by_role("button", name="Save").click()
    expect(plain.locator("#s-rollback .note")).to_contain_text("From a script.")
    expect(plain.locator(AREA)).to_have_value("From a form again.")
    plain.context.close()


def test_a_postmortem_is_begun_from_its_incident_and_waits_for_the_standard(
    context: BrowserContext, site: str
) -> None:
    page = context.new_page()
    page.goto(f"{site}/incidents/INC-0045")
    page.get_by_role("button", name="Write the postmortem").click()
    expect(page.locator("main h1")).to_be_visible()
    expect(page.locator(".note.warn")).to_contain_text("still missing")
    page.get_by_role("link", name="Read").click()
    page.get_by_role("button", name="Published").click()
    expect(page.locator("body")).to_contain_text("Still missing")


def test_what_ifs_are_kept_apart_and_a_conflict_keeps_what_was_typed(
    context: BrowserContext, site: str, sample_app: App
) -> None:
    page, other = context.new_page(), context.new_page()
    for one in (page, other):
        one.goto(site + PATH)
    page.get_by_label("One a line").fill(
        "The source is locked | half the index is old | oldest over 6 h | serve yesterday"
    )
    page.get_by_role("button", name="Keep the what-ifs").click()
    expect(page.get_by_label("One a line")).to_have_value(
        "The source is locked | half the index is old | oldest over 6 h | serve yesterday"
    )
    other.get_by_label("One a line").fill("Something else")
    other.get_by_role("button", name="Keep the what-ifs").click()
    expect(other.locator("#what-ifs [role=alert]")).to_contain_text("Somebody else wrote the what-ifs")
    expect(other.get_by_label("One a line")).to_have_value("Something else")
    written: Postmortem = postmortems.get_postmortem(sample_app, people.local_owner(sample_app), "PM-0042")
    assert written.what_ifs[0].early_signal == "oldest over 6 h"
    page.goto(site + "/postmortems/PM-0042")
    expect(page.get_by_role("heading", name="What if")).to_be_visible()


def test_a_file_is_attached_where_the_caret_stands_and_kept_with_the_incident(
    editor: Page, site: str, tmp_path: Path, sample_app: App
) -> None:
    editor.locator(AREA).fill("Before. ")
    shot = tmp_path / "rows per hour.png"
    shot.write_bytes(DOT)
    with editor.expect_file_chooser() as choosing:
        editor.locator("#s-rollback").get_by_role("button", name="Attach a file").click()
    choosing.value.set_files(shot)
    expect(editor.locator(AREA)).to_have_value(
        re.compile(r"^Before\. !\[rows per hour\.png\]\(/incidents/INC-")
    )
    expect(editor.locator(SAVED)).to_contain_text("All saved")
    editor.locator("#s-rollback").get_by_role("button", name="Preview").click()
    shown = editor.locator("#s-rollback [data-shown] img")
    expect(shown).to_have_js_property("naturalWidth", 1)
    written: Postmortem = postmortems.get_postmortem(sample_app, people.local_owner(sample_app), "PM-0042")
    editor.goto(f"{site}/incidents/{written.incident}")
    expect(editor.locator("#evidence")).to_contain_text("rows per hour.png")


def test_a_file_that_cannot_be_attached_is_said_and_the_text_stays(editor: Page) -> None:
    editor.locator(AREA).fill("Stays.")
    editor.locator(AREA).evaluate(
        """area => {
            const data = new DataTransfer();
            data.items.add(new File([], "empty.log"));
            area.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    expect(editor.locator(STATE)).to_contain_text("empty.log is not attached: The file is empty.")
    expect(editor.locator(AREA)).to_have_value("Stays.")


def test_names_are_suggested_after_an_at_and_taken_with_the_keyboard(editor: Page, sample_app: App) -> None:
    area = editor.locator(AREA)
    area.press_sequentially("Ask @mat")
    option = editor.get_by_role("option").first
    expect(option).to_contain_text("@mateo-ibarra")
    area.press("Enter")
    expect(area).to_have_value("Ask @mateo-ibarra ")
    expect(editor.get_by_role("option")).to_have_count(0)
    area.press_sequentially("and @no-such-name-at-all")
    expect(editor.get_by_role("option")).to_have_count(0)
    expect(editor.locator(SAVED)).to_contain_text("All saved")
    assert kept(sample_app).startswith("Ask @mateo-ibarra and @no-such")
