"""What gates were told: a list and a page, read in the dark, on a phone and without scripts."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from hardwon.domain.check import CheckQuestion
from hardwon.usecases import people
from hardwon.usecases.app import App
from hardwon.usecases.checks import gates

TITLE = "Bump the embedder from 53 to 54 in model.lock of the ranker <b>now</b>"


def test_kept_answers_are_listed_and_read(browser: Browser, site: str, sample_app: App, axe: str) -> None:
    owner = people.local_owner(sample_app)
    asked = CheckQuestion(title=TITLE, services=("ranker",), files=("ranker/model.lock",), environment="prod")
    told = gates.ask(sample_app, owner, "argo", asked)
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/checks?service=ranker&verdict={told.verdict}")
    row = page.locator("tbody tr", has_text=TITLE)
    expect(row).to_contain_text("argo")
    row.get_by_role("link").click()
    expect(page).to_have_url(f"{site}/checks/{told.check}")
    expect(page.locator(".verdict")).to_contain_text(told.verdict.capitalize())
    expect(page.locator("main")).to_contain_text("ranker/model.lock")
    page.goto(f"{site}/checks?service=nobody")
    expect(page.locator("main")).to_contain_text("No gate asked yet")
    assert page.goto(f"{site}/checks?verdict=odd").status == 422
    page.close()
    for address in ("/checks", f"/checks/{told.check}"):
        for width in (1280, 320):
            context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark")
            shown = context.new_page()
            shown.goto(f"{site}{address}")
            shown.evaluate(axe)
            found = shown.evaluate("async () => (await axe.run()).violations.map(one => one.id)")
            assert found == [], (address, width, found)
            assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
            context.close()
