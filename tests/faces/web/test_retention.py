"""Retention, holds and erasing in a real browser, on a workspace of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import people, samples
from tests.browsing import follow
from tests.fresh import fresh
from tests.serving import serving

RULES = """
[[rules]]
name = "Raw logs"
when = "severity >= 1"
after_days = 30
drop = ["log", "evidence"]

[[holds]]
name = "Claim of a customer"
incidents = ["INC-0040"]
until = 2099-03-31
"""


@pytest.fixture
def site(tmp_path) -> Iterator[str]:
    with open_app(Settings(home=fresh(tmp_path), meaning=False)) as app:
        samples.load(app, people.local_owner(app))
        with serving(app) as address:
            yield address


def fits_a_phone(page: Page) -> bool:
    page.set_viewport_size({"width": 320, "height": 800})
    width: int = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 800})
    return width <= 320


def test_rules_are_tried_then_kept_and_a_mistake_loses_nothing(browser: Browser, site: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(site)
    page.get_by_role("link", name="Retention").click()
    expect(page.locator("main")).to_contain_text("Nothing of an incident is ever let go.")
    page.get_by_text("Change the rules and holds").click()
    page.get_by_label("Rules and holds, as TOML").fill(RULES.replace("30", "none"))
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be read")
    expect(page.get_by_label("Rules and holds, as TOML")).to_have_value(
        RULES.replace("30", "none").lstrip("\n")
    )
    page.get_by_label("Rules and holds, as TOML").fill(RULES)
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("A trial")
    expect(page.get_by_role("row").filter(has_text="INC-0040").last).to_contain_text("Claim of a customer")
    assert fits_a_phone(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main")).to_contain_text("the workspace's own, revision 1")
    page.get_by_role("link", name="History").click()
    expect(page.locator("main")).to_contain_text("1 rules, 1 holds")
    page.context.close()


def test_a_person_is_erased_once_their_id_was_typed(browser: Browser, site: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/people/amara-nwosu")
    page.get_by_role("link", name="Erase them").click()
    expect(page.get_by_role("status")).to_contain_text("revisions")
    assert fits_a_phone(page)
    page.get_by_label("Type amara-nwosu").fill("amara")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("alert")).to_contain_text("does not fit")
    page.get_by_label("Why").fill("asked for")
    page.get_by_label("Type amara-nwosu").fill("amara-nwosu")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("status")).to_contain_text("Erased.")
    page.get_by_role("link", name="See it in the trail").click()
    expect(page.locator("main")).to_contain_text("asked for")
    expect(page.locator("main")).not_to_contain_text("amara")
    assert page.goto(f"{site}/people/amara-nwosu").status == 404
    page.context.close()


def test_words_are_looked_for_then_erased(browser: Browser, site: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/retention")
    page.get_by_role("link", name="Erase words").click()
    page.get_by_label("Words to erase").fill("no such words")
    page.get_by_role("button", name="Look where they stand").click()
    expect(page.get_by_role("status")).to_contain_text("0 revisions")
    expect(page.get_by_role("button", name="Erase for good")).to_have_count(0)
    page.get_by_label("Words to erase").fill("embedding")
    page.get_by_role("button", name="Look where they stand").click()
    expect(page.locator("main")).to_contain_text("part of a name")
    page.get_by_label("Words to erase").fill("muted for maintenance")
    follow(page.get_by_role("button", name="Look where they stand"))
    assert fits_a_phone(page)
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("status")).to_contain_text("Erased.")
    page.goto(f"{site}/incidents/INC-0042")
    expect(page.locator("main")).not_to_contain_text("muted for maintenance")
    page.context.close()
