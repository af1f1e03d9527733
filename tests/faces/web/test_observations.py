"""Observations in a real browser: noted in a minute, triaged with one button."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser of its own; forms need no scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def note(page: Page, site: str, title: str) -> str:
    page.goto(f"{site}/observations")
    page.get_by_role("link", name="Note one").click()
    page.get_by_label("In one line").fill(title)
    page.get_by_role("button", name="Note it").click()
    expect(page.locator("main h1")).to_have_text(title)
    return page.url


def test_it_is_noted_corrected_and_made_a_lesson(page: Page, site: str) -> None:
    address = note(page, site, "Backups of the index are never read")
    page.get_by_role("link", name="Correct").click()
    page.get_by_label("More, if there is more").fill("Nobody has *restored* one.")
    page.get_by_label("Services").fill("embeddings")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".prose em")).to_have_text("restored")
    page.get_by_role("button", name="Make it a lesson").click()
    expect(page).to_have_url(re.compile(r"/lessons/LES-\d+/edit$"))
    expect(page.get_by_label("Title")).to_have_value("Backups of the index are never read")
    page.goto(address)
    expect(page.locator("main")).to_contain_text("It became LES-")
    page.get_by_role("link", name=re.compile("^LES-")).first.click()
    expect(page.locator("#points")).to_contain_text("It came of")
    page.goto(f"{address}/history")
    expect(page.locator("main")).to_contain_text("became LES-")


def test_a_dismissal_without_a_reason_is_refused_and_with_one_it_can_wait_again(
    page: Page, site: str
) -> None:
    address = note(page, site, "Somebody's cluster was lost to a typo")
    page.get_by_role("button", name="Dismiss it").click()
    expect(page.get_by_role("alert")).to_contain_text("is dismissed for a reason")
    page.get_by_label("Or nothing, because").fill("We have no cluster.")
    page.get_by_role("button", name="Dismiss it").click()
    expect(page.locator("main")).to_contain_text("Dismissed: We have no cluster.")
    page.goto(f"{site}/observations?state=dismissed")
    expect(page.locator("main")).to_contain_text("We have no cluster.")
    page.goto(address)
    page.get_by_role("button", name="Let it wait again").click()
    page.get_by_role("button", name="Make it an action").click()
    expect(page).to_have_url(re.compile(r"/actions/ACT-\d+/edit$"))


def test_a_mistake_keeps_what_was_typed(page: Page, site: str) -> None:
    page.goto(f"{site}/observations/new")
    page.get_by_label("In one line").fill("A talk on freshness")
    page.get_by_label("Where you read it").fill("example.com/talk")
    page.get_by_role("button", name="Note it").click()
    expect(page.get_by_role("alert")).to_contain_text("A link begins with https://")
    expect(page.get_by_label("In one line")).to_have_value("A talk on freshness")
    expect(page.get_by_label("Where you read it")).to_have_value("example.com/talk")


def test_an_empty_list_offers_a_way_on(page: Page, site: str) -> None:
    page.goto(f"{site}/observations?service=no-such-service")
    expect(page.locator("main")).to_contain_text("None fits these filters")
