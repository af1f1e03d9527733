"""A mapping is tried and saved in a real browser; deliveries come over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from hardwon.bootstrap import open_app
from hardwon.domain.actor import Actor
from hardwon.settings import Settings
from hardwon.usecases import capture, people, sources
from hardwon.usecases.app import App
from hardwon.usecases.sources import NewSource
from hardwon.web.mapping import EXAMPLE, EXAMPLE_BODY
from tests.fresh import fresh
from tests.serving import serving


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_app(Settings(home=fresh(tmp_path), meaning=False)) as opened:
        yield opened


@pytest.fixture
def owner(app: App) -> Actor:
    return people.local_owner(app)


def test_from_a_foreign_body_to_records(browser: Browser, app: App, owner: Actor) -> None:
    source, secret = sources.add(app, owner, NewSource(title="Our pipeline", kind="generic"))
    with serving(app) as site:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(f"{site}/sources/{source.id}")
        page.get_by_role("link", name="Map its own JSON").click()
        expect(page.get_by_label("Rules, as TOML")).to_have_value(EXAMPLE)
        page.get_by_role("button", name="Try it").click()
        expect(page.locator("#trial")).to_contain_text("It would make 3 signals")
        expect(page.locator("#trial")).to_contain_text("search to production")
        expect(page.locator("#trial")).to_contain_text("2026-11-20T10:02:11Z")

        page.get_by_label("Try it on this body").fill("")
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_role("alert")).to_contain_text("has no delivery that was kept")
        told = {"Authorization": f"Bearer {secret}"}
        address = f"{site}/hooks/{source.id}"
        assert httpx.post(address, content=EXAMPLE_BODY, headers=told).status_code == 202
        assert httpx.post(address, content=EXAMPLE_BODY).status_code == 403
        page.get_by_role("button", name="Try it").click()
        expect(page.locator("#trial")).to_contain_text("It would make 3 signals")

        broken = EXAMPLE.replace("'body.id'", "'body.<b>'")
        page.get_by_label("Rules, as TOML").fill(broken)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_contain_text("deploys, key: 'body.<b>' does not compile")
        expect(page.get_by_label("Rules, as TOML")).to_have_value(broken)
        page.get_by_label("Rules, as TOML").fill(EXAMPLE)
        page.get_by_role("button", name="Save").click()
        expect(page).to_have_url(f"{site}/sources/{source.id}")
        expect(page.locator("main")).to_contain_text("It is read by 2 rules of its own")
        capture.digest(app)
        page.reload()
        expect(page.locator("main")).to_contain_text("deploys, checks")
        expect(page.locator("main")).to_contain_text("3 signals")
        refused = page.locator("tr", has_text="refused")
        expect(refused).to_contain_text("nothing of it was kept")
        expect(refused).not_to_contain_text("0 bytes")
        page.goto(f"{site}/deployments/DEP-0001")
        expect(page.locator("main")).to_contain_text("search to production")
        page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_and_use_it(
    browser: Browser, app: App, owner: Actor, axe: str, scheme: str
) -> None:
    source, _ = sources.add(app, owner, NewSource(title="Our pipeline", kind="generic"))
    with serving(app) as site:
        page = browser.new_context(color_scheme=scheme).new_page()  # type: ignore[arg-type]
        page.goto(f"{site}/sources/{source.id}/mapping")
        page.get_by_role("button", name="Try it").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#trial")).to_be_visible()
        page.get_by_text("The fields of each signal").click()
        page.evaluate(axe)
        rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
        assert page.evaluate("rules => axe.run(rules)", rules)["violations"] == []
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.context.close()
