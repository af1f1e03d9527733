"""A destination is set up and tried out in a real browser, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import people
from hardwon.usecases.app import App
from tests.browsing import follow
from tests.fresh import fresh
from tests.serving import serving


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_app(Settings(home=fresh(tmp_path), meaning=False)) as opened:
        people.local_owner(opened)
        yield opened


def test_from_the_form_to_a_test_event(browser: Browser, app: App) -> None:
    with serving(app) as site:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(site)
        page.get_by_role("link", name="Destinations").click()
        expect(page.locator("main")).to_contain_text("None yet.")
        page.get_by_label("What you call it").fill("The board")
        page.get_by_label("Its address").fill("http://10.0.0.1/hook")
        follow(page.get_by_role("button", name="Add", exact=True))
        assert page.locator("code.wrap").first.inner_text().startswith("whsec_")
        page.goto(f"{site}/destinations/DST-0001")
        expect(page.locator("main")).not_to_contain_text("whsec_")
        page.get_by_role("button", name="Send a test event").click()
        expect(page.get_by_role("status")).to_contain_text("not a public address")
        page.goto(f"{site}/destinations/DST-0001")
        page.get_by_label("incident.resolved").check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_label("incident.resolved")).to_be_checked()
        expect(page.get_by_label("incident.detected")).not_to_be_checked()
        page.get_by_role("button", name="Make it").click()
        expect(page.locator("main")).to_contain_text("2 secrets in use")
        page.goto(f"{site}/destinations/DST-0001")
        page.set_viewport_size({"width": 320, "height": 800})
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not page.evaluate(wide)


def test_an_address_that_is_none_comes_back(browser: Browser, app: App) -> None:
    with serving(app) as site:
        page = browser.new_context().new_page()
        page.goto(f"{site}/destinations")
        page.get_by_label("What you call it").fill("The board")
        page.get_by_label("Its address").fill("ftp://board.example/")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("Its address")).to_have_value("ftp://board.example/")
