"""Templates in a real browser: one of the team's own begins a postmortem."""

from __future__ import annotations

from playwright.sync_api import Browser, expect


def test_a_team_writes_its_template_and_begins_from_it(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/templates")
    page.get_by_role("link", name="For a near miss").click()
    page.get_by_role("link", name="Copy").click()
    page.get_by_label("Name").fill("Our near miss")
    text = page.get_by_label("Its text")
    before = text.input_value()
    text.fill("no heading first\n" + before)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("stands before the first heading")
    expect(page.get_by_label("Name")).to_have_value("Our near miss")
    page.get_by_label("Its text").fill("## Who saw it first\nA name helps.\n\n" + before)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Who saw it first")).to_be_visible()

    page.goto(f"{site}/incidents/new")
    page.get_by_label("What happens?").fill("The queue nearly ran over")
    page.get_by_role("button", name="Declare").click()
    page.get_by_label("Template").select_option(label="Our near miss")
    page.get_by_role("button", name="Write the postmortem").click()
    expect(page.get_by_label("Who saw it first", exact=True)).to_be_visible()
    page.get_by_label("Who saw it first", exact=True).fill("The night shift.")
    line = page.get_by_role("button", name="It says whether a barrier or luck stopped it")
    line.click()
    expect(line).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Who saw it first", exact=True)).to_have_value("The night shift.")
    expect(page.locator("#saved")).to_contain_text("Revision")
    page.get_by_role("link", name="Read").click()
    expect(page.get_by_role("heading", name="Who saw it first")).to_be_visible()
    page.close()
