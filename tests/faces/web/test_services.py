"""Services in a real browser: what a source named and nobody owns gets an owner, or is another name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from hardwon.domain.catalog import Objective, PathOwners, Service
from hardwon.usecases import capture, catalog, people, receiving, sources
from hardwon.usecases.app import App
from hardwon.usecases.sources import NewSource


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser of its own; forms need no scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def strays(sample_app: App) -> Iterator[tuple[str, str]]:
    """Two services that a webhook names and nobody wrote down."""
    owner = people.local_owner(sample_app)
    source, secret = sources.add(sample_app, owner, NewSource(title="Our board", kind="generic"))
    names = "a new/Gateway", "ranker-live"
    shipped = [
        {
            "type": "deployment",
            "key": name,
            "title": f"{name} 4",
            "service": name,
            "environment": "production",
        }
        for name in names
    ]
    given = {"authorization": f"Bearer {secret}"}
    receiving.receive(sample_app, source.id, given, msgspec.json.encode({"signals": shipped})).result(10)
    capture.digest(sample_app)
    yield "a-new-gateway", "ranker-live"
    for name in ("a-new-gateway", "ranker-live"):
        stored = catalog.get_entry(sample_app, owner, Service, name)
        owned = msgspec.structs.replace(stored, team="search-ranking", same_as=None)
        catalog.put(sample_app, owner, owned, stored.revision)


OBJECTIVE = Objective(name="Availability", target=0.9995, indicator="good requests", window="28 d, rolling")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def test_what_waits_and_what_is_promised_can_be_read_by_everybody(
    browser: Browser, sample_app: App, site: str, axe: str
) -> None:
    owner = people.local_owner(sample_app)
    stored = Service(
        id="eu-west-payments-gateway-with-a-rather-long-name",
        name="Payments",
        description="Takes *money*.",
        objectives=(OBJECTIVE,),
        paths=(PathOwners(pattern="/src/a/rather/long/path/of/files/**/*.py", owners=("money",)),),
    )
    catalog.put(sample_app, owner, stored)
    page = browser.new_page(color_scheme="light")
    for path in ("/services", f"/services/{stored.id}"):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(site + path)
        expect(page.locator("main")).to_contain_text("Nobody owns")
        page.evaluate(axe)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            result = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
            assert [(v["id"], v["nodes"][0]["html"]) for v in result["violations"]] == []
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    expect(page.locator("main")).to_contain_text("99.95 %")
    page.close()
    catalog.put(sample_app, owner, msgspec.structs.replace(stored, team="search-ranking"), 1)


def test_a_service_that_waits_is_claimed_or_said_to_be_the_same(
    page: Page, site: str, strays: tuple[str, str]
) -> None:
    new, same = strays
    page.goto(f"{site}/services")
    waiting = page.locator("#unclaimed")
    row = waiting.locator("li", has_text="a new/Gateway")
    expect(row).to_contain_text(
        re.compile(r"first seen 20\d\d-\d\d-\d\d by SRC-\d+ · 1 deployment, 0 incidents")
    )
    page.get_by_label(f"The team that owns {new}").select_option(index=0)
    page.get_by_role("button", name=f"Claim {new}").click()
    expect(page.get_by_role("status")).to_contain_text(f"{new} has an owner now.")
    expect(row).to_have_count(0)
    waiting.locator("li", has_text=same).locator("summary").click()
    page.get_by_label(f"The service that {same} means").fill("no such service")
    page.get_by_role("button", name=f"{same} is the same service").click()
    expect(page.locator("main")).to_contain_text("There is no service no such service.")
    page.goto(f"{site}/services")
    waiting.locator("li", has_text=same).locator("summary").click()
    page.get_by_label(f"The service that {same} means").fill("ranker")
    page.get_by_role("button", name=f"{same} is the same service").click()
    expect(page).to_have_url(re.compile(r"/services/ranker\?"))
    expect(page.get_by_role("status")).to_contain_text("1 record moved here")
    expect(page.locator("main")).to_contain_text("ranker-live 4")
    page.goto(f"{site}/services/{same}")
    expect(page.locator("main h1")).not_to_have_text(same)
    page.get_by_role("button", name=f"{same} is another service").click()
    expect(page.locator("#unclaimed")).to_contain_text(same)
