"""Pages in a real browser: journeys, accessibility, reflow, safety."""

from __future__ import annotations

import gzip
import re
import ssl
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

PAGES = (
    "/",
    "/search?q=stale+embeddings",
    "/incidents",
    "/incidents/INC-0042",
    "/incidents/INC-0042/timeline",
    "/incidents/INC-0042/history",
    "/incidents/INC-0042/brief",
    "/incidents/INC-0042/appendix",
    "/incidents/INC-0042/summary",
    "/lessons",
    "/lessons/LES-0011",
    "/lessons/LES-0011/history",
    "/postmortems/PM-0042",
    "/postmortems/PM-0042/edit",
    "/standard",
    "/glossary",
    "/glossary/TRM-0009",
    "/glossary/TRM-0009/edit",
    "/people",
    "/people/owner",
    "/freshness",
    "/freshness?age=overdue",
    "/lessons/LES-0011/history?sides=true",
    "/retention",
    "/destinations",
    "/sources",
    "/erase",
    "/people/amara-nwosu/erase",
    "/audit",
    "/audit?kind=review&verb=moved&since=2026-01-01",
    "/audit?record=nothing",
    "/templates",
    "/templates/TPL-0002",
    "/templates/TPL-0002/edit",
    "/templates/TPL-0002/history",
    "/incidents/new",
    "/incidents/INC-0042/edit",
    "/actions/new",
    "/lessons/LES-0011/edit",
    "/runbooks/new",
    "/runbooks/RB-0007",
    "/runbooks/RB-0007/edit",
    "/links",
    "/notes",
    "/deployments",
    "/deployments/DEP-0050",
    "/check",
    "/actions",
    "/actions/ACT-0058",
    "/reviews",
    "/reviews?state=closed",
    "/reviews/new",
    "/reviews/new?subject=INC-0040",
    "/reviews/REV-0001",
    "/reviews/REV-0003",
    "/reviews/REV-0003/edit",
    "/reviews/REV-0001/history",
    "/observations",
    "/observations?state=all&kind=threat",
    "/observations/new",
    "/observations/OBS-0001",
    "/observations/OBS-0002",
    "/observations/OBS-0003",
    "/observations/OBS-0003/edit",
    "/observations/OBS-0001/history",
    "/calendar",
    "/services",
    "/services/ranker",
    "/inbox",
    "/doctor",
    "/nowhere",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ASK_AXE = """async rules => {
    const {violations, passes} = await axe.run({runOnly: rules, resultTypes: ["violations"]});
    return {violations: violations.map(v => [v.id, v.nodes[0].html]), passes: passes.length};
}"""
"""Every rule is tried on every element; what passes is counted, not described, which takes half of the time."""
BUDGET = 60_000
TLS = ssl.create_default_context()
"""Made once: it reads every authority's certificate."""


def fetch(address: str, **headers: str) -> tuple[int, httpx.Headers, bytes]:
    with httpx.Client(trust_env=False, verify=TLS) as client:
        answer = client.get(address, headers=headers)
    return answer.status_code, answer.headers, answer.content


@pytest.fixture(scope="module")
def reader(browser: Browser) -> Iterator[Page]:
    """One tab for all pages that are only looked at."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_light_and_dark_and_a_phone_never_scrolls_sideways(
    reader: Page, site: str, axe: str, path: str
) -> None:
    page = reader
    page.set_viewport_size({"width": 1280, "height": 720})
    page.emulate_media(color_scheme="light")
    page.goto(site + path)
    page.evaluate(axe)
    light = page.evaluate(ASK_AXE, RULES)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ASK_AXE, {"type": "rule", "values": ["color-contrast"]})
    page.set_viewport_size({"width": 320, "height": 640})
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    small = page.evaluate(
        "[...document.querySelectorAll('main svg text')].filter(t => t.getBoundingClientRect().height < 9).length"
    )
    for result in (light, dark):
        assert result["violations"] == []
        assert result["passes"]
    assert (over, small) == (0, 0)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_and_locked_down(site: str, path: str) -> None:
    status, headers, body = fetch(site + path)
    assert status == (404 if path == "/nowhere" else 200)
    assert len(gzip.compress(body)) < BUDGET
    policy = headers.get("content-security-policy", "")
    if status == 200:
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
    assert b"style=" not in body
    assert not re.search(rb"<[^>]*\son[a-z]+=", body)


def test_search_as_you_type_finds_the_failure_and_its_broken_promise(page: Page, site: str) -> None:
    page.goto(site)
    page.keyboard.press("/")
    expect(page.locator("#ask")).to_be_focused()
    page.goto(f"{site}/search")
    page.locator("#q").press_sequentially("stale embeddings")
    promise = page.locator("#ACT-0058")
    expect(promise).to_contain_text("days overdue")
    expect(promise).to_contain_text("Alert when the age of embeddings passes")
    expect(page).to_have_url(re.compile(r"q=stale\+embeddings|q=stale%20embeddings"))
    page.locator("#q").press("ArrowDown")
    chosen = page.locator("#results li[aria-current] h3 a")
    expect(chosen).to_have_count(1)
    target = chosen.get_attribute("href")
    page.locator("#q").press("Enter")
    expect(page).to_have_url(site + str(target))


def test_a_facet_narrows_and_stays_in_the_address(page: Page, site: str) -> None:
    page.goto(f"{site}/search?q=embeddings")
    page.locator("input[name=kind][value=lesson]").check()
    expect(page.locator("#results .group h2")).to_have_text(["Lessons"])
    page.reload()
    expect(page.locator("input[name=kind][value=lesson]")).to_be_checked()
    expect(page.locator("#results .group h2")).to_have_text(["Lessons"])


def test_the_check_answers_a_pasted_change(page: Page, site: str) -> None:
    page.goto(f"{site}/check")
    page.get_by_label("Description or diff").fill(
        "New ranker embedder\n\nmodel.lock moves, index.lock stays."
    )
    page.get_by_label("Services, if you know them").fill("ranker")
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".verdict")).to_contain_text("lesson")
    expect(page.get_by_role("link", name="Ship the model and its index as one version")).to_be_visible()


def test_hostile_text_stays_text(page: Page, site: str) -> None:
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    for path in (
        "/incidents",
        "/incidents/INC-0048",
        "/lessons",
        "/lessons/LES-0048",
        "/search?q=script",
        "/",
    ):
        page.goto(site + path)
        page.wait_for_timeout(50)
        assert page.title() != "taken"
        assert page.locator("main script, main img, main a[href^='javascript']").count() == 0
    assert said == []


def test_the_theme_is_kept(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_strangers_and_other_sites_are_refused(site: str) -> None:
    assert fetch(site + "/", Host="evil.example")[0] == 403
    assert fetch(site + "/", **{"X-Forwarded-For": "10.0.0.1"})[0] == 403
    assert fetch(site + "/", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})[0] == 200
    assert fetch(site + "/", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})[0] == 403


def test_a_foreign_form_changes_nothing(site: str) -> None:
    headers = {
        "Origin": "https://evil.example",
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
    }
    form = {"revision": "1", "expected": "1"}
    with httpx.Client(trust_env=False) as client:
        answer = client.post(f"{site}/lessons/LES-0011/restore", data=form, headers=headers)
    assert answer.status_code == 403


def test_every_page_has_a_json_twin(site: str) -> None:
    for path in ("/index.json", "/incidents.json", "/incidents/INC-0042.json", "/lessons/LES-0011.json"):
        status, headers, body = fetch(site + path)
        assert status == 200
        assert "json" in headers["content-type"]
        assert body.startswith(b"{")


def test_an_address_that_runs_never_becomes_a_link(site: str) -> None:
    _, _, body = fetch(f"{site}/notes")
    name = re.findall(rb'href="/notes/(NTE-\d{4})">Trap', body)[0].decode()
    _, _, page = fetch(f"{site}/notes/{name}")
    assert b"click" in page
    assert b"javascript:" not in page


@pytest.mark.parametrize("name", ["INC-0042", "INC-0016", "INC-0045"])
def test_a_brief_prints_on_one_page(browser: Browser, site: str, name: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/incidents/{name}/brief")
    printed = page.pdf(format="A4")
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
